"""Mails: the recipient, the subject and the state of each. A row holds ids, no address and no text.

    waiting ──▶ claimed ──▶ sent
       ▲           ├──▶ given_up    five tries, or SES refused it
       └───────────┤
      SES said no  └──▶ lost        SES gave no clear answer: never sent again

A mail is claimed by compare-and-set before SES is called, so that it is sent at most once. Its
text is composed when it is sent, from the records of that moment; a mail that is out of date is
dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Literal

from goodword.domain.envelope import Envelope
from goodword.domain.reason import Reason, Vocabulary
from goodword.domain.record import dataclass
from goodword.domain.timeline import referral_of

MailKind = Literal["notice", "invitation", "sign_in", "staff_sign_in", "sign_off"]
MailStatus = Literal["waiting", "claimed", "sent", "dropped", "given_up", "lost"]
SendKind = Literal["sent", "later", "refused", "unknown"]

# How long a notice waits for more: several events within ten minutes are one mail.
GROUPED: Final = timedelta(minutes=10)
# How long a claim lasts before it counts as lost: longer than the sender's own time limit.
CLAIM: Final = timedelta(minutes=15)
TRIES: Final = 5
KEPT: Final = timedelta(days=90)
# A notice that was not sent for this long is dropped; the portal shows the current state.
STALE: Final = timedelta(days=3)
OVERDUE: Final = timedelta(hours=1)

# Why a mail was not sent. code: SES's own name of the error.
MAIL_REASONS: Final[Vocabulary] = {
    "link_used_or_expired": {},
    "recipient_not_enrolled": {},
    "address_unknown": {},
    "unsubscribed": {},
    "bounced": {},
    "complained": {},
    "notice_too_old": {},
    "nothing_to_say": {},
    "sign_off_not_needed": {},
    "no_sender_address": {},
    "outcome_unknown": {"code": "id"},
    "not_taken": {"code": "id"},
    "refused_by_ses": {"code": "id"},
}
# The kinds of events that referrers are notified of; their queue's rule lists them (template.yaml).
NOTICE_KINDS: Final = (
    "made",
    "credit_pending",
    "credit_approved",
    "credit_held",
    "credit_posted",
    "credit_over_limit",
    "credit_applied",
    "credit_returned",
    "credit_canceled",
    "credit_reversed",
    "closed",
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one recipient.

    recipient: a referrer's id, token#… (the recipient of a one-time link), mailbox#… or staff#…
    (the keyed hash of the address that was typed to sign in). mail: sorts by time and is unique.
    referral, credit: the subject of a notice. due_at: when it may be sent, at the earliest; of a
    claimed one, when the claim expires. why: the outcome, if it was not sent. message: SES's own
    id. locale: of the page of the request, if the recipient's own language is not stored.
    """

    recipient: str
    mail: str
    kind: MailKind
    created_at: datetime
    due_at: datetime
    referral: str = ""
    credit: str = ""
    status: MailStatus = "waiting"
    tries: int = 0
    sent_at: datetime | None = None
    message: str = ""
    why: Reason | None = None
    locale: str = ""
    revision: int = 1

    def expires_at(self) -> datetime:
        """Return when the row expires."""
        return self.created_at + KEPT

    def open(self) -> bool:
        """Return whether the mail still needs work."""
        return self.status in ("waiting", "claimed")

    def due(self, now: datetime) -> bool:
        """Return whether a sender may take it now."""
        return self.status == "waiting" and self.due_at <= now

    def claim_is_over(self, now: datetime) -> bool:
        """Return whether its claim expired without an outcome."""
        return self.status == "claimed" and self.due_at <= now

    def claimed(self, now: datetime) -> Mail:
        """Return it as claimed by one sender."""
        return self._next("claimed", due_at=now + CLAIM, tries=self.tries + 1)

    def sent(self, message: str, now: datetime) -> Mail:
        """Return it as sent under SES's id."""
        return self._next("sent", sent_at=now, message=message)

    def dropped(self, why: Reason | None) -> Mail:
        """Return it as dropped: out of date, or without a recipient who may get it."""
        return self._next("dropped", why=why)

    def lost(self) -> Mail:
        """Return it as lost: its outcome is unknown, and it is never sent again."""
        return self._next("lost", why=Reason("outcome_unknown"))

    def again(self, why: Reason | None, now: datetime) -> Mail:
        """Return a claimed mail that SES did not take, waiting for a retry or given up."""
        if self.tries >= TRIES:
            return self._next("given_up", why=why)
        return self._next("waiting", due_at=now + timedelta(minutes=2**self.tries), why=why)

    def refused(self, why: Reason | None) -> Mail:
        """Return it as refused by SES for good."""
        return self._next("given_up", why=why)

    def _next(
        self,
        status: MailStatus,
        *,
        why: Reason | None = None,
        message: str = "",
        due_at: datetime | None = None,
        sent_at: datetime | None = None,
        tries: int | None = None,
    ) -> Mail:
        return replace(
            self,
            status=status,
            why=why,
            message=message,
            due_at=due_at or self.due_at,
            sent_at=sent_at,
            tries=self.tries if tries is None else tries,
            revision=self.revision + 1,
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is passed to SES.

    unsubscribe: the one-click address, or empty.
    """

    to: str
    sender_name: str
    subject: str
    html: str
    text: str
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """The outcome of passing a letter to SES.

    later: certainly not taken, and may be retried. refused: never accepted. unknown: no answer.
    """

    kind: SendKind
    message: str = ""
    why: Reason | None = None


def mail_at(at: datetime, new_id: str) -> str:
    """Make a mail's name, which sorts by time."""
    return f"{at.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}#{new_id}"


def makes_notice(event: Envelope) -> bool:
    """Return whether an event of a referral makes a notice to its referrer."""
    return event.kind in NOTICE_KINDS


def notice_of(event: Envelope, referrer: str) -> Mail:
    """Return the mail row of an event; the same event gives the same row."""
    return Mail(
        recipient=referrer,
        mail=event.id,
        kind="notice",
        created_at=event.at,
        due_at=event.at + GROUPED,
        referral=referral_of(event.subject),
        credit=str(event.data.get("credit", "")),
    )


def subjects_of(mails: Iterable[Mail]) -> dict[str, tuple[str, ...]]:
    """Return the referrals of a group of notices, in its order, each with its credits."""
    found: dict[str, dict[str, None]] = {}
    for mail in sorted(mails, key=lambda each: each.mail):
        credits = found.setdefault(mail.referral, {})
        if mail.credit:
            credits[mail.credit] = None
    return {referral: tuple(credits) for referral, credits in found.items()}
