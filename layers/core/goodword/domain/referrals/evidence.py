"""The evidence of a sale: what the facts of a referral say of each of its deals.

A deal is judged by its own history. The stage of one deal and the value of another are never
combined. A stage that the CRM keeps on the contact counts only while the referral has no deal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from datetime import datetime, tzinfo
from typing import Final

from goodword.domain.crm_copy.amount import UnreadAmount, read_amount
from goodword.domain.crm_copy.fact import Change, Fact, ObjectRef
from goodword.domain.days import last_moment
from goodword.domain.money import Money
from goodword.domain.programs.criterion import Evidence, Known
from goodword.domain.record import dataclass
from goodword.domain.referrals.referral import Referral
from goodword.domain.stage import EXITS, PIPELINE, STAGES, Progress, StageRun, furthest

_OF_A_DEAL: Final = ("stage", "value", "currency", "created")


@dataclass(frozen=True, slots=True)
class Sale:
    """What the facts of a referral say.

    deals: the evidence of each deal that may count, by its name. own: the evidence where there is
    no deal: what the contact says of itself. too_old: deals that were there too long before the
    referral to come of it.
    """

    own: Evidence
    deals: dict[str, Evidence] = field(default_factory=dict)
    too_old: tuple[str, ...] = ()

    @property
    def progress(self) -> Progress:
        """Return how far the prospect got, by the deal that leads."""
        if not self.deals:
            return self.own.progress
        return furthest(each.progress for each in self.deals.values())

    def of(self, deal: str) -> Evidence:
        """Return the evidence of the deal of this name.

        A credit without a deal follows the contact as long as it has none, and then the deal that
        leads.
        """
        if deal in self.deals:
            return self.deals[deal]
        return replace(self.own, progress=Progress() if deal else self.progress)


def sale(
    referral: Referral, facts: Iterable[Fact], now: datetime, zone: tzinfo, grace_days: int
) -> Sale:
    """Gather what criteria may look at, for each deal by itself.

    zone: the program's, in which days end. grace_days: how many days before the referral a deal may
    have been created.
    """
    ordered = sorted(facts, key=lambda fact: (fact.version, fact.fact))
    by_deal: dict[ObjectRef, list[Fact]] = {}
    rest: list[Fact] = []
    for fact in ordered:
        if fact.object.kind == "deal":
            by_deal.setdefault(fact.object, []).append(fact)
        else:
            rest.append(fact)
    refund = _refund(rest)
    start = Evidence(
        referral.created_at,
        now,
        zone,
        referral.prospect.parts(),
        {name: Known(value) for name, value in referral.prospect.said.items() if value},
    )
    own = _evidence(start, [], rest, refund)
    # What only names a deal, such as when it was created, does not end what the contact says.
    deals = {
        ref: _evidence(start, of_it, rest, refund)
        for ref, of_it in by_deal.items()
        if any(fact.attribute != "created" for fact in of_it)
    }
    too_old = [ref for ref in deals if _is_too_old(by_deal[ref], referral, zone, grace_days)]
    counted = {str(ref): each for ref, each in deals.items() if ref not in too_old}
    return Sale(own, _with_others(counted), tuple(str(ref) for ref in too_old))


def _evidence(
    start: Evidence, deal: Sequence[Fact], rest: Sequence[Fact], refund: datetime | None
) -> Evidence:
    """Return the evidence of one deal and what else is known, or of the rest where it is empty."""
    attributes = dict(start.attributes)
    for fact in sorted((*rest, *deal), key=lambda fact: (fact.version, fact.fact)):
        if fact.attribute in _OF_A_DEAL:
            continue
        # An emptied property is no value, also where the prospect gave one.
        attributes.pop(fact.attribute, None)
        if fact.value:
            runs = tuple((run.at, run.value) for run in fact.runs())
            attributes[fact.attribute] = Known(fact.value, runs or ((fact.version, fact.value),))
    about = deal or rest
    progress = _progress([fact for fact in about if fact.attribute == "stage"])
    if refund is not None:
        progress = progress.refunded(refund)
    return replace(start, attributes=attributes, progress=progress, amounts=_amounts(about))


def _refund(rest: Iterable[Fact]) -> datetime | None:
    """Return when the money went back, as the latest that any object says."""
    found = (fact for fact in rest if fact.attribute == "stage" and fact.value == "refunded")
    return max((fact.since() for fact in found), default=None)


def _is_too_old(facts: Iterable[Fact], referral: Referral, zone: tzinfo, grace_days: int) -> bool:
    created = [fact.changes[0].at for fact in facts if fact.attribute == "created"]
    return bool(created) and referral.created_at > last_moment(min(created), grace_days, zone)


def _progress(facts: Sequence[Fact]) -> Progress:
    """Join the stage properties into one history; Pipedrive's deals have two.

    A deal that is lost in one property keeps the other property's stage for when it is opened
    again. If the other is won, the later of the two applies.
    """
    objects = {fact.object for fact in facts}
    if len(objects) > 1:
        return furthest(
            _progress([fact for fact in facts if fact.object == each])
            for each in sorted(objects, key=str)
        )
    histories = [_stage_runs(fact) for fact in facts]
    times = sorted({run.at for history in histories for run in history})
    runs: list[StageRun] = []
    for at in times:
        standing = [
            [run for run in history if run.at <= at][-1]
            for history in histories
            if history and history[0].at <= at
        ]
        stage = _stage_of(standing)
        if not runs or runs[-1].stage != stage:
            runs.append(StageRun(stage, at))
    return Progress(tuple(runs))


def _stage_runs(fact: Fact) -> tuple[Change, ...]:
    """Return the runs of known stages; an emptied one is new, a refund is not of a deal's way."""
    runs = fact.runs() or (Change(fact.version, fact.value),)
    named = (replace(run, value=run.value or "new") for run in runs)
    return tuple(run for run in named if run.value in STAGES)


def _stage_of(standing: Sequence[Change]) -> str:
    exits = [run for run in standing if run.value in EXITS]
    rest = [run for run in standing if run.value not in EXITS]
    if exits:
        out = max(exits, key=lambda run: (run.value == "refunded", run.at))
        won = [run for run in rest if run.value == "won"]
        if out.value == "refunded" or not any(run.at >= out.at for run in won):
            return out.value
    return max((run.value for run in rest), key=PIPELINE.index)


def _amounts(facts: Sequence[Fact]) -> tuple[tuple[datetime, Money | None], ...]:
    """Return the values over time; None where it is empty, unreadable or without a currency.

    The newest property counts where several are mapped. Without a currency nothing is guessed.
    """
    values = [fact for fact in facts if fact.attribute == "value"]
    if not values:
        return ()
    newest = values[-1]
    beside = [
        fact.value
        for fact in facts
        if fact.attribute == "currency" and fact.object == newest.object
    ]
    currency = beside[-1] if beside else ""
    runs = newest.runs() or (Change(newest.version, newest.value),)
    read = [(run.at, read_amount(run.value, currency)) for run in runs]
    return tuple((at, None if isinstance(each, UnreadAmount) else each) for at, each in read)


def _with_others(deals: dict[str, Evidence]) -> dict[str, Evidence]:
    """Let each deal know what the other won deals are worth, for a minimum over several."""
    worth = {
        name: (since, each.value)
        for name, each in deals.items()
        if each.value is not None
        and each.progress.stage not in EXITS
        and (since := each.progress.reached("won")) is not None
    }
    return {
        name: replace(each, others=tuple(of for other, of in worth.items() if other != name))
        for name, each in deals.items()
    }
