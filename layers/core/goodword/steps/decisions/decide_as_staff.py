"""Apply a person's decision on a credit, within what the account's approver allowed."""

from __future__ import annotations

from goodword.domain.credits.credit import Credit
from goodword.domain.errors import Conflict
from goodword.ports.stores import Stores
from goodword.steps.decisions.decide_credit import DecideCreditDeps, Decision, decide_credit


def decide_as_staff(
    credit_id: str,
    decision: Decision,
    reason: str,
    *,
    by: str,
    deps: DecideCreditDeps,
) -> Credit:
    """Do the same as decide_credit, but approve no credit that its referrer may not earn.

    Raises Conflict if the referrer's approver declined credits, or the enrollment ruled them out;
    the credit should be canceled. A reversal may be approved all the same. Raises the errors of
    decide_credit.
    """
    if decision == "approve":
        _check_earns(credit_id, deps.stores)
    return decide_credit(credit_id, decision, reason, by=by, deps=deps)


def _check_earns(credit_id: str, stores: Stores) -> None:
    credit = stores.credits.get(credit_id)
    if credit is None or credit.kind == "reversal" or credit.status != "held":
        return
    referrer = stores.referrers.get(credit.referrer)
    if referrer is not None and referrer.earns == "no":
        raise Conflict(
            "the account may not receive credits: its approver or its enrollment ruled them out",
            where="earns",
            remedy="Cancel the credit, or enroll the referrer again with earns: yes.",
        )
