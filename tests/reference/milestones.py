"""Say when a milestone was met by one deal, and whether it still is (section 3).

A criterion is answered by runs: the unbroken periods in which it was true, and those in which it
was known to be false. A run has the evidence of its beginning, and the doubts that only a person
can settle. The verdict is the present run of the whole criterion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.reference.copy import Copy, Entry, Evidence, money
from tests.reference.history import (
    DISTANT,
    LOST,
    STAGES,
    All,
    Any,
    Connection,
    Criterion,
    HasValue,
    Milestone,
    MinimumValue,
    NewCustomer,
    Not,
    ObjectId,
    Referral,
    Stage,
    Terms,
    Within,
)

UNDATED = "undated"
MET_BEFORE = "met_before"
MET_AGAIN_LATE = "met_again_late"
NO_MINIMUM = "no_minimum"

ALWAYS = Evidence(DISTANT, DISTANT)
CUSTOMER_GRACE = timedelta(days=1)
BUYING = frozenset({"customer"})


@dataclass(frozen=True)
class Run:
    """An unbroken period; `end` None is the present one."""

    start: Evidence
    end: datetime | None
    doubts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Truth:
    """When a criterion was true, and when it was known to be false."""

    true: tuple[Run, ...] = ()
    false: tuple[Run, ...] = ()


FOREVER = (Run(ALWAYS, None),)


@dataclass(frozen=True)
class Verdict:
    """What one deal (or a contact's own stage) says about one milestone of one referral.

    `since` is the start of the present run, `first_met` that of the first. `standing_since` is when
    the present run last began to count: it restarts after a loss or a deletion that was undone.
    `lost_at` is set while the deal is lost and the milestone is taken back on that.
    """

    source: ObjectId
    since: datetime | None = None
    first_met: datetime | None = None
    standing_since: datetime | None = None
    lost_at: datetime | None = None
    doubts: frozenset[str] = frozenset()
    too_early: bool = False

    @property
    def met(self) -> bool:
        """Say whether the milestone is met, by a sale that is not lost."""
        return self.since is not None and self.lost_at is None


@dataclass(frozen=True)
class Judge:
    """Judge a referral's milestones on one deal, with the state at `copy.now`.

    `siblings` are the deals of the referral that a sum of values may count.
    """

    copy: Copy
    connection: Connection
    terms: Terms
    referral: Referral
    people: Sequence[ObjectId]
    siblings: Sequence[ObjectId] = ()

    def verdict(self, milestone: Milestone, source: ObjectId) -> Verdict:
        """Judge a milestone on a deal, or on the prospect's contact or lead itself."""
        lost_at, undone_at = self._loss(source)
        if LOST not in milestone.taken_back_on:
            lost_at = None
        runs = self._runs(milestone.qualifies, source)
        runs = self._in_time(runs, self.terms.closes_after_days)
        judged = [self._after_referral(run) for run in runs]
        kept = [run for run in judged if run]
        present = next((run for run in kept if run.end is None), None)
        if present is None:
            early = any(run.end is None for run in runs)
            return Verdict(source, lost_at=lost_at, too_early=early)
        began = self._moment(present)
        return Verdict(
            source,
            since=began,
            first_met=min(self._moment(run) for run in kept),
            standing_since=max(began, undone_at),
            lost_at=lost_at,
            doubts=present.doubts,
        )

    # --- times ---

    def _moment(self, run: Run) -> datetime:
        """Return when a run began to count; what was always so counts from the referral."""
        return self.referral.created_at if run.start == ALWAYS else run.start.by

    def _in_time(self, runs: Sequence[Run], days: int) -> tuple[Run, ...]:
        """Drop runs that began after the last day, but ask about one that was met again.

        Undated evidence waits for a person only where the last day lies inside its interval.
        """
        last = self.terms.last_moment(self.referral.created_at, days)
        kept: list[Run] = []
        for run in runs:
            if run.start.by <= last:
                kept.append(run)
            elif run.start.after < last and not run.start.dated:
                kept.append(replace(run, doubts=run.doubts | {UNDATED}))
            elif any(self._after_referral(earlier) for earlier in kept):
                kept.append(replace(run, doubts=run.doubts | {MET_AGAIN_LATE}))
        return tuple(kept)

    def _after_referral(self, run: Run) -> Run | None:
        """Drop a run from before the referral; ask about one in the grace days (rule 6)."""
        created = self.referral.created_at
        if run.start == ALWAYS or run.start.after >= created:
            return run
        if run.start.by < created:
            graced = self.terms.last_moment(run.start.by, self.terms.deal_grace_days) >= created
            return replace(run, doubts=run.doubts | {MET_BEFORE}) if graced else None
        if run.start.dated:
            return run
        return replace(run, doubts=run.doubts | {UNDATED})

    def _loss(self, source: ObjectId) -> tuple[datetime | None, datetime]:
        """Say since when a sale is lost, and when a loss was last undone.

        Where a deletion means lost, it is a loss, and a restoration undoes it.
        """
        lost_at, undone_at = None, DISTANT
        for entry in self.copy.mapped(source, "stage", self.connection):
            if entry.value == LOST:
                lost_at = entry.since.by
            elif lost_at:
                lost_at, undone_at = None, entry.since.by
        if self.connection.on_delete == LOST:
            deleted = self.copy.deleted_since(source)
            lost_at = min((each for each in (lost_at, deleted) if each), default=None)
            undone_at = max(undone_at, self.copy.restored_at(source) or DISTANT)
        return lost_at, undone_at

    # --- criteria ---

    def _runs(self, criterion: Criterion, source: ObjectId) -> tuple[Run, ...]:
        """Return when the whole criterion was true.

        Whether the prospect is a new customer is asked a day before the sale met all the rest, so
        that a mark that is part of winning does no harm, and one that comes later neither.
        """
        rest = self._truth(criterion, source, anchor=None, whole=criterion).true
        present = next((run for run in rest if run.end is None), None)
        anchor = self._moment(present) if present else self.copy.now
        return self._truth(criterion, source, anchor=anchor, whole=criterion).true

    def _truth(
        self, criterion: Criterion, source: ObjectId, *, anchor: datetime | None, whole: Criterion
    ) -> Truth:
        """Say when a criterion was true, as a part of the `whole` one of its milestone."""
        match criterion:
            case Stage():
                return self._stage(criterion.stage, source)
            case MinimumValue():
                return self._minimum(criterion, source, whole)
            case NewCustomer():
                return self._new_customer(anchor)
            case HasValue():
                return self._has_value(criterion, source)
            case Within():
                inner = self._truth(criterion.criterion, source, anchor=anchor, whole=whole)
                return Truth(self._in_time(inner.true, criterion.days), inner.false)
            case Not():
                inner = self._truth(criterion.criterion, source, anchor=anchor, whole=whole)
                return Truth(inner.false, inner.true)
            case All():
                parts = [
                    self._truth(each, source, anchor=anchor, whole=whole)
                    for each in criterion.criteria
                ]
                return Truth(_all([part.true for part in parts]), _any([p.false for p in parts]))
            case Any():
                parts = [
                    self._truth(each, source, anchor=anchor, whole=whole)
                    for each in criterion.criteria
                ]
                return Truth(_any([part.true for part in parts]), _all([p.false for p in parts]))

    def _stage(self, stage: str, source: ObjectId) -> Truth:
        """Say when a stage was reached: while the deal is there or later, or was lost there.

        A step back, and an emptied stage, retract what lay above it.
        """
        entries = self.copy.mapped(source, "stage", self.connection)
        levels = [each for each in entries if each.value != LOST]  # a loss keeps where it left from
        reached = STAGES.index(stage)
        return _runs_where(
            levels, lambda value: value is not None and STAGES.index(value) >= reached
        )

    def _value(self, deal: ObjectId) -> list[Entry]:
        return self.copy.mapped(deal, "value", self.connection)

    def _minimum(self, criterion: MinimumValue, source: ObjectId, whole: Criterion) -> Truth:
        """Say when a deal was worth enough; a currency without a minimum is for a person."""
        minimums = {each.currency: each for each in criterion.amounts}

        def enough(raw: str | None) -> bool | None:
            value = money(raw, self.connection.currency)
            if value is None:
                return None
            minimum = minimums.get(value.currency)
            return minimum is None or value.minor >= minimum.minor

        truth = _runs_where(self._value(source), enough)
        doubted = []
        for run in truth.true:
            values = [
                money(entry.value, self.connection.currency)
                for entry in self._value(source)
                if entry.since.by >= run.start.by and (run.end is None or entry.since.by < run.end)
            ]
            unknown = any(value and value.currency not in minimums for value in values[-1:])
            doubted.append(replace(run, doubts=frozenset({NO_MINIMUM})) if unknown else run)
        if all(run.end for run in doubted):  # this deal alone is not worth enough
            doubted += self._sum(criterion, source, whole).true
        return Truth(tuple(doubted), truth.false)

    def _sum(self, criterion: MinimumValue, source: ObjectId, whole: Criterion) -> Truth:
        """Add the values of the referral's deals that got there within `sum_days` before this one.

        A deal takes part while it meets all else that the milestone asks for, and is not lost. Only
        the present sum is judged: it was reached when the last of its parts was there.
        """
        here = self._rest(source, whole)
        if here is None or criterion.sum_days is None:
            return Truth()
        total: dict[str, int] = {}
        since = here
        for deal in sorted({source, *self.siblings}):
            there = self._rest(deal, whole)
            entries = self._value(deal)
            value = money(entries[-1].value, self.connection.currency) if entries else None
            if there is None or value is None or there.by > here.by:
                continue
            if self.terms.last_moment(there.by, criterion.sum_days) < here.by:
                continue
            total[value.currency] = total.get(value.currency, 0) + value.minor
            since = _later(since, entries[-1].since)
        enough = any(total.get(each.currency, 0) >= each.minor for each in criterion.amounts)
        return Truth((Run(since, None),)) if enough else Truth()

    def _rest(self, deal: ObjectId, whole: Criterion) -> Evidence | None:
        """Say since when a deal meets all of a criterion but its value, if it is not lost."""
        if self._loss(deal)[0]:
            return None
        rest = _without_minimum(whole)
        runs = self._truth(rest, deal, anchor=None, whole=rest).true
        return next((run.start for run in runs if run.end is None), None)

    def _new_customer(self, anchor: datetime | None) -> Truth:
        """Say whether no mark as a customer stood a day before the sale.

        Stripe: a paid invoice before the referral is such a mark too.
        """
        if anchor is None:
            return Truth(FOREVER)
        at = anchor - CUSTOMER_GRACE
        marked = any(is_customer(self.copy, each, self.connection, at) for each in self._marked())
        return Truth((), FOREVER) if marked else Truth(FOREVER)

    def _marked(self) -> list[ObjectId]:
        """Return the objects whose customer mark speaks about the prospect."""
        companies = [self.copy.company(each) for each in self.people]
        return [*self.people, *(each for each in companies if each)]

    def _has_value(self, criterion: HasValue, source: ObjectId) -> Truth:
        """Ask the deal, then the contact and its company, then the signup."""
        asked = [source, *(each for each in self._marked() if each != source)]
        for object_ in asked:
            entries = self.copy.mapped(object_, criterion.attribute, self.connection)
            if entries:
                return _runs_where(
                    entries, lambda value: None if value is None else value in criterion.values
                )
        answer = self.referral.answers.get(criterion.attribute)
        if answer is None:
            return Truth()
        return Truth(FOREVER) if answer in criterion.values else Truth((), FOREVER)


def last_moment(terms: Terms, referral: Referral, milestone: Milestone) -> datetime:
    """Return the last moment at which a referral can meet a milestone."""
    closes = terms.last_moment(referral.created_at, terms.closes_after_days)
    own = _deadline(terms, referral, milestone.qualifies)
    return min(closes, own) if own else closes


def _deadline(terms: Terms, referral: Referral, criterion: Criterion) -> datetime | None:
    """Return the last moment that a criterion leaves, if it has one."""
    match criterion:
        case Within():
            inner = _deadline(terms, referral, criterion.criterion)
            own = terms.last_moment(referral.created_at, criterion.days)
            return min(own, inner) if inner else own
        case All():
            found = [_deadline(terms, referral, each) for each in criterion.criteria]
            return min((each for each in found if each), default=None)
        case Any():
            found = [_deadline(terms, referral, each) for each in criterion.criteria]
            return None if None in found else max(each for each in found if each)
        case _:
            return None


def is_customer(copy: Copy, object_: ObjectId, connection: Connection, at: datetime) -> bool:
    """Say whether a contact or company was marked as a customer at a time."""
    standing = [
        entry.value
        for entry in copy.mapped(object_, "customer", connection)
        if entry.since.by <= at
    ]
    return bool(standing) and standing[-1] in BUYING


def _runs_where(entries: Sequence[Entry], holds: Callable[[str | None], bool | None]) -> Truth:
    """Split the values of a property into runs in which something holds, or is known not to."""
    runs: dict[bool, list[Run]] = {True: [], False: []}
    present: bool | None = None
    for entry in entries:
        answer = holds(entry.value)
        if answer == present:
            continue
        if present is not None:
            runs[present][-1] = replace(runs[present][-1], end=entry.since.by)
        if answer is not None:
            runs[answer].append(Run(entry.since, None))
        present = answer
    return Truth(tuple(runs[True]), tuple(runs[False]))


def _later(one: Evidence, other: Evidence) -> Evidence:
    return Evidence(max(one.after, other.after), max(one.by, other.by))


def _all(parts: Sequence[Sequence[Run]]) -> tuple[Run, ...]:
    """Return when all parts were true at once."""
    together: Sequence[Run] = FOREVER
    for runs in parts:
        overlaps = []
        for one in together:
            for other in runs:
                start = _later(one.start, other.start)
                end = min((each for each in (one.end, other.end) if each), default=None)
                if end is None or start.by < end:
                    overlaps.append(Run(start, end, one.doubts | other.doubts))
        together = overlaps
    return tuple(sorted(together, key=lambda run: run.start.by))


def _any(parts: Sequence[Sequence[Run]]) -> tuple[Run, ...]:
    """Return when at least one part was true; a doubt stays only where all parts share it."""
    merged: list[Run] = []
    for run in sorted((run for runs in parts for run in runs), key=lambda run: run.start.by):
        last = merged[-1] if merged else None
        if last and (last.end is None or run.start.by <= last.end):
            end = None if last.end is None or run.end is None else max(last.end, run.end)
            merged[-1] = Run(last.start, end, last.doubts & run.doubts)
        else:
            merged.append(run)
    return tuple(merged)


def _without_minimum(criterion: Criterion) -> Criterion:
    """Replace each minimum value by what is always true."""
    match criterion:
        case MinimumValue():
            return All(())
        case Within():
            return replace(criterion, criterion=_without_minimum(criterion.criterion))
        case Not():
            return Not(_without_minimum(criterion.criterion))
        case All() | Any():
            return replace(criterion, criteria=tuple(map(_without_minimum, criterion.criteria)))
        case _:
            return criterion
