"""Qualifiers: a closed set of criteria, combined by all, any and not, each with four answers.

    met        it holds, since a known time
    not_met    it does not hold as things stand, though that may change
    not_yet    nothing is known yet, or it lies ahead
    never      it can no longer be met

A criterion never reads a clock or a store: all that it may look at is in Evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Literal, Protocol, TypeVar

from goodword.domain.days import last_moment
from goodword.domain.money import Money
from goodword.domain.reason import Argument, Reason, Vocabulary
from goodword.domain.record import dataclass
from goodword.domain.stage import Progress, at_least

Answer = Literal["met", "not_met", "not_yet", "never"]

# Why a criterion is answered as it is.
CRITERION_REASONS: Final[Vocabulary] = {
    "contact_missing": {"field": "field"},
    "contact_given": {"fields": "field"},
    "attribute_unknown": {"attribute": "attribute"},
    "attribute_is": {"attribute": "attribute", "value": "text"},
    "company_size_is": {"count": "count"},
    "stage_is": {"stage": "stage"},
    "stage_not_reached": {"stage": "stage", "needed": "stage"},
    "stage_reached": {"stage": "stage"},
    "stage_went_back": {"stage": "stage"},
    "value_unknown": {},
    "value_is": {"amount": "amount"},
    "value_below_minimum": {"amount": "amount", "minimum": "amount"},
    "no_minimum_for_currency": {"currency": "currency"},
    "already_customer": {},
    "new_customer": {},
    "met_too_late": {"count": "count"},
    "met_after_closing": {},
    "met_too_early": {},
    "deal_too_old": {"count": "count"},
    "time_over": {"count": "count"},
    "negated": {"reason": "reason"},
}
_TIME_RAN_OUT: Final = frozenset({"met_too_late", "met_after_closing", "time_over"})


def ran_out(reason: Reason) -> bool:
    """Return whether time ran out by this reason, and it is not that the terms were not met."""
    return reason.code in _TIME_RAN_OUT


T = TypeVar("T")
# From when a property had which value, until the next; the present one last.
Runs = Sequence[tuple[datetime, T]]


def fits_since(runs: Runs[T], fits: Callable[[T], bool]) -> datetime | None:
    """Return since when the value has fitted without a break; None where it does not fit now."""
    since: datetime | None = None
    for at, value in runs:
        if not fits(value):
            since = None
        elif since is None:
            since = at
    return since


@dataclass(frozen=True, slots=True)
class Known:
    """A value, and from when the CRM has it.

    runs: every value that the CRM had, oldest first; empty for what the prospect said, which is
    known from the start.
    """

    value: str
    runs: tuple[tuple[datetime, str], ...] = ()

    def fits_since(self, fits: Callable[[str], bool]) -> datetime | None:
        """Return since when it has fitted without a break; None if from the start."""
        return fits_since(self.runs, fits)

    @property
    def since(self) -> datetime | None:
        """Return since when it has this value; None if from the start."""
        return self.runs[-1][0] if self.runs else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a criterion may look at.

    created_at: when the referral was made. now: the time of asking. zone: the program's time zone,
    in which days end. contact: which of name, email, phone and company are there and valid.
    attributes: segment, company_size, region, product, existing_customer. progress: of one deal, or
    of the contact where there is no deal. amounts: the deal's values over time, the present one
    last; None where it has none that can be read. others: what other won deals of the prospect are
    worth, and since when they are won. All times are UTC.
    """

    created_at: datetime
    now: datetime
    zone: tzinfo = UTC
    contact: frozenset[str] = frozenset()
    attributes: dict[str, Known] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)
    amounts: tuple[tuple[datetime, Money | None], ...] = ()
    others: tuple[tuple[datetime, Money], ...] = ()

    @property
    def value(self) -> Money | None:
        """Return what the deal is worth now."""
        return self.amounts[-1][1] if self.amounts else None


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion's answer with its reasons.

    since: when it was met, or stopped being met; None where it has been so from the start. by: the
    last moment at which it can be met. reasons: why it was answered so.
    """

    answer: Answer
    since: datetime | None = None
    by: datetime | None = None
    reasons: tuple[Reason, ...] = ()


def _answer(
    answer: Answer, code: str, since: datetime | None = None, /, **args: Argument
) -> Finding:
    """Return the finding that has one reason."""
    return Finding(answer, since, reasons=(Reason(code, args),))


class Criterion(Protocol):
    """One condition of a program."""

    def judge(self, evidence: Evidence) -> Finding:
        """Answer the criterion from the evidence."""
        ...


@dataclass(frozen=True, slots=True)
class ContactGiven:
    """The named parts of the contact are there and valid."""

    parts: tuple[str, ...]

    def judge(self, evidence: Evidence) -> Finding:
        missing = [part for part in self.parts if part not in evidence.contact]
        if missing:
            reasons = tuple(Reason("contact_missing", {"field": part}) for part in missing)
            return Finding("not_yet", reasons=reasons)
        return _answer("met", "contact_given", fields=self.parts)


@dataclass(frozen=True, slots=True)
class AttributeIn:
    """An attribute (segment, region, product) has one of the values."""

    attribute: str
    any_of: tuple[str, ...]

    def judge(self, evidence: Evidence) -> Finding:
        known = evidence.attributes.get(self.attribute)
        if known is None:
            return _answer("not_yet", "attribute_unknown", attribute=self.attribute)
        fits = known.value in self.any_of
        since = known.fits_since(lambda value: (value in self.any_of) is fits)
        answer: Answer = "met" if fits else "not_met"
        return _answer(answer, "attribute_is", since, attribute=self.attribute, value=known.value)


@dataclass(frozen=True, slots=True)
class CompanySize:
    """The company has at least and at most so many people."""

    at_least: int = 1
    at_most: int | None = None

    def judge(self, evidence: Evidence) -> Finding:
        known = evidence.attributes.get("company_size")
        size = None if known is None else _size(known.value)
        if known is None or size is None:
            return _answer("not_yet", "attribute_unknown", attribute="company_size")
        fits = self._fits(known.value)
        since = known.fits_since(lambda value: self._fits(value) is fits)
        return _answer("met" if fits else "not_met", "company_size_is", since, count=size)

    def _fits(self, value: str) -> bool:
        size = _size(value)
        return (
            size is not None
            and self.at_least <= size
            and (self.at_most is None or size <= self.at_most)
        )


def _size(value: str) -> int | None:
    return int(value) if value.isdecimal() and len(value) <= 9 else None


@dataclass(frozen=True, slots=True)
class StageReached:
    """The sale got as far as this stage, and has not left by one of the exits.

    undone_by: exits (lost, refunded) that undo it; a demo that was attended stays attended when the
    deal is lost, a deal that was won does not.
    """

    stage: str
    undone_by: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Finding:
        progress = evidence.progress
        if progress.stage in self.undone_by:
            return _answer("not_met", "stage_is", progress.since, stage=progress.stage)
        since = progress.reached(self.stage, self.undone_by)
        if since is not None:
            return _answer("met", "stage_reached", since, stage=self.stage)
        if any(run.stage in at_least(self.stage) for run in progress.runs):
            return _answer("not_yet", "stage_went_back", stage=progress.stage)
        return _answer("not_yet", "stage_not_reached", stage=progress.stage, needed=self.stage)


@dataclass(frozen=True, slots=True)
class MinimumValue:
    """The deal is worth at least one of these amounts, in its own currency.

    sum_days: if set, other won deals of the prospect count too, where they were won within so many
    days before.
    """

    amounts: tuple[Money, ...]
    sum_days: int | None = None

    def judge(self, evidence: Evidence) -> Finding:
        value = evidence.value
        if value is None:
            return _answer("not_yet", "value_unknown")
        least = next((each for each in self.amounts if each.currency == value.currency), None)
        if least is None:
            return _answer("not_met", "no_minimum_for_currency", currency=value.currency)
        since = fits_since(evidence.amounts, lambda amount: _is_enough(amount, least))
        if since is not None:
            return _answer("met", "value_is", since, amount=value)
        total, since = self._sum(value, evidence)
        if total.minor >= least.minor:
            return _answer("met", "value_is", since, amount=total)
        since = fits_since(evidence.amounts, lambda amount: not _is_enough(amount, least))
        return _answer("not_met", "value_below_minimum", since, amount=total, minimum=least)

    def _sum(self, value: Money, evidence: Evidence) -> tuple[Money, datetime | None]:
        """Return the deal's value with that of the others that count, and since when it is so."""
        if self.sum_days is None:
            return value, None
        reached = evidence.progress.reached("won") or evidence.amounts[-1][0]
        first = reached - timedelta(days=self.sum_days)
        counted = [
            (at, amount.minor)
            for at, amount in evidence.others
            if first <= at <= reached and amount.currency == value.currency
        ]
        since = max(evidence.amounts[-1][0], *(at for at, _ in counted)) if counted else None
        return Money(value.minor + sum(minor for _, minor in counted), value.currency), since


