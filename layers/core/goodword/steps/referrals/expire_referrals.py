"""Close referrals whose time is over.

Judge again those that wait for what becomes of a reversal.
"""

from __future__ import annotations

from goodword.steps.referrals.evaluation import QualifyDeps
from goodword.steps.referrals.qualify_referral import qualify_referral

BATCH = 200


def expire_referrals(*, deps: QualifyDeps) -> tuple[int, tuple[tuple[str, Exception], ...]]:
    """Judge each overdue referral once more, which closes it, or says when it is looked at next.

    Returns how many there were, and which of them failed and why: one that cannot be judged holds
    up no other.
    """
    overdue = deps.stores.referrals.overdue(deps.now(), BATCH)
    failed: list[tuple[str, Exception]] = []
    for referral in overdue:
        try:
            qualify_referral(referral, deps=deps)
        except Exception as error:  # whatever is wrong with one is named, and the rest is done
            failed.append((referral, error))
    return len(overdue), tuple(failed)
