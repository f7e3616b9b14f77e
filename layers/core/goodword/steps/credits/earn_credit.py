"""Earn the credit of a milestone.

Who holds the company, what the limits allow, what a person must see.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from goodword.domain.credits.credit import Credit, Held, OverLimit, Pending, of_deal
from goodword.domain.identity import Identity, payee_identity
from goodword.domain.programs.limit import Limit, limits_for
from goodword.domain.programs.program import Milestone
from goodword.domain.reason import Argument, Reason
from goodword.domain.referrals.referral import (
    COMPANY_OR_DEAL_TAKEN,
    EARNS_NO_CREDIT,
    PROGRAM_CLOSED,
    MilestoneState,
)
from goodword.domain.referrals.verdict import Verdict
from goodword.domain.referrers.sign_off import waits_for_sign_off
from goodword.ports.writes import Check, Insert, Reserve, Update, Write
from goodword.steps.referrals.evaluation import Evaluation


def earn_credit(
    milestone: Milestone, state: MilestoneState, verdict: Verdict, evaluation: Evaluation
) -> MilestoneState:
    """Add the credit that a met milestone earns, or the reason why it earns none."""
    referral = evaluation.referral
    _, account = evaluation.people()
    refused = refusal(evaluation)
    if refused is None and not _claim(evaluation):
        refused = COMPANY_OR_DEAL_TAKEN
    if refused is not None:
        return replace(state, refused=refused)
    credit = Credit(
        credit=f"cr_{referral.referral.removeprefix('rf_')}_{milestone.milestone}",
        program=referral.program,
        version=referral.version,
        milestone=milestone.milestone,
        referral=referral.referral,
        account=referral.account,
        referrer=referral.referrer,
        amount=milestone.amount_for(account.currency),
        state=Pending(),
        earned_at=evaluation.at,
        due_at=due_at(milestone, evaluation),
        description=f"Referral credit: {evaluation.terms.name}",
    )
    credit = met_by(credit, verdict, evaluation)
    put_credit(None, held_if_need_be(credit, milestone, verdict, evaluation), evaluation)
    return replace(state, credit=credit.credit, refused=None)


def met_by(credit: Credit, verdict: Verdict, evaluation: Evaluation) -> Credit:
    """Return the credit with the deal that meets its milestone, and when it did."""
    # What has no time of its own has been so from the start.
    since = verdict.finding.since or evaluation.referral.created_at
    return of_deal(credit, verdict.deal, since, verdict.first or since)


def refusal(evaluation: Evaluation) -> Reason | None:
    """Return why nothing may be earned now, or None where something may."""
    if evaluation.people()[0].earns == "no":
        return EARNS_NO_CREDIT
    if evaluation.calendar.in_flight(evaluation.at) == "close":
        return PROGRAM_CLOSED
    return None


def due_at(milestone: Milestone, evaluation: Evaluation) -> datetime:
    """Return when the credit may post: after its hold period.

    After a pause that makes it wait.
    """
    due = evaluation.at + timedelta(days=milestone.hold_days)
    pause = evaluation.calendar.pause
    if (
        evaluation.calendar.in_flight(evaluation.at) == "wait"
        and pause is not None
        and pause.until is not None
    ):
        return max(
            due, datetime.combine(pause.until, time(), evaluation.calendar.zone).astimezone(UTC)
        )
    return due


def held_if_need_be(
    credit: Credit, milestone: Milestone, verdict: Verdict, evaluation: Evaluation
) -> Credit:
    """Hold the credit for a person where something asks for one; all reasons are named."""
    referrer, account = evaluation.people()
    holds: list[Reason] = []
    if credit.follows:
        holds.append(Reason("sold_again"))
    if verdict.early:
        holds.append(Reason("met_before_referral"))
    if verdict.late:
        holds.append(Reason("met_again_late"))
    if len(milestone.pays) > 1 and not account.currency:
        holds.append(Reason("account_currency_unknown"))
    elif account.currency and milestone.amount_in(account.currency) is None:
        holds.append(Reason("no_amount_in_currency", {"currency": account.currency}))
    if evaluation.referral.flags:
        holds.append(Reason("flagged", {"flags": evaluation.referral.flags}))
    if referrer.earns == "ask" or waits_for_sign_off(evaluation.calendar, referrer):
        holds.append(Reason("sign_off_missing"))
    pause = evaluation.calendar.pause
    if evaluation.calendar.in_flight(evaluation.at) == "wait" and (
        pause is None or pause.until is None
    ):
        holds.append(Reason("program_paused"))
    if evaluation.terms.needs_approval(credit.amount):
        holds.append(Reason("approval_required"))
    if not holds:
        return credit
    return replace(credit, state=Held(tuple(holds), evaluation.at))


def _claim(evaluation: Evaluation) -> bool:
    """Check, by conditions of the transaction, that this referral holds its company and deals."""
    if evaluation.claimed:
        return True
    checks: list[Write] = []
    in_evaluation = {
        write.record.identity
        for write in evaluation.writes
        if isinstance(write, Insert | Update) and isinstance(write.record, Identity)
    }
    for key in evaluation.referral.keys:
        name = payee_identity(evaluation.referral.program, key)
        if name in in_evaluation:
            continue
        stored = evaluation.deps.stores.identities.get(name)
        if stored is None:
            checks.append(Insert(Identity(name, evaluation.referral.referral)))
        elif stored.owner == evaluation.referral.referral:
            checks.append(Check(stored))
        else:
            holder = evaluation.deps.stores.referrals.get(stored.owner)
            if holder is not None and holder.holds():
                return False
            checks.append(Update(Identity(name, evaluation.referral.referral, stored.revision + 1)))
    evaluation.writes.extend(checks)
    evaluation.claimed = True
    return True


def put_credit(before: Credit | None, credit: Credit, evaluation: Evaluation) -> None:
    """Add the credit with what it takes from the limits, or as over the limit.

    Never in part, where one is full.
    """
    limits = _limits(credit, evaluation)
    # What the credit takes from already, it takes once.
    had = () if before is None else before.limits
    more = [each for each in limits if each.limit not in had]
    taken = evaluation.reserved
    full = next(
        (
            each
            for each in more
            if taken.count(each.limit) >= evaluation.room.get(each.limit, len(taken) + 1)
        ),
        None,
    )
    if full is not None:
        credit = replace(credit, state=OverLimit(full.why))
    else:
        credit = replace(credit, limits=tuple(limit.limit for limit in limits))
        for limit in more:
            evaluation.reserved.append(limit.limit)
            evaluation.writes.append(Reserve(limit.limit, credit.amount.minor, limit.ceiling_minor))
    evaluation.add_move(before, credit, **data_of(credit, evaluation))
    if credit.status == "pending" and credit.due_at <= evaluation.at:
        evaluation.enqueue.append(credit.credit)


def _limits(credit: Credit, evaluation: Evaluation) -> tuple[Limit, ...]:
    at, current = credit.counts_at or evaluation.at, evaluation.calendar
    return limits_for(evaluation.terms, credit.account, credit.amount, at, current=current)


def names_of_limits(credit: Credit, evaluation: Evaluation) -> set[str]:
    """Return the names of the limits that a credit takes from."""
    return {each.limit for each in _limits(credit, evaluation)}


def data_of(credit: Credit, evaluation: Evaluation) -> dict[str, Argument]:
    """Return what the timeline says of a credit that was earned."""
    if credit.reason is not None:
        return {"reason": credit.reason}
    if credit.holds:
        return {"reasons": credit.holds}
    return {"due": evaluation.terms.day(credit.due_at)}
