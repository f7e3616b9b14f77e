"""Apply the unmatched events of a new referral, and then qualify it."""

from __future__ import annotations

from goodword.domain.crm_copy.hint import email_hint, referral_hint
from goodword.steps.crm_copy.apply_event import ApplyEventDeps, record_waiting
from goodword.steps.referrals.evaluate_referral import evaluate_referral


def qualify_referral(referral_id: str, *, deps: ApplyEventDeps) -> int:
    """Apply what was waiting for this referral, qualify it.

    Return how many events were waiting.
    """
    referral = deps.stores.referrals.get(referral_id)
    if referral is None:
        return 0
    hints = (
        email_hint(deps.identity_key, referral.prospect.email),
        referral_hint(referral.referral),
    )
    count = sum(record_waiting(referral.referral, referral.program, hint, deps) for hint in hints)
    evaluate_referral(referral.referral, deps=deps.qualifying)
    return count
