"""The verdict on one milestone, said three times: for the customer, for the rep, for finance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from goodword.domain.credit import Credit
from goodword.domain.money import Money
from goodword.domain.program import Milestone, Program
from goodword.domain.qualifier import Answer
from goodword.domain.referral import MilestoneState, Referral
from goodword.domain.sentence import Sentence, Value, english_day, say


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer with its reasons and its three sentences.

    for_customer tells nothing of the pipeline. for_rep names what is missing. for_finance names the money.
    """

    milestone: str
    answer: Answer
    reasons: tuple[str, ...]
    for_customer: Sentence
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
    return english_day(program.day(at))


def _for_customer(
    program: Program,
    milestone: Milestone,
    state: MilestoneState,
    referral: Referral,
    credit: Credit | None,
    now: datetime,
) -> Sentence:
    if credit is not None:
        return credit_sentence(program, credit, now)
    if state.refused:
        return Sentence(state.refused)
    if state.answer in ("not_yet", "met") and referral.open:
        return say(
            "%(amount)s is yours once %(once)s.", amount=milestone.pays[0], once=program.once_for(milestone)
        )
    if state.answer == "not_met" and referral.open:
        return say("This one does not meet the terms as things stand.")
    if state.by is not None and state.answer == "never":
        return say("This one was open until %(day)s and closed.", day=program.day(state.by))
    return say("This one did not meet the terms. Questions? Reply.")


def credit_sentence(program: Program, credit: Credit, now: datetime) -> Sentence:
    """Say to the customer how a credit stands."""
    amount = credit.amount
    if credit.kind == "reversal":
        return _reversal_sentence(program, credit)
    if credit.status == "pending":
        if credit.due_at <= now:
            return say("Qualified: %(amount)s posts today.", amount=amount)
        return say("Qualified: %(amount)s posts on %(day)s.", amount=amount, day=program.day(credit.due_at))
    if credit.status == "sending":
        return say("Qualified: %(amount)s is being posted.", amount=amount)
    if credit.status == "posted" and credit.used_minor:
        return _used_sentence(credit)
    if credit.status == "posted" and credit.posted_at is not None:
        posted = program.day(credit.posted_at)
        return say(
            "%(amount)s was posted on %(day)s and comes off your next invoice.", amount=amount, day=posted
        )
    if credit.status == "capped":
        return say("Qualified; %(reason)s.", reason=credit.reason)
    if credit.status == "void":
        return say("%(amount)s was withdrawn: %(reason)s.", amount=amount, reason=credit.reason)
    if credit.status == "reversed":
        return say("%(amount)s was taken back.", amount=amount)
    return say("We are checking one detail of %(amount)s; you will hear from us.", amount=amount)


def _used_sentence(credit: Credit) -> Sentence:
    """Say what of a posted credit came off an invoice; where Stripe names none, that it is used."""
    used = Money(min(credit.used_minor, credit.amount.minor), credit.amount.currency)
    rest = Money(credit.amount.minor - used.minor, used.currency)
    invoice = credit.used_on
    if not rest.minor:
        if invoice:
            return say("%(amount)s came off invoice %(invoice)s.", amount=used, invoice=invoice)
        return say("%(amount)s is used.", amount=used)
    parts: dict[str, Value] = {"used": used, "amount": credit.amount, "rest": rest}
    if invoice:
        return say(
            "%(used)s of %(amount)s came off invoice %(invoice)s; %(rest)s comes off your next invoice.",
            invoice=invoice,
            **parts,
        )
    return say("%(used)s of %(amount)s is used; %(rest)s comes off your next invoice.", **parts)


def _reversal_sentence(program: Program, reversal: Credit) -> Sentence:
    amount = Money(-reversal.amount.minor, reversal.amount.currency)
    if reversal.status == "posted" and reversal.posted_at is not None:
        return say(
            "%(amount)s was taken back on %(day)s.", amount=amount, day=program.day(reversal.posted_at)
        )
    if reversal.status == "void":
        return say("%(amount)s stands after all.", amount=amount)
    return say("%(amount)s is to be taken back: %(reason)s.", amount=amount, reason=reversal.reason)


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
