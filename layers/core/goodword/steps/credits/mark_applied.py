"""Mark how much of an account's credits its invoices used, from Stripe's balance."""

from __future__ import annotations

from functools import partial

from goodword.domain.credits.credit import Credit
from goodword.domain.credits.pool import Applied, applied_by_credit
from goodword.domain.errors import NotFound
from goodword.domain.event import Event
from goodword.domain.money import Money
from goodword.domain.timeline import entry_for, referral_subject
from goodword.ports.writes import Insert, Update
from goodword.steps.credits.move_credit import move_data
from goodword.steps.credits.post_credit import PostCreditDeps
from goodword.steps.repeat import repeat


def mark_applied(account: str, *, deps: PostCreditDeps) -> str:
    """Read the account's balance transactions, mark its posted credits, and return the outcome.

    Idempotent: the same transactions again change nothing. Raises Unavailable if Stripe does not
    answer.
    """
    try:
        transactions = deps.billing.list_transactions(account)
    except NotFound:
        return "no_customer"
    currencies = sorted({each.amount.currency for each in transactions})
    changed = 0
    for currency in currencies:
        for credit, use in applied_by_credit(transactions, currency).items():
            changed += repeat(partial(_mark, credit, account, use, deps))
    return "marked" if changed else "unchanged"


def _mark(credit_id: str, account: str, use: Applied, deps: PostCreditDeps) -> bool:
    """Mark one posted credit if its use changed; return whether it did."""
    credit = deps.stores.credits.get(credit_id)
    if credit is None or not shows_otherwise(credit, account, use):
        return False
    after = credit.as_applied(use.applied_minor, use.invoice)
    at = deps.now()
    subject, new = referral_subject(credit.referral), deps.new_id("en")
    entry = entry_for(subject, credit.program, at, new, _event(credit, after))
    deps.stores.commit([Update(after), Insert(entry)])
    return True


def shows_otherwise(credit: Credit, account: str, use: Applied) -> bool:
    """Return whether a posted credit's mark differs from its use at Stripe."""
    ours = credit.status == "posted" and credit.kind == "credit" and credit.account == account
    return ours and (credit.applied_minor, credit.applied_on) != (use.applied_minor, use.invoice)


def _event(before: Credit, after: Credit) -> Event:
    more = after.applied_minor - before.applied_minor
    amount = Money(abs(more) or after.applied_minor, after.amount.currency)
    data = {**move_data(after), "amount": amount}
    if after.applied_on:
        data["invoice"] = after.applied_on
    return Event("credit_returned" if more < 0 else "credit_applied", data)
