"""The verdict on one milestone, said three times: for the customer, for the rep, for finance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from goodword.domain.credit import Credit
from goodword.domain.money import Money
from goodword.domain.program import Milestone, Program
from goodword.domain.qualifier import Answer
from goodword.domain.referral import MilestoneState, Referral


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer with its reasons and its three sentences.

    for_customer tells nothing of the pipeline. for_rep names what is missing. for_finance names the money.
    """

    milestone: str
    answer: Answer
    reasons: tuple[str, ...]
    for_customer: str
    for_rep: str
    for_finance: str


def verdict(program: Program, referral: Referral, name: str, credit: Credit | None, now: datetime) -> Verdict:
    """Say how one milestone of a referral stands."""
    milestone = program.milestone(name)
    state = referral.milestone(name)
    amount = credit.amount if credit is not None else milestone.pays[0]
    return Verdict(
        name,
        state.answer,
        state.reasons,
        _for_customer(program, milestone, state, referral, credit, now),
        _for_rep(milestone, state, referral),
        _for_finance(milestone, state, credit, amount),
    )


def day(program: Program, at: datetime) -> str:
    """Say a day the way people do: 17 March 2027."""
    local = program.day(at)
    return f"{local.day} {local:%B} {local.year}"


def _for_customer(
    program: Program,
    milestone: Milestone,
    state: MilestoneState,
    referral: Referral,
    credit: Credit | None,
    now: datetime,
) -> str:
    if credit is not None:
        return credit_sentence(program, credit, now)
    if state.refused:
        return state.refused
    if state.answer in ("not_yet", "met") and referral.open:
        return f"{milestone.pays[0]} is yours once {milestone.once}."
    if state.answer == "not_met" and referral.open:
        return "This one does not meet the terms as things stand."
    if state.by is not None and state.answer == "never":
        return f"This one was open until {day(program, state.by)} and closed."
    return "This one did not meet the terms. Questions? Reply."


def credit_sentence(program: Program, credit: Credit, now: datetime) -> str:
    """Say to the customer how a credit stands."""
    amount = credit.amount
    if credit.kind == "reversal":
        return _reversal_sentence(program, credit)
    if credit.status == "pending":
        if credit.due_at <= now:
            return f"Qualified: {amount} posts today."
        return f"Qualified: {amount} posts on {day(program, credit.due_at)}."
    if credit.status == "sending":
        return f"Qualified: {amount} is being posted."
    if credit.status == "posted" and credit.used_minor:
        return _used_sentence(credit)
    if credit.status == "posted" and credit.posted_at is not None:
        return f"{amount} was posted on {day(program, credit.posted_at)} and comes off your next invoice."
    if credit.status == "capped":
        return f"Qualified; {credit.reason}."
    if credit.status == "void":
        return f"{amount} was withdrawn: {credit.reason}."
    if credit.status == "reversed":
        return f"{amount} was taken back."
    return f"We are checking one detail of {amount}; you will hear from us."


def _used_sentence(credit: Credit) -> str:
    """Say what of a posted credit came off an invoice; where Stripe names none, that it is used."""
    used = Money(min(credit.used_minor, credit.amount.minor), credit.amount.currency)
    where = f"came off invoice {credit.used_on}" if credit.used_on else "is used"
    if used == credit.amount:
        return f"{used} {where}."
    rest = Money(credit.amount.minor - used.minor, used.currency)
    return f"{used} of {credit.amount} {where}; {rest} comes off your next invoice."


def _reversal_sentence(program: Program, reversal: Credit) -> str:
    amount = Money(-reversal.amount.minor, reversal.amount.currency)
    if reversal.status == "posted" and reversal.posted_at is not None:
        return f"{amount} was taken back on {day(program, reversal.posted_at)}."
    if reversal.status == "void":
        return f"{amount} stands after all."
    return f"{amount} is to be taken back: {reversal.reason}."


def _for_rep(milestone: Milestone, state: MilestoneState, referral: Referral) -> str:
    reasons = "; ".join(state.reasons) or "nothing is known yet"
    by = f" (until {state.by:%Y-%m-%d})" if state.by is not None and state.answer == "not_yet" else ""
    held = f" {state.refused}" if state.refused else ""
    closed = "" if referral.open else f" Closed: {referral.closed_because}."
    word = {"met": "Met", "not_met": "Not met", "not_yet": "Not yet", "never": "Cannot be met any more"}
    return f"{milestone.milestone}: {word[state.answer]}: {reasons}{by}.{held}{closed}"


def _for_finance(milestone: Milestone, state: MilestoneState, credit: Credit | None, amount: Money) -> str:
    name = milestone.milestone
    if credit is None:
        if state.refused:
            return f"Nothing is owed for {name}: {state.refused}"
        return f"Nothing is owed for {name} yet; {amount} would be."
    where = f"to {credit.account} for {name}"
    if credit.status == "posted":
        return f"{amount} is posted {where} as {credit.transaction}."
    if credit.status == "pending":
        return f"{amount} is owed {where}, due {credit.due_at:%Y-%m-%d}."
    if credit.status == "sending":
        return f"{amount} is owed {where}; its posting is under way (key {credit.key})."
    if credit.status == "held":
        return f"{amount} {where} is held: {credit.reason}."
    if credit.status == "capped":
        return f"{amount} {where} is capped and not owed: {credit.reason}."
    if credit.status == "reversed":
        return f"{amount} {where} was posted as {credit.transaction} and taken back."
    return f"{amount} {where} is void: {credit.reason}."
