"""Let a credit follow its sale: taken back when that is lost, let stand when it is won again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from goodword.domain.credits.credit import Cause, Credit, Mark, credit_after, make_reversal
from goodword.domain.days import last_moment
from goodword.domain.errors import Contended, MissingRecord
from goodword.domain.programs.criterion import Finding
from goodword.domain.programs.program import Milestone
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import MilestoneState
from goodword.domain.referrals.verdict import Verdict
from goodword.domain.stage import Progress
from goodword.ports.writes import Update
from goodword.steps.credits.earn_credit import (
    data_of,
    due_at,
    held_if_need_be,
    met_by,
    names_of_limits,
    put_credit,
    refusal,
)
from goodword.steps.credits.move_credit import move_data
from goodword.steps.referrals.evaluation import Evaluation

# The delay of the next evaluation if a deal was won again while its credit was being reversed.
LOOK_AGAIN = timedelta(hours=1)


def follow_credit(
    credit_id: str,
    state: MilestoneState,
    verdict: Verdict,
    milestone: Milestone,
    evaluation: Evaluation,
) -> MilestoneState:
    """Let a credit follow the sale: reverse it if the sale is lost, keep it if it is won again.

    Returns the milestone's state, with the credit that is valid for it from now on.
    """
    credit = evaluation.deps.stores.credits.get(credit_id)
    if credit is None:
        raise MissingRecord("credit", credit_id)
    if verdict.finding.answer != "met":
        if evaluation.lost(credit, milestone):
            _take_back(credit, evaluation)
        else:
            _withdraw(credit, verdict.finding, evaluation)
    elif credit.status == "reversed" or (credit.status == "canceled" and credit.sent()):
        return _earn_again(credit, state, verdict, milestone, evaluation)
    else:
        return _keep(credit, state, verdict, milestone, evaluation)
    return state


def _keep(
    credit: Credit,
    state: MilestoneState,
    verdict: Verdict,
    milestone: Milestone,
    evaluation: Evaluation,
) -> MilestoneState:
    """Let the credit of a sale that stands be.

    Revived, moved to the deal that meets the milestone, held where a person is asked for, or as it
    is.
    """
    if credit.status == "canceled":
        if credit.decided_by:  # what a person canceled stays so
            return state
        refused = refusal(evaluation)
        if refused is None:
            revived = credit.revived(due_at(milestone, evaluation))
            revived = met_by(revived, verdict, evaluation)
            after = held_if_need_be(revived, milestone, verdict, evaluation)
            put_credit(credit, after, evaluation)
        return replace(state, refused=refused)
    unsent = credit.status in ("pending", "held", "over_limit") and not credit.sent()
    if evaluation.flagged is not None and credit.status == "pending" and unsent:
        stored = credit.as_held(Reason("flagged", {"flags": (evaluation.flagged,)}), evaluation.at)
        evaluation.add_move(credit, stored, reasons=stored.holds)
    elif unsent and credit.deal != verdict.deal:
        _move_to_deal(credit, verdict, milestone, evaluation)
    else:
        _let_stand(credit, evaluation)
    return state


def _move_to_deal(
    credit: Credit, verdict: Verdict, milestone: Milestone, evaluation: Evaluation
) -> None:
    """Name the deal by which the milestone is met now, in place of the one before.

    Its hold period begins again: what was known of the sale was wrong. It takes from the limits of
    the new deal's day.
    """
    moved = met_by(credit.moved_to_deal(due_at(milestone, evaluation)), verdict, evaluation)
    if moved.status == "pending":
        moved = held_if_need_be(moved, milestone, verdict, evaluation)
    if moved.status == "over_limit" or names_of_limits(moved, evaluation) == {*credit.limits}:
        evaluation.add_move(credit, moved, **data_of(moved, evaluation))
    else:
        put_credit(credit, replace(moved, limits=()), evaluation)


def _withdraw(credit: Credit, finding: Finding, evaluation: Evaluation) -> None:
    """Cancel a credit that is not sent yet and not earned now, for example of a reopened deal.

    If it is unknown whether it was posted, it is marked: it stays if it is at Stripe, and is not
    sent again. A posted credit stays until the sale is lost: the hold period is the time for
    corrections.
    """
    why = Reason("no_longer_met", {"reasons": finding.reasons})
    if credit.status in ("pending", "held", "over_limit") and not credit.sent():
        canceled = credit.as_canceled(why, cause="" if finding.answer == "never" else "not_met")
        evaluation.add_move(credit, canceled, reason=why)
    elif credit.status in ("pending", "held", "sending"):
        _question(credit, why, evaluation)


def _question(credit: Credit, why: Reason, evaluation: Evaluation) -> None:
    """Mark a credit of unknown outcome to stay if it is at Stripe, and not to be sent again."""
    if not credit.given_up():
        evaluation.writes.append(Update(credit.marked(Mark("not_met"))))
        evaluation.note("credit_in_question", **move_data(credit), reason=why)


def _earn_again(
    credit: Credit,
    state: MilestoneState,
    verdict: Verdict,
    milestone: Milestone,
    evaluation: Evaluation,
) -> MilestoneState:
    """Add a credit of its own for a deal that was won again after its credit was taken back.

    A person decides on it, and it takes from the limits like any other. What a person took back or
    canceled stays so.
    """
    reversal = _find_reversal(credit, evaluation)
    if (credit.status == "canceled" and credit.decided_by) or (
        reversal is not None and reversal.ordered
    ):
        return state
    refused = refusal(evaluation)
    if refused is not None:
        return replace(state, refused=refused)
    again = credit_after(credit, evaluation.at, due_at(milestone, evaluation))
    again = met_by(again, verdict, evaluation)
    put_credit(None, held_if_need_be(again, milestone, verdict, evaluation), evaluation)
    return replace(
        state, credit=again.credit, refused=None, earlier=(*state.earlier, credit.credit)
    )


def _take_back(credit: Credit, evaluation: Evaluation) -> None:
    """Cancel what was never sent, mark what may be under way, reverse what is posted.

    What is or may be posted is reversed once the deal has been lost for the program's days of
    grace: a rep may have closed the wrong deal.
    """
    progress = evaluation.progress_of(credit)
    why = Reason("deal_at_stage", {"stage": progress.stage})
    cause: Cause = "refund" if progress.stage == "refunded" else ""
    final = _lost_for_good_at(progress, evaluation)
    if credit.status in ("pending", "held", "over_limit") and not credit.sent():
        evaluation.add_move(credit, credit.as_canceled(why), reason=why)
    elif credit.status in ("pending", "held", "sending"):
        if final > evaluation.at and not credit.taken_back:
            evaluation.judge_again_at(final)
            _question(credit, why, evaluation)
        else:
            _mark(credit, True, "take_back", why, evaluation, cause)
    elif credit.status == "posted":
        reversal = _find_reversal(credit, evaluation)
        if final > evaluation.at and (reversal is None or reversal.status == "canceled"):
            evaluation.judge_again_at(final)
        elif reversal is None:
            _reverse(credit, why, cause, evaluation)
        elif reversal.status == "canceled":
            if not reversal.decided_by:  # what a person let stand stays so
                again = reversal.as_taken_up_again(why, cause)
                evaluation.add_move(reversal, again, reason=why)
                evaluation.enqueue.append(reversal.credit)
        elif reversal.taken_back:
            _mark(reversal, False, "take_back", why, evaluation, cause)


def _lost_for_good_at(progress: Progress, evaluation: Evaluation) -> datetime:
    """Return from when the loss of a deal takes back what is posted."""
    days = evaluation.terms.reversal_grace_days
    since = progress.since or evaluation.at
    if progress.stage != "lost" or not days:
        return since
    return last_moment(since, days, evaluation.terms.zone) + timedelta(microseconds=1)


def _find_reversal(credit: Credit, evaluation: Evaluation) -> Credit | None:
    """Return the row that takes a credit back, if there is one; the two must be of one moment."""
    reversal = evaluation.deps.stores.credits.get(credit.reversal) if credit.reversal else None
    if credit.status == "posted" and reversal is not None and reversal.status == "posted":
        raise Contended("the reversal was posted after its credit was read")
    return reversal


def _reverse(credit: Credit, why: Reason, cause: Cause, evaluation: Evaluation) -> None:
    """Add the row that reverses a posted credit.

    Held where that is used up and the terms ask for review.
    """
    review = credit.applied_minor > 0 and evaluation.terms.on_applied_credit == "review"
    reversal = make_reversal(credit, why, evaluation.at, review=review, cause=cause)
    evaluation.writes.append(Update(credit.with_reversal(reversal.credit)))
    stored = {"reasons": reversal.holds} if review else {}
    evaluation.add_move(None, reversal, reason=why, **stored)
    if not review:
        evaluation.enqueue.append(reversal.credit)


def _let_stand(credit: Credit, evaluation: Evaluation) -> None:
    """Undo the reversal of a credit whose sale was won again, if nothing was sent for it."""
    why = Reason("deal_won_again")
    if credit.given_up() and credit.status in ("pending", "held", "sending"):
        evaluation.writes.append(Update(credit.marked(None)))
        evaluation.note("let_stand", **move_data(credit), reason=why)
        return
    reversal = _find_reversal(credit, evaluation)
    if (
        credit.status != "posted"
        or reversal is None
        or reversal.status == "canceled"
        or reversal.ordered
    ):
        return  # there is none, or a person reversed it independently of the sale
    if reversal.status in ("pending", "held") and not reversal.sent():
        canceled = reversal.as_canceled(why)
        evaluation.add_move(reversal, canceled, reason=why)
    else:
        # once its outcome is known
        evaluation.judge_again_at(evaluation.at + LOOK_AGAIN)
        if not reversal.taken_back:
            _mark(reversal, True, "reversal_in_question", why, evaluation, reversal.cause)


def _mark(
    credit: Credit,
    taken_back: bool,
    event: str,
    why: Reason,
    evaluation: Evaluation,
    cause: Cause = "",
) -> None:
    """Mark a credit of unknown outcome, so that it is decided when the outcome is known."""
    if credit.taken_back != taken_back:
        marked = credit.marked(Mark("taken_back", cause) if taken_back else None)
        if marked.reverses is not None:
            marked = replace(marked, reverses=replace(marked.reverses, cause=cause))
        evaluation.writes.append(Update(marked))
        evaluation.note(event, **move_data(credit), reason=why)
