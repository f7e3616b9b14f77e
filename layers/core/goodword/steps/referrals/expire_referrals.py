"""Close referrals whose deadline has passed, and re-evaluate those that wait for a reversal."""

from __future__ import annotations

from goodword.steps.referrals.evaluate_referral import evaluate_referral
from goodword.steps.referrals.evaluation import QualifyDeps

BATCH = 200


def expire_referrals(*, deps: QualifyDeps) -> tuple[int, tuple[tuple[str, Exception], ...]]:
    """Evaluate each overdue referral again, which closes it or sets its next evaluation.

    Returns how many there were, and which of them failed and why: an error of one does not stop the
    others.
    """
    overdue = deps.stores.referrals.overdue(deps.now(), BATCH)
    failed: list[tuple[str, Exception]] = []
    for referral in overdue:
        try:
            evaluate_referral(referral, deps=deps)
        except Exception as error:  # an error of one is reported, and the others are evaluated
            failed.append((referral, error))
    return len(overdue), tuple(failed)
