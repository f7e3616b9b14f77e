"""Audit the ledger: compare posted credits with Stripe in both directions, list differences.

It never moves a credit and never sends money; its findings are for a person. If an account has used
more than is marked here, its worker gets a message, so that a use that Stripe's events missed is
found within a day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import datetime, timedelta

from goodword.domain.credits.audit import (
    NAMED,
    Audit,
    Books,
    Difference,
    compare,
    named_by,
    row_of,
    still_there,
)
from goodword.domain.credits.credit import STATUSES
from goodword.domain.credits.pool import applied_by_credit
from goodword.domain.credits.posting import BalanceTransaction
from goodword.domain.errors import NotFound
from goodword.domain.record import dataclass
from goodword.domain.timeline import account_subject
from goodword.ports.services import Billing, Clock, Enqueue
from goodword.ports.stores import Stores
from goodword.steps.credits.handle_credit_message import account_work
from goodword.steps.credits.mark_applied import shows_otherwise

PAGE = 100


@dataclass(frozen=True)
class AuditLedgerDeps:
    """The dependencies of an audit.

    unread: is called with each account that could not be compared, and why.
    """

    stores: Stores
    billing: Billing
    now: Clock
    enqueue: Enqueue
    unread: Callable[[str, Exception], object] = lambda _, __: None


@dataclass
class _Found:
    """The findings of a run so far."""

    accounts: int = 0
    credits: int = 0
    unread: list[str] = field(default_factory=list)
    differing: dict[str, tuple[Difference, ...]] = field(default_factory=dict)
    reached: str = ""


def audit_ledger(budget: timedelta, *, deps: AuditLedgerDeps) -> Audit:
    """Compare account by account within the time budget, store the day's audit, and return it.

    The next run starts with the accounts that were not reached. An account with differences is
    compared again at the end, and only differences that both comparisons found count: the rest was
    in transit.
    """
    began = deps.now()
    found, left = _Found(), 0
    accounts = _from_where_it_ended(_accounts(deps), deps)
    for place, account in enumerate(accounts):
        if deps.now() - began > budget:
            left = len(accounts) - place
            break
        _compare(account, found, deps)
    differences = _looked_at_again(found, began + budget, deps)
    audit = Audit(
        day=f"{began:%Y-%m-%d}",
        at=deps.now(),
        accounts=found.accounts,
        credits=found.credits,
        count=len(differences),
        differences=tuple(differences[:NAMED]),
        unread=tuple(found.unread[:NAMED]),
        left=left,
        reached=found.reached if left else "",
    )
    deps.stores.audits.put(audit)
    return audit


def _accounts(deps: AuditLedgerDeps) -> list[str]:
    """Return every account that has a credit, by name."""
    found: set[str] = set()
    for status in STATUSES:
        after: str | None = None
        while True:
            page = deps.stores.credits.list_by_status(status, PAGE, after)
            found |= {each.account for each in page.items}
            after = page.more
            if after is None:
                break
    return sorted(found)


def _from_where_it_ended(accounts: list[str], deps: AuditLedgerDeps) -> list[str]:
    latest = deps.stores.audits.latest()
    reached = "" if latest is None else latest.reached
    after = [each for each in accounts if each > reached]
    return after + [each for each in accounts if each <= reached]


def _compare(account: str, found: _Found, deps: AuditLedgerDeps) -> None:
    """Compare one account; an error does not stop the comparison of others."""
    found.reached = account
    try:
        books = _read(account, deps)
        differences = _differences(books, deps)
    except Exception as error:
        found.unread.append(account)
        deps.unread(account, error)
        return
    found.accounts += 1
    found.credits += len(books.credits)
    if differences:
        found.differing[account] = differences
    if _applied_otherwise(books):
        deps.enqueue(account_work(account))


def _looked_at_again(found: _Found, until: datetime, deps: AuditLedgerDeps) -> list[Difference]:
    """Return the differences that a second comparison confirms; without time, the first ones."""
    differences: list[Difference] = []
    for account, first in found.differing.items():
        if deps.now() > until:
            differences.extend(first)
            continue
        try:
            differences.extend(still_there(first, _differences(_read(account, deps), deps)))
        except Exception as error:
            found.unread.append(account)
            deps.unread(account, error)
            differences.extend(first)
    return differences


def _differences(books: Books, deps: AuditLedgerDeps) -> tuple[Difference, ...]:
    here = {row.credit: row for row in books.credits}
    for transaction in books.transactions:
        name = named_by(transaction)
        if name is not None and row_of(*name) not in here:
            row = deps.stores.credits.get(row_of(*name))
            if row is not None:
                here[row.credit] = row
    return compare(books, here, deps.now())


def _read(account: str, deps: AuditLedgerDeps) -> Books:
    """Read the account here and then at Stripe.

    The index gives the names, each row is read by its key.
    """
    rows = [deps.stores.credits.get(credit) for credit in _credits(account, deps)]
    credits_ = tuple(row for row in rows if row is not None)
    return Books(
        account=account,
        credits=credits_,
        entries={row.credit: deps.stores.ledger.list_by_credit(row.credit) for row in credits_},
        counts=deps.stores.counts.of(account_subject(account)),
        transactions=_transactions(account, deps),
    )


def _credits(account: str, deps: AuditLedgerDeps) -> Iterator[str]:
    after: str | None = None
    while True:
        page = deps.stores.credits.list_by_account(account, PAGE, after)
        yield from (row.credit for row in page.items)
        after = page.more
        if after is None:
            return


def _transactions(account: str, deps: AuditLedgerDeps) -> tuple[BalanceTransaction, ...]:
    try:
        return deps.billing.list_transactions(account)
    except NotFound:
        return ()  # without a customer at Stripe, every posted credit is missing there


def _applied_otherwise(books: Books) -> bool:
    """Return whether a credit's mark differs from its use in Stripe's balance."""
    currencies = {row.amount.currency for row in books.credits}
    uses = {currency: applied_by_credit(books.transactions, currency) for currency in currencies}
    return any(
        shows_otherwise(row, books.account, use)
        for row in books.credits
        if (use := uses[row.amount.currency].get(row.credit)) is not None
    )
