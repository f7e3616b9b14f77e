"""Mails: what is to be told to whom, and how far the telling is. A row names ids; no address, no sentence.

    waiting ──▶ claimed ──▶ sent
       ▲           ├──▶ given_up    five tries, or SES refused it
       └───────────┤
      SES said no  └──▶ lost        nobody knows whether SES took it: never sent again

A mail is claimed by compare-and-set before SES is called, so that it is sent at most once. It is
written at the moment it is sent, from how things stand then: what nobody needs to know any more is
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

MailKind = Literal["news", "invitation", "sign_in", "staff_sign_in", "sign_off"]
MailStatus = Literal["waiting", "claimed", "sent", "dropped", "given_up", "lost"]
SendKind = Literal["sent", "later", "refused", "unknown"]

# News waits so long for more of it: several things of ten minutes are one mail.
GROUPED: Final = timedelta(minutes=10)
# What a claim may take before it counts as lost: longer than the sender's own time limit.
CLAIM: Final = timedelta(minutes=15)
TRIES: Final = 5
KEPT: Final = timedelta(days=90)
# News that could not be told for so long is no news any more; the portal says how things stand.
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
    "news_too_old": {},
    "nothing_to_say": {},
    "sign_off_not_needed": {},
    "no_sender_address": {},
    "outcome_unknown": {"code": "id"},
    "not_taken": {"code": "id"},
    "refused_by_ses": {"code": "id"},
}
# The kinds of events that referrers hear of; the rule of their queue names them (template.yaml).
NEWS: Final = (
    "made",
    "credit_pending",
    "credit_approved",
    "credit_held",
    "credit_posted",
    "credit_over_limit",
    "credit_used",
    "credit_returned",
    "credit_canceled",
    "credit_reversed",
    "closed",
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One thing to tell to one recipient.

    recipient: a referrer's id, token#… (what a one-time link stands for), mailbox#… or staff#… (the
    keyed hash of the address that somebody typed to sign in). mail: sorts by time and is unique.
    referral, credit: what news is about. due_at: when it may be sent, at the earliest; of a claimed
    one, when the claim is over. why: the outcome, where it was not sent. message: SES's own id.
    locale: of the page on which it was asked for, where the recipient's own language is kept
    nowhere.
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
        """Return when the row goes for good."""
        return self.created_at + KEPT

    def open(self) -> bool:
        """Say whether anything is still to be done about it."""
        return self.status in ("waiting", "claimed")

    def due(self, now: datetime) -> bool:
        """Say whether a sender may take it now."""
        return self.status == "waiting" and self.due_at <= now

    def claim_is_over(self, now: datetime) -> bool:
        """Say whether its claim ended without an outcome."""
        return self.status == "claimed" and self.due_at <= now

    def claimed(self, now: datetime) -> Mail:
        """Return it as one sender has it."""
        return self._next("claimed", due_at=now + CLAIM, tries=self.tries + 1)

    def sent(self, message: str, now: datetime) -> Mail:
        """Return it as sent under SES's id."""
        return self._next("sent", sent_at=now, message=message)

    def dropped(self, why: Reason | None) -> Mail:
        """Return it as one that nobody needs any more, or nobody may be sent."""
        return self._next("dropped", why=why)

    def lost(self) -> Mail:
        """Return it as one of which nobody knows whether it was sent; it is never sent again."""
        return self._next("lost", why=Reason("outcome_unknown"))

    def again(self, why: Reason | None, now: datetime) -> Mail:
        """Return a claimed one, which SES did not take, as waiting for its next try, or as given up."""
        if self.tries >= TRIES:
            return self._next("given_up", why=why)
        return self._next("waiting", due_at=now + timedelta(minutes=2**self.tries), why=why)

    def refused(self, why: Reason | None) -> Mail:
        """Return it as one that SES will never take."""
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
    """A mail as it is handed to SES. unsubscribe.

    The address of one click, or empty where there is none.
    """

    to: str
    sender_name: str
    subject: str
    html: str
    text: str
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """What came of handing a letter to SES.

    later: it was certainly not taken and may be next time. refused: it never will be. unknown: no
    answer.
    """

    kind: SendKind
    message: str = ""
    why: Reason | None = None


def mail_at(at: datetime, new_id: str) -> str:
    """Name a mail so that names sort by time."""
    return f"{at.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}#{new_id}"


def is_news(event: Envelope) -> bool:
    """Return whether what happened to a referral is something to tell its referrer."""
    return event.kind in NEWS


def news_of(event: Envelope, referrer: str) -> Mail:
    """Return the row by which the referrer hears of an event; the same event gives the same row."""
    return Mail(
        recipient=referrer,
        mail=event.id,
        kind="news",
        created_at=event.at,
        due_at=event.at + GROUPED,
        referral=referral_of(event.subject),
        credit=str(event.data.get("credit", "")),
    )


def subjects_of(mails: Iterable[Mail]) -> dict[str, tuple[str, ...]]:
    """Return what a group of news is about.

    Referrals in the order of their news, each with its credits.
    """
    found: dict[str, dict[str, None]] = {}
    for mail in sorted(mails, key=lambda each: each.mail):
        credits = found.setdefault(mail.referral, {})
        if mail.credit:
            credits[mail.credit] = None
    return {referral: tuple(credits) for referral, credits in found.items()}
