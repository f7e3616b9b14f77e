"""Notify the referrer: turn an event of a referral into a mail to send."""

from __future__ import annotations

from goodword.domain.envelope import Envelope
from goodword.domain.mails.mail import STALE, makes_notice, notice_of
from goodword.domain.timeline import referral_of
from goodword.ports.services import Clock
from goodword.ports.stores import Stores


def notify_referrer(event: Envelope, *, stores: Stores, now: Clock) -> str:
    """Store an event's mail for its referrer, once per event; return the outcome.

    An event that is older than three days makes no mail, such as one that is published again later.
    """
    if not makes_notice(event):
        return "not_for_referrers"
    if now() - event.at > STALE:
        return "stale"
    referral = stores.referrals.get(referral_of(event.subject))
    if referral is None or referral.erased_at is not None:
        return "no_recipient"
    if event.kind == "closed" and referral.credits():
        return "not_for_referrers"  # the events of its credits make the mails
    new = stores.mails.put(notice_of(event, referral.referrer))
    return "stored" if new else "stored_before"
