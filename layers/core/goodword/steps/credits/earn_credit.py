"""Earn the credit of a milestone: who holds the company, what the limits allow, what a person must see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from goodword.domain.credits.credit import Capped, Credit, Held, Pending
from goodword.domain.crm_copy.delivery import Identity
from goodword.domain.programs.limit import limits_for
from goodword.domain.programs.program import Milestone
from goodword.domain.reason import Argument, Reason
from goodword.domain.referrals.referral import (
    COMPANY_OR_DEAL_TAKEN,
    EARNS_NO_CREDIT,
    PROGRAM_CLOSED,
    MilestoneState,
)
from goodword.domain.referrers.sign_off import waits_for_sign_off
from goodword.ports import Check, Insert, Reserve, Update, Write
from goodword.steps.referrals.draft import Draft
from goodword.steps.referrals.register_referral import payee_identity


def earn_credit(milestone: Milestone, state: MilestoneState, draft: Draft) -> MilestoneState:
    """Add the credit that a met milestone earns, or the reason why it earns none."""
    referral = draft.referral
    _, account = draft.people()
    refused = refusal(draft)
    if refused is None and not _claim(draft):
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
        earned_at=draft.at,
        due_at=due_at(milestone, draft),
        description=f"Referral credit: {draft.terms.name}",
    )
    put_credit(None, held_if_need_be(credit, milestone, draft), draft)
    return replace(state, credit=credit.credit, refused=None)


def refusal(draft: Draft) -> Reason | None:
    """Return why nothing may be earned now, or None where something may."""
    if draft.people()[0].earns == "no":
        return EARNS_NO_CREDIT
    if draft.calendar.in_flight(draft.at) == "close":
        return PROGRAM_CLOSED
    return None


def due_at(milestone: Milestone, draft: Draft) -> datetime:
    """Return when the credit may post: after its hold period, and after a pause that makes it wait."""
    due = draft.at + timedelta(days=milestone.hold_days)
    pause = draft.calendar.pause
    if draft.calendar.in_flight(draft.at) == "wait" and pause is not None and pause.until is not None:
        return max(due, datetime.combine(pause.until, time(), draft.calendar.zone).astimezone(UTC))
    return due


def held_if_need_be(credit: Credit, milestone: Milestone, draft: Draft, *, late: bool = False) -> Credit:
    """Hold the credit for a person where something asks for one; all reasons are named.

    late: whether it is met again only after its time.
    """
    referrer, account = draft.people()
    holds: list[Reason] = []
    if credit.follows:
        holds.append(Reason("won_again"))
    if late:
        holds.append(Reason("met_again_late"))
    if len(milestone.pays) > 1 and not account.currency:
        holds.append(Reason("account_currency_unknown"))
    elif account.currency and milestone.amount_in(account.currency) is None:
        holds.append(Reason("no_amount_in_currency", {"currency": account.currency}))
    if draft.referral.flags:
        holds.append(Reason("flagged", {"flags": draft.referral.flags}))
    if referrer.earns == "ask" or waits_for_sign_off(draft.calendar, referrer):
        holds.append(Reason("sign_off_missing"))
    pause = draft.calendar.pause
    if draft.calendar.in_flight(draft.at) == "wait" and (pause is None or pause.until is None):
        holds.append(Reason("program_paused"))
    if draft.terms.posting == "approve":
        holds.append(Reason("approval_required"))
    if not holds:
        return credit
    return replace(credit, state=Held(tuple(holds), draft.at))


def _claim(draft: Draft) -> bool:
    """Make sure that this referral holds its company and deals, under conditions of the transaction."""
    if draft.claimed:
        return True
    checks: list[Write] = []
    in_draft = {
        write.record.identity
        for write in draft.writes
        if isinstance(write, Insert | Update) and isinstance(write.record, Identity)
    }
    for key in draft.referral.keys:
        name = payee_identity(draft.referral.program, key)
        if name in in_draft:
            continue
        held = draft.house.stores.identities.get(name)
        if held is None:
            checks.append(Insert(Identity(name, draft.referral.referral)))
        elif held.owner == draft.referral.referral:
            checks.append(Check(held))
        else:
            holder = draft.house.stores.referrals.get(held.owner)
            if holder is not None and holder.holds():
                return False
            checks.append(Update(Identity(name, draft.referral.referral, held.revision + 1)))
    draft.writes.extend(checks)
    draft.claimed = True
    return True


def put_credit(before: Credit | None, credit: Credit, draft: Draft) -> None:
    """Add the credit with what it takes from the limits; capped, and never in part, where one is full."""
    limits = limits_for(draft.terms, credit.account, credit.amount, draft.at)
    taken = draft.reserved
    full = next(
        (each for each in limits if taken.count(each.limit) >= draft.room.get(each.limit, len(taken) + 1)),
        None,
    )
    if full is not None:
        credit = replace(credit, state=Capped(full.why))
    else:
        credit = replace(credit, limits=tuple(limit.limit for limit in limits))
        for limit in limits:
            draft.reserved.append(limit.limit)
            draft.writes.append(Reserve(limit.limit, credit.amount.minor, limit.ceiling_minor))
    draft.add_move(before, credit, **_data(credit, draft))
    if credit.status == "pending" and credit.due_at <= draft.at:
        draft.wake.append(credit.credit)


def _data(credit: Credit, draft: Draft) -> dict[str, Argument]:
    """Return what the timeline says of a credit that was earned."""
    if credit.reason is not None:
        return {"reason": credit.reason}
    if credit.holds:
        return {"reasons": credit.holds}
    return {"due": draft.terms.day(credit.due_at)}