def _is_enough(amount: Money | None, least: Money) -> bool:
    return amount is not None and amount.currency == least.currency and amount.minor >= least.minor


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """The prospect was not a customer before. Without such a fact the prospect counts as new.

    A CRM may mark a person as a customer because the referred deal is won. A mark therefore does
    not count if its time is at most a day before the deal was won, or later.
    """

    def judge(self, evidence: Evidence) -> Finding:
        known = evidence.attributes.get("existing_customer")
        customer = known is not None and known.value.lower() in ("true", "yes", "1")
        since = evidence.created_at if known is None else known.since or evidence.created_at
        won = evidence.progress.reached("won")
        if customer and (won is None or since < won - timedelta(days=1)):
            return _answer("never", "already_customer")
        return _answer("met", "new_customer")


@dataclass(frozen=True, slots=True)
class Within:
    """The inner criterion was met within so many days of the referral; the last counts whole."""

    days: int
    of: Criterion

    def judge(self, evidence: Evidence) -> Finding:
        by = last_moment(evidence.created_at, self.days, evidence.zone)
        inner = self.of.judge(evidence)
        if inner.answer == "met" and inner.since is not None and inner.since > by:
            return Finding("never", by=by, reasons=(Reason("met_too_late", {"count": self.days}),))
        if inner.answer in ("not_yet", "not_met") and evidence.now > by:
            over = Reason("time_over", {"count": self.days})
            return Finding("never", by=by, reasons=(*inner.reasons, over))
        return Finding(inner.answer, inner.since, by, inner.reasons)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one is met."""

    of: tuple[Criterion, ...]

    def judge(self, evidence: Evidence) -> Finding:
        return _combine(
            [each.judge(evidence) for each in self.of], ("never", "not_met", "not_yet", "met")
        )


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one is met."""

    of: tuple[Criterion, ...]

    def judge(self, evidence: Evidence) -> Finding:
        return _combine(
            [each.judge(evidence) for each in self.of], ("met", "not_yet", "not_met", "never")
        )


