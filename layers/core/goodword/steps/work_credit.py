"""Do what a message of the credit queue asks: post a credit, or mark what an account has used."""

from __future__ import annotations

from goodword.steps.mark_used import mark_used
from goodword.steps.post_credit import Posting, post_credit

ACCOUNT = "account:"  # no credit's id begins so


def account_work(account: str) -> str:
    """Return the message that asks to mark what an account has used."""
    return f"{ACCOUNT}{account}"


def work_credit(message: str, *, house: Posting) -> str:
    """Post the credit, or mark the account's used credits, and return what came of it in a few words."""
    if message.startswith(ACCOUNT):
        return mark_used(message.removeprefix(ACCOUNT), house=house)
    return post_credit(message, house=house)
