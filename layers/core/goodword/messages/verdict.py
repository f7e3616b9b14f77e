"""The verdict on one milestone in three sentences: for the referrer, the rep and finance."""

from __future__ import annotations

from datetime import datetime, timedelta

from goodword.domain.credits.credit import Credit
from goodword.domain.money import Money
from goodword.domain.programs.criterion import Answer, ran_out
from goodword.domain.programs.program import Milestone, Program
from goodword.domain.reason import Reason
from goodword.domain.record import dataclass
from goodword.domain.referrals.referral import EARNS_NO_CREDIT, MilestoneState, Referral
from goodword.domain.referrers.referrer import Earns
from goodword.messages.labels import MILESTONES, milestone_label
from goodword.messages.reasons import reason_sentence, reasons_sentence
from goodword.messages.sentence import Sentence, Value, in_turn, say


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer with its reasons and its three sentences.

    for_referrer says nothing of the pipeline. for_rep names what is missing. for_finance names the
    money.
    """

    milestone: str
    answer: Answer
    reasons: tuple[Reason, ...]
    refused: Reason | None
    for_referrer: Sentence
    for_rep: Sentence
    for_finance: Sentence


def verdict(
    program: Program,
    referral: Referral,
    name: str,
    credit: Credit | None,
    now: datetime,
    *,
    currency: str,
    earns: Earns,
) -> Verdict:
    """Describe the state of one milestone of a referral.

    currency: the account's, or empty if unknown. earns: the referrer's, as it is now.
    """
    milestone = program.milestone(name)
    state = referral.milestone(name)
    if credit is not None:
        amount, for_referrer = credit.amount, credit_sentence(program, credit, now)
    else:
        amount = milestone.amount_for(currency)
        for_referrer = _without_credit(program, milestone, referral, amount, earns)
    return Verdict(
        name,
        state.answer,
        state.reasons,
        state.refused,
        for_referrer,
        _for_rep(program, milestone, state, referral),
        _for_finance(program, milestone, state, credit, amount),
    )


def _without_credit(
    program: Program, milestone: Milestone, referral: Referral, amount: Money, earns: Earns
) -> Sentence:
    """Describe to the referrer a milestone that has no credit so far."""
    state = referral.milestone(milestone.milestone)
    if state.refused is not None:
        return _refused(state.refused)
    if state.answer in ("not_yet", "met") and referral.open:
        return _promise(program, milestone, amount, earns)
    if state.answer == "not_met" and referral.open:
        return say("This one does not meet the terms for now.")
    return _closed(program, milestone, state, referral)


def _refused(refused: Reason) -> Sentence:
    """Say that a met milestone earns no credit; never that another referrer came first."""
    if refused == EARNS_NO_CREDIT:
        return _thanks()
    return say("This one didn't meet the terms.")


def _thanks() -> Sentence:
    return say("Thank you. Your account receives no credit for it.")


def promise(
    program: Program, referral: Referral, currency: str, earns: Earns
) -> tuple[Sentence, ...]:
    """Say what each open milestone would earn, in the account's currency if it is known."""
    open_ = [
        each
        for each in program.milestones
        if referral.milestone(each.milestone).answer != "never"
        and referral.milestone(each.milestone).refused is None
        and referral.milestone(each.milestone).credit is None
    ]
    result = (_promise(program, each, each.amount_for(currency), earns) for each in open_)
    return tuple({str(sentence): sentence for sentence in result}.values())


def _promise(program: Program, milestone: Milestone, amount: Money, earns: Earns) -> Sentence:
    if earns == "no":
        return _thanks()
    return say(
        "%(amount)s is yours once %(condition)s.",
        amount=amount,
        condition=program.condition_for(milestone),
    )


def closing_sentence(program: Program, referral: Referral) -> Sentence:
    """Say why a referral closed without a credit, by the first of its milestones."""
    milestone = program.milestones[0]
    return _closed(program, milestone, referral.milestone(milestone.milestone), referral)


