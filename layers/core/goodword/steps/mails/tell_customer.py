"""Tell the customer: what happened to a referral becomes a row of what is to be mailed."""

from __future__ import annotations

from goodword.domain.mails.mail import STALE, is_news, news_of
from goodword.domain.timeline import Entry, referral_of
from goodword.ports import Clock, Stores


def tell_customer(entry: Entry, *, stores: Stores, now: Clock) -> str:
    """Keep the news of an entry for its customer, once however often the entry comes; say what came of it.

    What is older than three days is not told any more: a stream that is read again tells nothing twice, and
    nothing old.
    """
    if not is_news(entry):
        return "no news"
    if now() - entry.at > STALE:
        return "stale"
    referral = stores.referrals.get(referral_of(entry.subject))
    if referral is None or referral.erased_at is not None:
        return "nobody to tell"
    if entry.kind == "closed" and referral.credits():
        return "no news"  # its credits said all there is to say
    new = stores.mails.put(news_of(entry, referral.customer))
    return "to be told" if new else "told before"
