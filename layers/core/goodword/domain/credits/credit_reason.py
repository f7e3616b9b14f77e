"""Reason codes of credits (held, canceled, taken back) and event kinds, with their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from goodword.domain.reason import ArgumentKind, Reason, Vocabulary

# Why a credit waits for a person.
HOLDS: Final[Vocabulary] = {
    "approval_required": {},
    "flagged": {"flags": "reasons"},
    "sign_off_missing": {},
    "program_paused": {},
    "sold_again": {},
    "met_again_late": {},
    "met_before_referral": {},
    "credit_applied_already": {},
    "account_currency_unknown": {},
    "no_amount_in_currency": {"currency": "currency"},
    "stripe_customer_missing": {},
    "stripe_currency_unset": {},
    "stripe_currency_differs": {"billed": "currency", "currency": "currency"},
    "subscription_not_current": {"standing": "status"},
    "tries_unanswered": {"count": "count"},
    "keys_unanswered": {"count": "count"},
    "server_error_unresolved": {},
    "several_transactions": {},
}
CURRENCY_HOLDS: Final = frozenset(
    {
        "account_currency_unknown",
        "no_amount_in_currency",
        "stripe_currency_unset",
        "stripe_currency_differs",
    }
)
# Why a credit is canceled, or is taken back.
CREDIT_REASONS: Final[Vocabulary] = {
    "deal_at_stage": {"stage": "stage"},
    "deal_lost": {},
    "deal_lost_while_posting": {},
    "deal_won_again": {},
    "no_longer_met": {"reasons": "reasons"},
    "milestone_not_met": {},
    "decided_by_person": {"typed": "text"},
}
_MOVE: Final[Mapping[str, ArgumentKind]] = {
    "credit": "id",
    "milestone": "milestone",
    "amount": "amount",
    "before": "status",
}
# The events of a credit or of its reversal. before: the status that it had. typed: the text of the
# person who decided. approved: the amount in the account's currency, once it is known.
CREDIT_EVENTS: Final[Vocabulary] = {
    "credit_pending": {**_MOVE, "due": "day"},
    "credit_held": {**_MOVE, "reasons": "reasons"},
    "credit_over_limit": {**_MOVE, "reason": "reason"},
    "credit_approved": {**_MOVE, "typed": "text", "approved": "amount"},
    "credit_sending": {**_MOVE, "count": "count"},
    "credit_searched": {**_MOVE, "count": "count"},
    "credit_unclear": {**_MOVE},
    "credit_key_renewed": {**_MOVE},
    "credit_posted": {**_MOVE, "transaction": "id"},
    "credit_applied": {**_MOVE, "invoice": "invoice"},
    "credit_returned": {**_MOVE, "invoice": "invoice"},
    "credit_canceled": {**_MOVE, "reason": "reason"},
    "credit_reversed": {**_MOVE},
    "credit_in_question": {**_MOVE, "reason": "reason"},
    "take_back": {**_MOVE, "reason": "reason"},
    "let_stand": {**_MOVE, "reason": "reason"},
    "reversal_pending": {**_MOVE, "reason": "reason"},
    "reversal_held": {**_MOVE, "reason": "reason", "reasons": "reasons"},
    "reversal_approved": {**_MOVE, "typed": "text"},
    "reversal_ordered": {**_MOVE, "reason": "reason"},
    "reversal_sending": {**_MOVE, "count": "count"},
    "reversal_searched": {**_MOVE, "count": "count"},
    "reversal_unclear": {**_MOVE},
    "reversal_key_renewed": {**_MOVE},
    "reversal_posted": {**_MOVE, "transaction": "id"},
    "reversal_canceled": {**_MOVE, "reason": "reason"},
    "reversal_in_question": {**_MOVE, "reason": "reason"},
}


def decided_by_person(typed: str) -> Reason:
    """Return the reason of a person's decision, with their text as typed."""
    return Reason("decided_by_person", {"typed": typed})