def _closed(
    program: Program, milestone: Milestone, state: MilestoneState, referral: Referral
) -> Sentence:
    """Say that the deadline passed, or that the terms were not met; nothing of the pipeline."""
    if state.refused is not None:
        return _refused(state.refused)
    late = any(ran_out(reason) for reason in state.reasons)
    by = state.by if late and state.by is not None else referral.deadline
    if late or (
        referral.closed_because is not None and referral.closed_because.code == "closed_time_over"
    ):
        if (
            milestone.milestone not in MILESTONES
        ):  # an id, such as qualified, that does not fit into a sentence
            return say("This did not qualify by %(day)s, so it closed.", day=program.day(by))
        what = milestone_label(milestone.milestone)
        return say(
            "No %(milestone)s by %(day)s, so this closed.", milestone=what, day=program.day(by)
        )
    return say("This one didn't meet the terms.")


def credit_sentence(program: Program, credit: Credit, now: datetime) -> Sentence:
    """Describe to the referrer the state of a credit."""
    amount = credit.amount
    if credit.kind == "reversal":
        return _reversal_sentence(program, credit)
    if credit.status == "pending":
        if credit.due_at <= now:
            return say("Qualified: %(amount)s posts today.", amount=amount)
        return say(
            "Qualified: %(amount)s posts on %(day)s.", amount=amount, day=program.day(credit.due_at)
        )
    if credit.status == "sending":
        return say("Qualified: %(amount)s is being posted.", amount=amount)
    if credit.status == "posted" and credit.applied_minor:
        return _applied_sentence(credit)
    if credit.status == "posted":
        return _posted_sentence(program, credit, now)
    if credit.status == "over_limit":
        return say("Qualified; %(reason)s.", reason=reasons_sentence(credit.reasons, "referrer"))
    if credit.status == "canceled" and credit.cause == "not_met":
        once = program.condition_for(program.milestone(credit.milestone))
        return say(
            "%(amount)s is no longer on its way; it is yours once %(condition)s.",
            amount=amount,
            condition=once,
        )
    if credit.status == "canceled":
        return say("%(amount)s was canceled.", amount=amount)
    if credit.status == "reversed":
        if credit.cause == "refund":
            return say("%(amount)s was taken back after a refund.", amount=amount)
        return say("%(amount)s was taken back.", amount=amount)
    if credit.hold == "sign_off_missing":
        return say(
            "%(amount)s waits for your company's sign-off. Ask for it in your portal.",
            amount=amount,
        )
    by = program.day((credit.held_at or credit.earned_at) + timedelta(days=program.review_days))
    if by < program.day(now):
        return say("We're still checking one detail. It is taking longer than we said.")
    return say("We're checking one detail; you'll hear by %(day)s.", day=by)


def _posted_sentence(program: Program, credit: Credit, now: datetime) -> Sentence:
    """Say on which invoice a posted credit is expected, if the program file has invoice dates."""
    expected = program.invoice_after(max(now, credit.posted_at or now))
    if expected is None:
        return say("%(amount)s comes off your next invoice.", amount=credit.amount)
    return say(
        "%(amount)s comes off your next invoice, expected %(day)s.",
        amount=credit.amount,
        day=expected,
    )


def _applied_sentence(credit: Credit) -> Sentence:
    """Say how much of a posted credit was applied, and on which invoice if Stripe names one."""
    applied, invoice = credit.applied, credit.applied_on
    if not credit.remaining.minor:
        if invoice:
            return say("%(amount)s came off invoice %(invoice)s.", amount=applied, invoice=invoice)
        return say("%(amount)s came off an invoice.", amount=applied)
    parts: dict[str, Value] = {
        "applied": applied,
        "amount": credit.amount,
        "rest": credit.remaining,
    }
    if invoice:
        return say(
            "%(applied)s of %(amount)s came off invoice %(invoice)s; "
            "%(rest)s comes off your next invoice.",
            invoice=invoice,
            **parts,
        )
    return say(
        "%(applied)s of %(amount)s came off an invoice; %(rest)s comes off your next invoice.",
        **parts,
    )


