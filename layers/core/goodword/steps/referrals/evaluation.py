"""An evaluation of a referral: what one attempt read, and its writes so far."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from goodword.domain.credits.credit import Credit
from goodword.domain.errors import MissingRecord
from goodword.domain.event import Event
from goodword.domain.programs.program import Milestone, Program
from goodword.domain.reason import Argument, Reason
from goodword.domain.record import dataclass
from goodword.domain.referrals.evidence import Sale
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrers.referrer import Account, Referrer
from goodword.domain.stage import Progress
from goodword.domain.timeline import entry_for, referral_subject
from goodword.ports.services import Clock, Enqueue, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Write
from goodword.steps.credits.move_credit import move


@dataclass(frozen=True)
class QualifyDeps:
    """What qualifying needs of the outside."""

    stores: Stores
    now: Clock
    new_id: NewId
    enqueue: Enqueue


@dataclass
class Evaluation:
    """One attempt: the data that was read, and its writes so far.

    before: the referral as it was read. terms: its version of the terms; calendar: the program as
    it is now. room: the number of credits for which a limit has room, as earlier attempts found.
    reserved: the limit of each write that reserves from one. enqueue: the credits to enqueue after
    the commit. flagged: the flag that this attempt found. look_again: when the referral is judged
    again without new data.
    """

    before: Referral
    referral: Referral
    terms: Program
    calendar: Program
    sale: Sale
    at: datetime
    deps: QualifyDeps
    room: dict[str, int]
    writes: list[Write] = field(default_factory=list)
    reserved: list[str] = field(default_factory=list)
    enqueue: list[str] = field(default_factory=list)
    claimed: bool = False
    flagged: Reason | None = None
    look_again: datetime | None = None
    read: tuple[Referrer, Account] | None = None

    def progress_of(self, credit: Credit) -> Progress:
        """Return how far the deal of a credit got."""
        return self.sale.of(credit.deal).progress

    def lost(self, credit: Credit, milestone: Milestone) -> bool:
        """Say whether the deal of a credit stands where the milestone takes the credit back."""
        return self.progress_of(credit).stage in milestone.taken_back_on

    def people(self) -> tuple[Referrer, Account]:
        """Return the referrer and the account, read once an attempt."""
        if self.read is None:
            referrer = self.deps.stores.referrers.get(self.referral.referrer)
            account = self.deps.stores.accounts.get(self.referral.account)
            if referrer is None:
                raise MissingRecord("referrer", self.referral.referrer)
            if account is None:
                raise MissingRecord("account", self.referral.account)
            self.read = referrer, account
        return self.read

    def judge_again_at(self, at: datetime) -> None:
        """Have the referral judged again at this time, or before."""
        self.look_again = at if self.look_again is None else min(at, self.look_again)

    def note(self, kind: str, /, **data: Argument) -> None:
        """Add an event to the referral's timeline."""
        new = self.deps.new_id("en")
        subject = referral_subject(self.referral.referral)
        entry = entry_for(subject, self.terms.program, self.at, new, Event(kind, data))
        self.writes.append(Insert(entry))

    def add_move(self, before: Credit | None, after: Credit, /, **data: Argument) -> None:
        """Add what turns one credit from before to after; data: what the timeline says of it."""
        self.writes.extend(move(before, after, data, at=self.at, new_id=self.deps.new_id))
