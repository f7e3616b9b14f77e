"""Do what a message of the credit queue asks.

Post a credit, mark what was used, ask of a refund.
"""

from __future__ import annotations

from collections.abc import Callable

from goodword.steps.credits.mark_applied import mark_applied
from goodword.steps.credits.post_credit import PostCreditDeps, post_credit

ACCOUNT = "account:"  # no credit's id begins so
REFUND = "refund:"


def account_work(account: str) -> str:
    """Return the message that asks to mark what an account has used."""
    return f"{ACCOUNT}{account}"


def refund_work(delivery: str) -> str:
    """Return the message that asks Stripe what a delivery's event of a refund does not show."""
    return f"{REFUND}{delivery}"


def handle_credit_message(message: str, *, deps: PostCreditDeps, ask: Callable[[str], str]) -> str:
    """Do what the message asks, and return the outcome.

    ask: asks Stripe of a delivery's refund (steps/credits/ask_refund.py).
    """
    if message.startswith(ACCOUNT):
        return mark_applied(message.removeprefix(ACCOUNT), deps=deps)
    if message.startswith(REFUND):
        return ask(message.removeprefix(REFUND))
    return post_credit(message, deps=deps)
