"""Mark how much of an account's credits came off its invoices, as Stripe's balance shows it."""

from __future__ import annotations

from functools import partial

from goodword.domain.credits.credit import Credit
from goodword.domain.credits.pool import Use, uses_of
from goodword.domain.errors import NotFound
from goodword.domain.money import Money
from goodword.domain.timeline import entry_for, referral_subject
from goodword.ports import Insert, Update
from goodword.steps.credits.post_credit import CreditPosting
from goodword.steps.repeat import repeat


def mark_used(account: str, *, house: CreditPosting) -> str:
    """Read the account's balance transactions, mark its posted credits, and say how many changed.

    Safe to call at any time: the same transactions again change nothing. Raises Unavailable where Stripe
    does not answer.
    """
    try:
        transactions = house.billing.list_transactions(account)
    except NotFound:
        return "Stripe has no such customer"
    currencies = sorted({each.amount.currency for each in transactions})
    changed = 0
    for currency in currencies:
        for credit, use in uses_of(transactions, currency).items():
            changed += repeat(partial(_mark, credit, account, use, house))
    return f"{changed} marked"


def _mark(credit_id: str, account: str, use: Use, house: CreditPosting) -> bool:
    """Mark one credit if it is posted here and stands otherwise; say whether it did."""
    credit = house.stores.credits.get(credit_id)
    if credit is None or not shows_otherwise(credit, account, use):
        return False
    after = credit.as_used(use.used_minor, use.invoice)
    at = house.now()
    entry = entry_for(
        referral_subject(credit.referral),
        credit.program,
        at,
        house.new_id("en"),
        "credit_used",
        _sentence(credit, after),
        credit=credit.credit,
        milestone=credit.milestone,
        invoice=use.invoice,
    )
    house.stores.commit([Update(after), Insert(entry)])
    return True


def shows_otherwise(credit: Credit, account: str, use: Use) -> bool:
    """Say whether a posted credit of this account is marked otherwise than its use at Stripe."""
    ours = credit.status == "posted" and credit.kind == "credit" and credit.account == account
    return ours and (credit.used_minor, credit.used_on) != (use.used_minor, use.invoice)


def _sentence(before: Credit, after: Credit) -> str:
    more = after.used_minor - before.used_minor
    if more < 0:
        return f"{Money(-more, after.amount.currency)} came back from a voided invoice."
    amount = Money(more or after.used_minor, after.amount.currency)
    return f"{amount} came off invoice {after.used_on}." if after.used_on else f"{amount} was used."
