"""A referral: one prospect's way through one program, under the terms it was made under."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

from goodword.domain.contact import Contact
from goodword.domain.programs.criterion import Answer
from goodword.domain.reason import Reason, Vocabulary
from goodword.domain.record import dataclass

Source = Literal["link", "form", "verbal", "crm", "import"]
SOURCES: tuple[Source, ...] = ("link", "form", "verbal", "crm", "import")

# Why no credit came of a milestone that was met.
REFUSALS: Final[Vocabulary] = {
    "earns_no_credit": {},
    "company_or_deal_taken": {},
    "program_closed": {},
}
# Why a referral closed.
CLOSINGS: Final[Vocabulary] = {
    "all_milestones_decided": {},
    "closed_time_over": {"count": "count"},
    "person_erased": {},
}
# Why a later try made no referral.
DUPLICATES: Final[Vocabulary] = {
    "same_referral_again": {},
    "referred_before_by_same_referrer": {},
    "referred_before_by_another_referrer": {},
}
# What happens to a referral. holder: the referral that has the company or deal already; by: which
# of them.
REFERRAL_EVENTS: Final[Vocabulary] = {
    "made": {"source": "status"},
    "flagged": {"flags": "reasons"},
    "duplicate_referral": {"reason": "reason", "referrer": "id", "source": "status"},
    "behind": {"holder": "id", "by": "status"},
    "stage": {"stage": "stage"},
    "verdict": {"milestone": "milestone", "answer": "status", "reasons": "reasons"},
    "closed": {"reason": "reason"},
    "erased": {},
}
EARNS_NO_CREDIT: Final = Reason("earns_no_credit")
COMPANY_OR_DEAL_TAKEN: Final = Reason("company_or_deal_taken")
PROGRAM_CLOSED: Final = Reason("program_closed")


@dataclass(frozen=True, slots=True)
class MilestoneState:
    """How one milestone of a referral stands: the last answer, and the credit if one was earned.

    refused: why no credit came of a milestone that was met (the referrer does not earn, another
    referral holds the company, …). earlier: credits of it that were taken back before the deal was
    won again.
    """

    milestone: str
    answer: Answer = "not_yet"
    reasons: tuple[Reason, ...] = ()
    by: datetime | None = None
    credit: str | None = None
    refused: Reason | None = None
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Referral:
    """One prospect, referred by one referrer.

    version: the version of its terms. keys: the keys of the prospect's company and deals. flags:
    reasons for a review before a credit is posted. attestation: the text by which a referrer
    declared that they may enter the contact. open: whether it can still have a result. earlier: the
    referral of the same prospect that ended before this one. erased_at: the time of the erasure,
    after which it gets no events. look_again_at: the time at which it is evaluated again without
    new data, while the outcome of a reversal decides the credit of a deal that was won again.
    """

    referral: str
    program: str
    version: int
    referrer: str
    account: str
    source: Source
    prospect: Contact
    created_at: datetime
    deadline: datetime
    link: str = ""
    click: str = ""
    stage: str = "new"
    milestones: tuple[MilestoneState, ...] = ()
    keys: tuple[str, ...] = ()
    flags: tuple[Reason, ...] = ()
    attestation: str = ""
    open: bool = True
    closed_because: Reason | None = None
    earlier: str = ""
    erased_at: datetime | None = None
    look_again_at: datetime | None = None
    revision: int = 1

    def milestone(self, name: str) -> MilestoneState:
        """Return how the named milestone stands."""
        found = (each for each in self.milestones if each.milestone == name)
        return next(found, MilestoneState(name))

    def with_milestone(self, state: MilestoneState) -> Referral:
        """Return the referral with this milestone's state put in."""
        others = tuple(each for each in self.milestones if each.milestone != state.milestone)
        return replace(self, milestones=(*others, state))

    def named_by_referrer(self) -> bool:
        """Return whether the referrer entered the name.

        The referrer may not know who followed a link.
        """
        return self.source in ("form", "verbal")

    def holds(self) -> bool:
        """Return whether it keeps its prospect, company and deals against a later referral."""
        return self.open or bool(self.credits())

    def earned(self) -> bool:
        """Say whether it earned a credit that a lost sale would still take back."""
        return bool(self.credits()) and self.erased_at is None

    def awaits(self) -> bool:
        """Say whether it is judged again by itself at some time.

        While it is open, or its credit undecided.
        """
        return self.open or (self.look_again_at is not None and self.erased_at is None)

    def judged_next(self) -> datetime:
        """Return when it is judged again by itself, if it is: at its deadline, or before."""
        if self.look_again_at is None or (self.open and self.deadline < self.look_again_at):
            return self.deadline
        return self.look_again_at

    def credits(self) -> tuple[str, ...]:
        """Return the ids of all its credits, of each milestone the earlier ones first."""
        return tuple(
            name
            for each in self.milestones
            if each.credit is not None
            for name in (*each.earlier, each.credit)
        )
