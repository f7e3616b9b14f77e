"""Apply a person's decision on a credit: approve it, cancel it, or reverse it once posted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from goodword.domain.credits.credit import Credit, make_reversal
from goodword.domain.credits.credit_reason import CURRENCY_HOLDS, decided_by_person
from goodword.domain.errors import BadInput, Conflict, Contended, Failed, MissingRecord, NotFound
from goodword.domain.money import Money
from goodword.domain.programs.limit import limits_for
from goodword.domain.programs.program import Program
from goodword.domain.reason import Argument, Reason
from goodword.domain.record import dataclass
from goodword.ports.services import Clock, Enqueue, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Reserve, Update, Write
from goodword.steps.credits.move_credit import commit_move, move, restate
from goodword.steps.repeat import repeat

Decision = Literal["approve", "cancel", "reverse"]


@dataclass(frozen=True)
class DecideCreditDeps:
    """What deciding on a credit needs from outside."""

    stores: Stores
    now: Clock
    new_id: NewId
    enqueue: Enqueue


def decide_credit(
    credit_id: str,
    decision: Decision,
    reason: str,
    *,
    by: str,
    deps: DecideCreditDeps,
) -> Credit:
    """Approve a held credit, cancel one that has not been sent, or reverse one that is posted.

    Returns the credit, or for reverse the row that takes it back. The reason goes on the timeline.
    The same decision again changes nothing. Raises Conflict if the credit's state does not allow
    it.
    """
    if not reason.strip():
        raise BadInput(
            "the reason is missing", where="reason", remedy="Give a reason of a few words."
        )
    choice = _Decision(reason.strip(), by, deps.now(), deps.stores, deps.new_id)

    def attempt() -> Credit:
        credit = deps.stores.credits.get(credit_id)
        if credit is None:
            raise NotFound(
                f"there is no credit {credit_id!r}", where="credit", remedy="Check the id."
            )
        return _DECISIONS[decision](credit, choice)

    decided = repeat(attempt)
    if decided.due(deps.now()):
        deps.enqueue(decided.credit)
    return decided


@dataclass(frozen=True)
class _Decision:
    """A decision: the typed reason, who decided and when, and the stores."""

    typed: str
    by: str
    at: datetime
    stores: Stores
    new_id: NewId

    def terms_of(self, credit: Credit) -> Program:
        """Return the terms under which the credit was earned."""
        terms = self.stores.programs.get(credit.program, credit.version)
        if terms is None:
            raise MissingRecord("program version", f"{credit.program} {credit.version}")
        return terms

    @property
    def reason(self) -> Reason:
        """Return the typed text as the reason of the decision."""
        return decided_by_person(self.typed)

    def move(
        self, before: Credit, after: Credit, data: Mapping[str, Argument], came: str = ""
    ) -> Credit:
        """Commit one transition with this decision on the timeline."""
        return commit_move(
            before,
            after,
            data,
            stores=self.stores,
            at=self.at,
            new_id=self.new_id,
            actor=self.by,
            came=came,
        )


def _approve(credit: Credit, choice: _Decision) -> Credit:
    if credit.status in ("pending", "sending", "posted") and credit.decided_by:
        return credit
    if credit.status != "held":
        raise Conflict(
            f"the credit is {credit.status}, not held",
            where="credit",
            remedy="Only a held credit can be approved.",
        )
    released = credit.released(choice.by, choice.at)
    amount = _amount_now(credit, choice)
    if amount is not None:
        return _approve_in(amount, credit, released, choice)
    return choice.move(credit, released, {"typed": choice.typed}, "approved")


def _amount_now(credit: Credit, choice: _Decision) -> Money | None:
    """Return the amount in the account's currency if that was unknown when the credit was earned.

    None keeps the amount: if Stripe may have received some of it, and if the program has no amount
    in that currency. The credit then posts only to a customer whom Stripe bills in its own
    currency.
    """
    if credit.hold not in CURRENCY_HOLDS or credit.kind != "credit" or credit.sent():
        return None
    account = choice.stores.accounts.get(credit.account)
    if account is None or account.currency in ("", credit.amount.currency):
        return None
    return choice.terms_of(credit).milestone(credit.milestone).amount_in(account.currency)


def _approve_in(amount: Money, credit: Credit, released: Credit, choice: _Decision) -> Credit:
    """Approve a credit with its amount in another currency.

    Nothing was sent, so the amount may still change.
    """
    terms = choice.terms_of(credit)
    at = credit.counts_at or credit.earned_at
    current = choice.stores.programs.latest(credit.program) or terms
    limits = limits_for(terms, credit.account, amount, at, current=current)
    after = replace(released, amount=amount, limits=tuple(each.limit for each in limits))
    writes: list[Write] = [Reserve(each.limit, amount.minor, each.ceiling_minor) for each in limits]
    data: dict[str, Argument] = {"amount": credit.amount, "approved": amount, "typed": choice.typed}
    writes += restate(
        credit, after, data, at=choice.at, new_id=choice.new_id, actor=choice.by, came="approved"
    )
    try:
        choice.stores.commit(writes)
    except Failed as failed:
        if not isinstance(failed.write, Reserve):
            raise
        from goodword.messages.reasons import reason_sentence

        full = failed.write.limit
        why = str(reason_sentence(next(each.why for each in limits if each.limit == full)))
        raise Conflict(
            why,
            where="limit",
            remedy="Cancel it, or approve it after the limit's period has ended.",
        ) from None
    return after


def _cancel(credit: Credit, choice: _Decision) -> Credit:
    if credit.status == "canceled":
        return credit
    sent = credit.sent() and not credit.nothing_stands()
    if credit.status not in ("pending", "held", "over_limit") or sent:
        state = "has been sent to Stripe" if sent else f"is {credit.status}"
        raise Conflict(
            f"the credit {state} and cannot be canceled",
            where="credit",
            remedy="Reverse it once it is posted; only an unsent credit can be canceled.",
        )
    return choice.move(
        credit, credit.as_canceled(choice.reason, choice.by), {"reason": choice.reason}
    )


def _reverse(credit: Credit, choice: _Decision) -> Credit:
    """Take a posted credit back.

    If the sale is taking it back already, the decision makes that final.
    """
    if credit.kind == "reversal":
        raise Conflict(
            "this is a reversal itself", where="credit", remedy="Approve it, or cancel it."
        )
    reversal = choice.stores.credits.get(credit.reversal) if credit.reversal else None
    if (
        credit.status in ("posted", "reversed")
        and reversal is not None
        and reversal.status != "canceled"
    ):
        return _confirm(credit, reversal, choice)
    if credit.status != "posted":
        raise Conflict(
            f"the credit is {credit.status}, not posted",
            where="credit",
            remedy="Cancel it if it was never sent; only a posted credit can be reversed.",
        )
    return _take_up_again(reversal, choice) if reversal is not None else _begin(credit, choice)


def _confirm(credit: Credit, reversal: Credit, choice: _Decision) -> Credit:
    if reversal.ordered:
        return reversal
    if credit.status == "reversed":
        raise Conflict(
            "the credit is reversed already",
            where="credit",
            remedy="Read the credit again; its reversal is posted.",
        )
    if reversal.status == "posted":
        raise Contended("the reversal was posted after its credit was read")
    return choice.move(
        reversal, reversal.as_ordered(choice.by), {"reason": choice.reason}, "ordered"
    )


def _take_up_again(canceled: Credit, choice: _Decision) -> Credit:
    again = canceled.as_taken_up_again(choice.reason)
    ordered = replace(again.as_ordered(choice.by), revision=again.revision)
    return choice.move(canceled, ordered, {"reason": choice.reason})


def _begin(credit: Credit, choice: _Decision) -> Credit:
    """Add the reversal.

    A used credit waits for approval if the terms require a review.
    """
    terms = choice.terms_of(credit)
    review = credit.applied_minor > 0 and terms.on_applied_credit == "review"
    reversal = make_reversal(credit, choice.reason, choice.at, review=review, by=choice.by)
    data: dict[str, Argument] = {"reason": choice.reason}
    if review:
        data["reasons"] = reversal.holds
    writes: list[Write] = [
        Update(credit.with_reversal(reversal.credit)),
        *move(None, reversal, data, at=choice.at, new_id=choice.new_id, actor=choice.by),
    ]
    choice.stores.commit(writes)
    return reversal


_DECISIONS: dict[Decision, Callable[[Credit, _Decision], Credit]] = {
    "approve": _approve,
    "cancel": _cancel,
    "reverse": _reverse,
}
