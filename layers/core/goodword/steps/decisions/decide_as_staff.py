"""Take a person's decision on a credit, never against what the account's own approver said."""

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
    """Do what decide_credit does, and approve no credit that its referrer may not earn.

    Raises Conflict where the referrer's approver, or whoever enrolled them, said no; the credit is
    to be canceled. What takes a credit back is approved all the same. Else raises what
    decide_credit raises.
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
            "the account is to receive no credits: its approver, or whoever enrolled the referrer, said no",
            where="earns",
            remedy="Cancel it.",
        )
