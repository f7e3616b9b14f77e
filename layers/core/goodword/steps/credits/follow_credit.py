"""Let a credit follow its sale: taken back when that is lost, let stand when it is won again."""

from __future__ import annotations

from dataclasses import replace

from goodword.domain.credits.credit import Cause, Credit, Mark, credit_after, reversal_of
from goodword.domain.errors import Contended
from goodword.domain.programs.criterion import Finding
from goodword.domain.programs.program import Milestone
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import MilestoneState
from goodword.ports import Update
from goodword.steps.credits.earn_credit import due_at, held_if_need_be, put_credit, refusal
from goodword.steps.credits.move_credit import move_data
from goodword.steps.referrals.draft import Draft


def follow_credit(
    credit_id: str, state: MilestoneState, finding: Finding, milestone: Milestone, draft: Draft
) -> MilestoneState:
    """Let a credit follow the sale: take it back when the sale is lost, let it stand when it is won again.

    Returns the milestone's state, with the credit that stands for it from now on.
    """
    credit = draft.house.stores.credits.get(credit_id)
    if credit is None:
        raise LookupError(f"credit {credit_id} is gone")
    if draft.lost(milestone):
        _take_back(credit, draft)
    elif finding.answer != "met":
        _withdraw(credit, finding, draft)
    elif credit.status == "reversed" or (credit.status == "void" and credit.sent()):
        return _earn_again(credit, state, milestone, draft)
    else:
        return _keep(credit, state, finding, milestone, draft)
    return state


def _keep(
    credit: Credit, state: MilestoneState, finding: Finding, milestone: Milestone, draft: Draft
) -> MilestoneState:
    """Let the credit of a sale that stands be: revived, held where a person is asked for, or as it is."""
    if credit.status == "void":
        if credit.decided_by:  # what a person made void stays so
            return state
        refused = refusal(draft)
        if refused is None:
            revived = credit.revived(due_at(milestone, draft))
            late = _is_late(finding, draft)
            put_credit(credit, held_if_need_be(revived, milestone, draft, late=late), draft)
        return replace(state, refused=refused)
    if draft.flagged is not None and credit.status == "pending" and not credit.sent():
        held = credit.as_held(Reason("flagged", {"flags": (draft.flagged,)}), draft.at)
        draft.add_move(credit, held, reasons=held.holds)
    else:
        _let_stand(credit, draft)
    return state


def _is_late(finding: Finding, draft: Draft) -> bool:
    """Say whether the sale came to where it stands only after the time for it, and had been there before."""
    since = draft.evidence.progress.since
    return since is not None and since > (finding.by or draft.referral.deadline)


def _withdraw(credit: Credit, finding: Finding, draft: Draft) -> None:
    """Make void what was not sent yet and is not earned as things stand now, such as a deal that is reopened.

    Where nobody knows whether it was posted, it is marked: it stays if it stands at Stripe, and is not sent
    again. What is posted stays until the sale is lost: the hold period is the time for second thoughts.
    """
    why = Reason("no_longer_met", {"reasons": finding.reasons})
    if credit.status in ("pending", "held", "capped") and not credit.sent():
        void = credit.as_void(why, cause="" if finding.answer == "never" else "not_met")
        draft.add_move(credit, void, reason=why)
    elif credit.status in ("pending", "held", "sending") and not credit.given_up():
        draft.writes.append(Update(credit.marked(Mark("not_met"))))
        draft.note("credit_in_question", **move_data(credit), reason=why)


def _earn_again(credit: Credit, state: MilestoneState, milestone: Milestone, draft: Draft) -> MilestoneState:
    """Add a credit of its own for a deal that was won again after its credit was taken back.

    A person decides on it, and it takes from the limits like any other. What a person took back or made void
    stays so.
    """
    reversal = _reversal_of(credit, draft)
    if (credit.status == "void" and credit.decided_by) or (reversal is not None and reversal.ordered):
        return state
    refused = refusal(draft)
    if refused is not None:
        return replace(state, refused=refused)
    again = credit_after(credit, draft.at, due_at(milestone, draft))
    put_credit(None, held_if_need_be(again, milestone, draft), draft)
    return replace(state, credit=again.credit, refused=None, earlier=(*state.earlier, credit.credit))


def _take_back(credit: Credit, draft: Draft) -> None:
    """Void what was never sent, mark what may be under way, reverse what is posted."""
    why = Reason("deal_at_stage", {"stage": draft.evidence.progress.stage})
    cause: Cause = "refund" if draft.evidence.progress.stage == "refunded" else ""
    if credit.status in ("pending", "held", "capped") and not credit.sent():
        draft.add_move(credit, credit.as_void(why), reason=why)
    elif credit.status in ("pending", "held", "sending"):
        _mark(credit, True, "take_back", why, draft, cause)
    elif credit.status == "posted":
        reversal = _reversal_of(credit, draft)
        if reversal is None:
            _reverse(credit, why, cause, draft)
        elif reversal.status == "void":
            if not reversal.decided_by:  # what a person let stand stays so
                again = reversal.as_taken_up_again(why, cause)
                draft.add_move(reversal, again, reason=why)
                draft.wake.append(reversal.credit)
        elif reversal.taken_back:
            _mark(reversal, False, "take_back", why, draft, cause)


def _reversal_of(credit: Credit, draft: Draft) -> Credit | None:
    """Return the row that takes a credit back, if there is one; the two must be of one moment."""
    reversal = draft.house.stores.credits.get(credit.reversal) if credit.reversal else None
    if credit.status == "posted" and reversal is not None and reversal.status == "posted":
        raise Contended("the reversal was posted after its credit was read")
    return reversal


def _reverse(credit: Credit, why: Reason, cause: Cause, draft: Draft) -> None:
    """Add the row that reverses a posted credit; held where that is used up and the terms ask for review."""
    review = credit.used_minor > 0 and draft.terms.on_applied_credit == "review"
    reversal = reversal_of(credit, why, draft.at, review=review, cause=cause)
    draft.writes.append(Update(credit.with_reversal(reversal.credit)))
    held = {"reasons": reversal.holds} if review else {}
    draft.add_move(None, reversal, reason=why, **held)
    if not review:
        draft.wake.append(reversal.credit)


def _let_stand(credit: Credit, draft: Draft) -> None:
    """Undo the taking back of a credit whose sale was won again, as far as nothing was sent for it."""
    why = Reason("deal_won_again")
    if credit.given_up() and credit.status in ("pending", "held", "sending"):
        draft.writes.append(Update(credit.marked(None)))
        draft.note("let_stand", **move_data(credit), reason=why)
        return
    reversal = _reversal_of(credit, draft)
    if credit.status != "posted" or reversal is None or reversal.status == "void" or reversal.ordered:
        return  # there is none, or a person took it back whatever the sale says
    if reversal.status in ("pending", "held") and not reversal.sent():
        void = reversal.as_void(why)
        draft.add_move(reversal, void, reason=why)
    else:
        draft.look_again = True  # once its outcome is known
        if not reversal.taken_back:
            _mark(reversal, True, "reversal_in_question", why, draft, reversal.cause)


def _mark(credit: Credit, taken_back: bool, event: str, why: Reason, draft: Draft, cause: Cause = "") -> None:
    """Mark what nobody knows the outcome of, so that it is decided when the outcome is known."""
    if credit.taken_back != taken_back:
        marked = credit.marked(Mark("taken_back", cause) if taken_back else None)
        if marked.reverses is not None:
            marked = replace(marked, reverses=replace(marked.reverses, cause=cause))
        draft.writes.append(Update(marked))
        draft.note(event, **move_data(credit), reason=why)
