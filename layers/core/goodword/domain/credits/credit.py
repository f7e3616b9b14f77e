"""A credit: what an account is owed for one milestone of one referral, and how far its posting is.

    pending ──▶ sending ──▶ posted ──▶ reversed
       │  ▲        │
       ▼  │        ▼
      held ◀───────┘        capped: over a limit, never posted
       │
       ▼
      void

Every step is a compare-and-set on the revision, so two workers can never both take it. What is posted is
never undone in place: a reversal is a row of its own that goes the same way, and when it is posted the credit
is reversed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Literal

from goodword.domain.credits.posting import Posting
from goodword.domain.money import Money
from goodword.domain.record import dataclass

Status = Literal["pending", "held", "sending", "posted", "capped", "void", "reversed"]
STATUSES: Final[tuple[Status, ...]] = ("pending", "held", "sending", "posted", "capped", "void", "reversed")
CreditKind = Literal["credit", "reversal"]
# Why a credit is taken back, as far as its customer is told: after a refund, because what earned it does not
# hold any more but may again, or for another reason.
Cause = Literal["", "refund", "not_met"]
# The lists of the desk on which a held credit waits for a person: to approve it, to look at what is flagged
# about it, or to mend what is not as it should be.
WorkList = Literal["approve", "review", "held"]
WORK_LISTS: Final[tuple[WorkList, ...]] = ("approve", "review", "held")
# Which list each kind of hold is on; all others say that something is not as it should be.
_LIST_OF_HOLD: Final[dict[str, WorkList]] = {
    "approval": "approve",
    "flagged": "review",
    "used_up": "review",
    "won_again": "review",
    "late": "review",
}

# How long one worker has a credit to itself: longer than the 10 s that Stripe may take and the 20 s within
# which the send must have begun.
LEASE: Final = timedelta(seconds=60)
# How long a 500 of Stripe's is waited out.
QUIET_AFTER_500: Final = timedelta(hours=48)
SEND_WITHIN: Final = timedelta(seconds=20)
# Stripe may forget a key after 24 h, https://docs.stripe.com/api/idempotent_requests; four hours of room.
KEY_LIFE: Final = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Credit:
    """What an account is owed once, or (kind reversal, amount negative) what is taken back of it.

    due_at: when it may be posted, at the earliest. reason: why it is held, capped, void or reversed; hold:
    the kind of reason. generation: counts the idempotency keys it has had. sent_at: when the present key was
    first used. lease_until: until when one worker has it. token: fresh at each take, so that a worker whose
    write had no answer can tell it from another's. suspect: Stripe answered 500. taken_back: the sale was
    lost (for a reversal: won again) while nobody knew whether it was posted. limits: the counters it took
    from, given back when it is void. of: the credit that a reversal takes back. reversal: the row that takes
    this credit back, once there is one. ordered: a person asked for this reversal, so that no sale calls it
    off. cause: what a credit is taken back after; the reason beside it is for the staff. held_at: since when
    it is held. used_minor: how much of it has come off invoices; used_on: the last of them. follows: the
    credit of the same milestone that was taken back before the deal was won again. not_met: what earned it
    did not hold any more while nobody knew whether it was posted: where it stands at Stripe it stays, and
    where it does not, nothing more is sent.
    """

    credit: str
    program: str
    version: int
    milestone: str
    referral: str
    account: str
    customer: str
    amount: Money
    status: Status
    earned_at: datetime
    due_at: datetime
    description: str = ""
    reason: str = ""
    hold: str = ""
    generation: int = 1
    sent_at: datetime | None = None
    lease_until: datetime | None = None
    tries: int = 0
    suspect: bool = False
    taken_back: bool = False
    transaction: str = ""
    posted_at: datetime | None = None
    decided_by: str = ""
    limits: tuple[str, ...] = ()
    kind: CreditKind = "credit"
    of: str = ""
    reversal: str = ""
    ordered: bool = False
    cause: Cause = ""
    token: str = ""
    used_minor: int = 0
    used_on: str = ""
    held_at: datetime | None = None
    follows: str = ""
    not_met: bool = False
    revision: int = 1

    @property
    def identity(self) -> str:
        """Return the credit that this row is, or takes back."""
        return self.of or self.credit

    @property
    def key(self) -> str:
        """Return the idempotency key of the present generation; the same for every try under it."""
        return f"{self.identity}:{self.kind}:{self.generation}"

    @property
    def work_list(self) -> WorkList | None:
        """Return the list on which it waits for a person, or None where it does not: only a held one does."""
        return _LIST_OF_HOLD.get(self.hold, "held") if self.status == "held" else None

    def due(self, now: datetime) -> bool:
        """Say whether a worker may take it now."""
        if self.status == "pending":
            return self.due_at <= now
        return self.status == "sending" and self.lease_until is not None and self.lease_until <= now

    def key_is_old(self, now: datetime) -> bool:
        """Say whether the present key may no longer be sent."""
        return self.sent_at is not None and now - self.sent_at > KEY_LIFE

    def posting(self) -> Posting:
        """Return what is sent to Stripe: the same for every try, since nothing in it changes."""
        return Posting(
            account=self.account,
            amount=self.amount,
            description=self.description,
            key=self.key,
            metadata={
                "goodword_credit": self.identity,
                "goodword_kind": self.kind,
                "goodword_generation": str(self.generation),
                "goodword_referral": self.referral,
                "goodword_program": self.program,
                "goodword_milestone": self.milestone,
            },
        )

    def given_up(self) -> bool:
        """Say whether nothing more is sent of it: what may have been sent before is looked for instead."""
        return self.taken_back or self.not_met

    def taken(self, now: datetime, token: str) -> Credit:
        """Return it as one worker holds it: sending, under a lease, its key's age counted from now."""
        return replace(
            self,
            status="sending",
            lease_until=now + LEASE,
            sent_at=self.sent_at or now,
            tries=self.tries + 1,
            token=token,
            revision=self.revision + 1,
        )

    def as_posted(self, transaction: str, now: datetime) -> Credit:
        """Return it as posted under Stripe's id of the balance transaction."""
        return replace(
            self,
            status="posted",
            transaction=transaction,
            posted_at=now,
            not_met=False,
            lease_until=None,
            reason="",
            hold="",
            revision=self.revision + 1,
        )

    def as_held(self, hold: str, reason: str, at: datetime) -> Credit:
        """Return it as held for a person; hold is a short name for the kind of reason.

        The lease stays on the row: what was sent under it is given its quiet time, whatever a person decides.
        """
        return replace(self, status="held", hold=hold, reason=reason, held_at=at, revision=self.revision + 1)

    def released(self, by: str, now: datetime) -> Credit:
        """Return it as a person let it go on: pending, and due no earlier than its hold period says.

        Where a search showed that nothing stands, or Stripe refused the key's only send, the person's word
        starts a new key. Where a key met other parameters, Stripe is searched first. Otherwise the key stays,
        so that a send whose outcome nobody knows is repeated and not doubled.
        """
        fresh = self.nothing_stands()
        return replace(
            self,
            status="pending",
            hold="",
            reason="",
            decided_by=by,
            due_at=max(self.due_at, now),
            generation=self.generation + 1 if fresh else self.generation,
            sent_at=None if fresh else self.sent_at,
            lease_until=None if fresh else self.lease_until,
            suspect=self.hold == "mismatch" or (self.suspect and not fresh),
            tries=0 if fresh or self.sent_at is None else 1,
            revision=self.revision + 1,
        )

    def as_void(self, reason: str, by: str = "", cause: Cause = "") -> Credit:
        """Return it as void; what it took from the limits is to be given back in the same transaction."""
        return replace(
            self,
            status="void",
            hold="",
            reason=reason,
            cause=cause,
            decided_by=by,  # what a person voided stays void, what the sale voided can revive
            lease_until=None,
            taken_back=False,
            not_met=False,
            limits=(),
            revision=self.revision + 1,
        )

    def as_used(self, used_minor: int, used_on: str) -> Credit:
        """Return it as Stripe's balance shows it: how much of it is used, and on which invoice last."""
        return replace(self, used_minor=used_minor, used_on=used_on, revision=self.revision + 1)

    def as_ordered(self, by: str) -> Credit:
        """Return a reversal as a person asked for it: whatever becomes of the sale, it goes on."""
        return replace(self, ordered=True, taken_back=False, decided_by=by, revision=self.revision + 1)

    def as_taken_up_again(self, reason: str, cause: Cause = "") -> Credit:
        """Return a void reversal as pending: it is wanted after all, and goes on under the key it had."""
        return replace(
            self, status="pending", reason=reason, cause=cause, decided_by="", revision=self.revision + 1
        )

    def as_reversed(self, reason: str, cause: Cause = "") -> Credit:
        """Return it as reversed; what it took from the limits is to be given back in the same transaction."""
        return replace(
            self, status="reversed", reason=reason, cause=cause, limits=(), revision=self.revision + 1
        )

    def nothing_stands(self) -> bool:
        """Say whether a held credit is known to have left nothing at Stripe.

        So it is where a search found nothing 48 hours after a 500, or after the last of several keys, and
        where Stripe refused the one send that the key ever had. A refusal after a send without an answer says
        nothing about that one.
        """
        return self.hold in ("suspect", "keys") or (self.hold == "rejected" and self.tries == 1)

    def sent(self) -> bool:
        """Say whether anything may ever have reached Stripe under any of its keys."""
        return self.sent_at is not None or self.generation > 1

    def due_since(self) -> datetime:
        """Return since when the present key has been due, however often it was sent since.

        A suspect rests for 48 hours, and is due only after them.
        """
        if self.suspect and self.sent_at is not None:
            return self.sent_at + QUIET_AFTER_500
        return self.sent_at or self.due_at