@dataclass(frozen=True, slots=True)
class Not:
    """The inner criterion does not hold. What is not known yet stays not yet.

    Silence pays nothing.
    """

    of: Criterion

    def judge(self, evidence: Evidence) -> Finding:
        inner = self.of.judge(evidence)
        turned: dict[Answer, Answer] = {
            "met": "not_met",
            "not_met": "met",
            "not_yet": "not_yet",
            "never": "met",
        }
        reasons = tuple(Reason("negated", {"reason": why}) for why in inner.reasons)
        since = inner.since if turned[inner.answer] == "met" else None
        return Finding(turned[inner.answer], since, inner.by, reasons)


def contact_parts(criterion: Criterion) -> frozenset[str]:
    """Return the parts of the contact that a criterion, or any within it, looks at."""
    if isinstance(criterion, ContactGiven):
        return frozenset(criterion.parts)
    if isinstance(criterion, AllOf | AnyOf):
        return frozenset[str]().union(*(contact_parts(each) for each in criterion.of))
    if isinstance(criterion, Within | Not):
        return contact_parts(criterion.of)
    return frozenset()


def values_of(criterion: Criterion, attribute: str) -> tuple[str, ...]:
    """Return the values of an attribute that a criterion, or any within it, lists."""
    if isinstance(criterion, AttributeIn):
        return criterion.any_of if criterion.attribute == attribute else ()
    if isinstance(criterion, AllOf | AnyOf):
        return tuple(value for each in criterion.of for value in values_of(each, attribute))
    if isinstance(criterion, Within | Not):
        return values_of(criterion.of, attribute)
    return ()


def _combine(findings: Sequence[Finding], order: tuple[Answer, ...]) -> Finding:
    """Give the answer that comes first in the order.

    All that is met counts for the time of an all.
    """
    answer = min((finding.answer for finding in findings), key=order.index)
    decisive = [finding for finding in findings if finding.answer == answer]
    times = [finding.since for finding in decisive if finding.since is not None]
    since = None
    # An all is met since the last of them, an any since the first; what is not met turns it round.
    if (answer == "met") is (order[-1] == "met"):
        since = max(times, default=None)
    elif len(times) == len(decisive):  # else one has been so from the start
        since = min(times)
    reasons = tuple(reason for finding in decisive for reason in finding.reasons)
    return Finding(answer, since, _limit(findings, decisive, needs_all=order[-1] == "met"), reasons)


def _limit(
    findings: Sequence[Finding], decisive: Sequence[Finding], *, needs_all: bool
) -> datetime | None:
    """Return until when the whole can be met.

    All of it by the first limit, any of it by the last.
    """
    open_ = [
        finding for finding in findings if finding.answer in ("not_yet", "not_met")
    ] or decisive
    limits = [finding.by for finding in open_ if finding.by is not None]
    if needs_all:
        return min(limits, default=None)
    return max(limits, default=None) if len(limits) == len(open_) else None