def _reversal_sentence(program: Program, reversal: Credit) -> Sentence:
    amount = Money(-reversal.amount.minor, reversal.amount.currency)
    if reversal.status == "posted" and reversal.posted_at is not None:
        when = program.day(reversal.posted_at)
        if reversal.cause == "refund":
            return say(
                "%(amount)s was taken back after a refund, on %(day)s.", amount=amount, day=when
            )
        return say("%(amount)s was taken back on %(day)s.", amount=amount, day=when)
    if reversal.status == "canceled":
        return say("You keep %(amount)s.", amount=amount)
    return say("%(amount)s is to be taken back.", amount=amount)


def _for_rep(
    program: Program, milestone: Milestone, state: MilestoneState, referral: Referral
) -> Sentence:
    """Say to the rep what is met, what is missing, and why a referral closed or earns nothing."""
    parts = [_judged(program, milestone, state)]
    if state.refused is not None:
        parts.append(say("No credit: %(reason)s.", reason=reason_sentence(state.refused, "rep")))
    if referral.closed_because is not None:
        parts.append(
            say("Closed: %(reasons)s.", reasons=reason_sentence(referral.closed_because, "rep"))
        )
    return in_turn(*parts)


def _judged(program: Program, milestone: Milestone, state: MilestoneState) -> Sentence:
    parts: dict[str, Value] = {
        "milestone": milestone_label(milestone.milestone),
        "reasons": reasons_sentence(state.reasons, "rep")
        if state.reasons
        else say("nothing is known yet"),
    }
    if state.answer == "met":
        return say("%(milestone)s: Met: %(reasons)s.", **parts)
    if state.answer == "not_met":
        return say("%(milestone)s: Not met: %(reasons)s.", **parts)
    if state.answer == "never":
        return say("%(milestone)s: Can no longer be met: %(reasons)s.", **parts)
    if state.by is None:
        return say("%(milestone)s: Not yet: %(reasons)s.", **parts)
    by = program.day(state.by)
    return say("%(milestone)s: Not yet: %(reasons)s (until %(day)s).", day=by, **parts)


def _for_finance(
    program: Program,
    milestone: Milestone,
    state: MilestoneState,
    credit: Credit | None,
    amount: Money,
) -> Sentence:
    """Say to finance what is owed or posted to which account, or why nothing is."""
    if credit is not None:
        return _owed(program, milestone, credit)
    name = milestone_label(milestone.milestone)
    if state.refused is not None:
        why = reason_sentence(state.refused, "finance")
        return say("Nothing is owed for %(milestone)s: %(reason)s.", milestone=name, reason=why)
    return say(
        "Nothing is owed for %(milestone)s yet; %(amount)s would be.", milestone=name, amount=amount
    )


def _owed(program: Program, milestone: Milestone, credit: Credit) -> Sentence:
    parts: dict[str, Value] = {
        "amount": credit.amount,
        "milestone": milestone_label(milestone.milestone),
    }
    if credit.status == "posted":
        return say("%(amount)s is posted for %(milestone)s.", **parts)
    if credit.status == "pending":
        due = program.day(credit.due_at)
        return say("%(amount)s is owed for %(milestone)s, due %(day)s.", day=due, **parts)
    if credit.status == "sending":
        return say("%(amount)s is owed for %(milestone)s; its posting is under way.", **parts)
    if credit.status == "reversed":
        return say("%(amount)s for %(milestone)s was posted and taken back.", **parts)
    why = reasons_sentence(credit.reasons, "finance")
    if credit.status == "held":
        return say("%(amount)s for %(milestone)s is held: %(reasons)s.", reasons=why, **parts)
    if credit.status == "over_limit":
        return say(
            "%(amount)s for %(milestone)s is over a limit and not owed: %(reasons)s.",
            reasons=why,
            **parts,
        )
    return say("%(amount)s for %(milestone)s is canceled: %(reasons)s.", reasons=why, **parts)
