"""Decide on a credit that waits for a person: let it go on, or void it."""

from __future__ import annotations

from typing import Literal

from goodword.domain.credit import Credit
from goodword.domain.errors import BadInput, Clash, NotFound
from goodword.ports import Clock, NewId, Stores, Wake
from goodword.steps.move_credit import commit_move
from goodword.steps.repeat import repeat

Decision = Literal["approve", "void"]


def decide_credit(
    credit_id: str,
    decision: Decision,
    reason: str,
    *,
    by: str,
    stores: Stores,
    now: Clock,
    new_id: NewId,
    wake: Wake,
) -> Credit:
    """Approve a held credit, or void one that has not been sent; the reason goes on the timeline.

    Deciding the same again changes nothing. Raises Clash where the credit's state does not allow it.
    """
    if not reason.strip():
        raise BadInput("the reason is missing", where="reason", remedy="Say in a few words why.")

    def attempt() -> Credit:
        credit = stores.credits.get(credit_id)
        if credit is None:
            raise NotFound(f"there is no credit {credit_id!r}", where="credit", remedy="Check the id.")
        after = _approved(credit, by, now) if decision == "approve" else _voided(credit, by, reason)
        if after is credit:
            return credit
        word = "approved" if decision == "approve" else "made void"
        sentence = f"{credit.amount} was {word} by a person: {reason.strip()}"
        return commit_move(credit, after, sentence, stores=stores, at=now(), new_id=new_id, actor=by)

    decided = repeat(attempt)
    if decided.due(now()):
        wake(decided.credit)
    return decided


def _approved(credit: Credit, by: str, now: Clock) -> Credit:
    if credit.status in ("pending", "sending", "posted") and credit.decided_by:
        return credit
    if credit.status != "held":
        raise Clash(
            f"the credit is {credit.status}, not held",
            where="credit",
            remedy="Only a held credit can be approved.",
        )
    return credit.released(by, now())


def _voided(credit: Credit, by: str, reason: str) -> Credit:
    if credit.status == "void":
        return credit
    sent = credit.sent() and not credit.nothing_stands()
    if credit.status not in ("pending", "held", "capped") or sent:
        state = "has been sent to Stripe" if sent else f"is {credit.status}"
        raise Clash(
            f"the credit {state} and cannot be made void",
            where="credit",
            remedy="Make void only what was never sent.",
        )
    return credit.as_void(reason.strip(), by)
