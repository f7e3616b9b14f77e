"""Handle a message of the credit queue: post a credit, mark used credits, ask about a refund."""

from __future__ import annotations

from collections.abc import Callable

from goodword.steps.credits.mark_applied import mark_applied
from goodword.steps.credits.post_credit import PostCreditDeps, post_credit

ACCOUNT = "account:"  # no credit's id begins with this
REFUND = "refund:"


def account_work(account: str) -> str:
    """Return the message that asks to mark an account's used credits."""
    return f"{ACCOUNT}{account}"


def refund_work(delivery: str) -> str:
    """Return the message that asks Stripe for a refund's details of a delivery."""
    return f"{REFUND}{delivery}"


def handle_credit_message(message: str, *, deps: PostCreditDeps, ask: Callable[[str], str]) -> str:
    """Handle the message, and return the outcome.

    ask: asks Stripe about a delivery's refund (steps/credits/ask_refund.py).
    """
    if message.startswith(ACCOUNT):
        return mark_applied(message.removeprefix(ACCOUNT), deps=deps)
    if message.startswith(REFUND):
        return ask(message.removeprefix(REFUND))
    return post_credit(message, deps=deps)