def credit_after(credit: Credit, at: datetime, due_at: datetime) -> Credit:
    """Make the row of a milestone that is met again after its credit was taken back, under a name of its own.

    A new row, since an identity is credited once and reversed once, whatever becomes of the deal.
    """
    first, _, number = credit.credit.rpartition("_") if credit.follows else (credit.credit, "", "1")
    return Credit(
        credit=f"{first}_{int(number) + 1}",
        program=credit.program,
        version=credit.version,
        milestone=credit.milestone,
        referral=credit.referral,
        account=credit.account,
        customer=credit.customer,
        amount=credit.amount,
        status="pending",
        earned_at=at,
        due_at=due_at,
        description=credit.description,
        follows=credit.credit,
    )


def reversal_of(credit: Credit, reason: str, at: datetime, *, review: bool, cause: Cause = "") -> Credit:
    """Make the row that takes a posted credit back; held for a person where the program asks for one."""
    return Credit(
        credit=f"{credit.credit}_reversal",
        program=credit.program,
        version=credit.version,
        milestone=credit.milestone,
        referral=credit.referral,
        account=credit.account,
        customer=credit.customer,
        amount=Money(-credit.amount.minor, credit.amount.currency),
        status="held" if review else "pending",
        hold="used_up" if review else "",
        reason="the credit is used up; taking it back raises the next invoice" if review else reason,
        earned_at=at,
        due_at=at,
        description=f"Taken back: {credit.description}",
        kind="reversal",
        of=credit.credit,
        cause=cause,
    )
