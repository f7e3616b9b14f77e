"""Why a referral is unpaid: one sentence for the staff, per milestone and for the whole referral.

Unlike the referrer's sentence it names the missing pipeline data and the person in charge.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from goodword.domain.credits.credit import Credit
from goodword.domain.programs.program import Milestone, Program
from goodword.domain.referrals.referral import MilestoneState, Referral
from goodword.messages.labels import milestone_label
from goodword.messages.reasons import reason_sentence, reasons_sentence
from goodword.messages.sentence import Sentence, say

# The rank of each state by its need for a person's attention, highest first.
_FIRST: Final = (
    "held",
    "sending",
    "pending",
    "none",
    "over_limit",
    "canceled",
    "reversed",
    "posted",
)


def why_unpaid(
    program: Program, referral: Referral, credits_: Mapping[str, Credit], now: datetime
) -> Sentence:
    """Say why this referral has not been paid, or that it was.

    credits_: at least those of the referral, and their reversals, by id. If the program pays at
    several milestones, the sentence is about the one that a person can influence most: a held
    credit, then one in progress, then an open milestone, then a settled one.
    """
    chosen = min(program.milestones, key=lambda each: _rank(each, referral, credits_))
    return why_of_milestone(program, chosen, referral, credits_, now)


def is_paid(program: Program, referral: Referral, credits_: Mapping[str, Credit]) -> bool:
    """Return whether each milestone of this referral was paid and not taken back."""
    ranks = {_rank(each, referral, credits_) for each in program.milestones}
    return ranks == {(_FIRST.index("posted"), 0)}


def _rank(
    milestone: Milestone, referral: Referral, credits_: Mapping[str, Credit]
) -> tuple[int, int]:
    state = referral.milestone(milestone.milestone)
    credit = credits_.get(state.credit or "")
    if credit is None:
        settled = not referral.open or state.answer == "never" or state.refused is not None
        return (_FIRST.index("canceled") if settled else _FIRST.index("none"), 0)
    reversal = credits_.get(credit.reversal)
    if reversal is not None and reversal.status in ("held", "pending", "sending"):
        return (_FIRST.index(reversal.status), 1)
    return (_FIRST.index(credit.status), 0)


def why_of_milestone(
    program: Program,
    milestone: Milestone,
    referral: Referral,
    credits_: Mapping[str, Credit],
    now: datetime,
) -> Sentence:
    """Say why one milestone of a referral has not been paid, or that it was."""
    state = referral.milestone(milestone.milestone)
    credit = credits_.get(state.credit or "")
    if credit is None:
        return _not_earned(program, milestone, state, referral)
    reversal = credits_.get(credit.reversal)
    if credit.status == "posted" and reversal is not None and reversal.status != "canceled":
        return _being_taken_back(credit, reversal)
    return _of_credit(program, credit, now)


def _not_earned(
    program: Program, milestone: Milestone, state: MilestoneState, referral: Referral
) -> Sentence:
    name = milestone_label(milestone.milestone)
    if state.refused is not None:
        why = reason_sentence(state.refused)
        return say("Not paid for %(milestone)s: %(reason)s.", milestone=name, reason=why)
    if referral.erased_at is not None:
        return say("Not paid for %(milestone)s: the person's data was erased.", milestone=name)
    reasons = reasons_sentence(state.reasons)
    if state.answer == "never":
        return say(
            "Not paid for %(milestone)s, and it no longer can be: %(reasons)s.",
            milestone=name,
            reasons=reasons if state.reasons else say("its deadline has passed"),
        )
    if referral.closed_because is not None:
        return say(
            "Not paid for %(milestone)s: the referral closed, %(because)s.",
            milestone=name,
            because=reason_sentence(referral.closed_because),
        )
    if state.answer == "met":
        return say("%(milestone)s is met; its credit is being made.", milestone=name)
    if not state.reasons:
        return say(
            "Not paid for %(milestone)s yet: the CRM has reported nothing about this prospect.",
            milestone=name,
        )
    if state.answer == "not_met":
        return say(
            "Not paid for %(milestone)s for now: %(reasons)s.", milestone=name, reasons=reasons
        )
    return say(
        "Not paid for %(milestone)s yet: %(reasons)s; it can still be met until %(day)s.",
        milestone=name,
        reasons=reasons,
        day=program.day(state.by or referral.deadline),
    )


def _of_credit(program: Program, credit: Credit, now: datetime) -> Sentence:
    amount, reasons = credit.amount, reasons_sentence(credit.reasons)
    if credit.status == "held":
        return say(
            "%(amount)s is earned and not paid: it needs a decision, because %(reason)s.",
            amount=amount,
            reason=reasons,
        )
    if credit.status in ("pending", "sending") and credit.attempt.suspect:
        # After a 500 the worker keeps the row until the wait is over; then Stripe is searched.
        asked = credit.lease_until if credit.status == "sending" else None
        return say(
            "%(amount)s is not known to be paid: "
            "Stripe gave no clear answer, and is asked again on %(day)s.",
            amount=amount,
            day=program.day(asked or credit.due_at),
        )
    if credit.status == "pending" and credit.due_at > now:
        return say(
            "%(amount)s is earned and not paid yet: it posts on %(day)s.",
            amount=amount,
            day=program.day(credit.due_at),
        )
    if credit.status in ("pending", "sending"):
        return say(
            "%(amount)s is on its way to Stripe; look again in a few minutes.",
            amount=amount,
        )
    if credit.status == "over_limit":
        return say(
            "%(amount)s was earned and is not paid: %(reason)s.",
            amount=amount,
            reason=reasons_sentence(credit.reasons),
        )
    if credit.status == "canceled":
        return say(
            "%(amount)s was earned and canceled: %(reason)s.",
            amount=amount,
            reason=reasons_sentence(credit.reasons),
        )
    if credit.status == "reversed":
        return say("%(amount)s was paid and taken back.", amount=amount)
    return _paid(program, credit)


def _paid(program: Program, credit: Credit) -> Sentence:
    day = program.day(credit.posted_at or credit.earned_at)
    if credit.applied_minor and credit.applied_on:
        return say(
            "Paid: %(amount)s was posted on %(day)s, and %(applied)s came off invoice %(invoice)s.",
            amount=credit.amount,
            day=day,
            applied=credit.applied,
            invoice=credit.applied_on,
        )
    return say(
        "Paid: %(amount)s was posted on %(day)s; it comes off the next invoice.",
        amount=credit.amount,
        day=day,
    )


def _being_taken_back(credit: Credit, reversal: Credit) -> Sentence:
    if reversal.status == "held":
        return say(
            "%(amount)s was paid and is to be taken back: it needs a decision, because %(reason)s.",
            amount=credit.amount,
            reason=reasons_sentence(reversal.reasons),
        )
    return say(
        "%(amount)s was paid and is being taken back: %(reason)s.",
        amount=credit.amount,
        reason=reasons_sentence(reversal.reasons),
    )
