"""The audit: compare the ledger with Stripe, and list every difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from goodword.domain.credits.credit import Credit
from goodword.domain.credits.ledger import LedgerEntry, is_where_it_should_be
from goodword.domain.credits.posting import BalanceTransaction
from goodword.domain.money import Money
from goodword.domain.reason import Argument, Reason, Vocabulary
from goodword.domain.record import dataclass

# missing   posted here, and Stripe has no transaction of that id
# unknown   Stripe has one in a credit's name, and it is not posted here under that id
# double    Stripe has several in the name of one credit, or of one reversal
# amount, currency, account  it is there, with another one
# metadata  it is there, and no longer names its credit
# ledger    a credit's entries do not end where its status says that the money is
# sums      the account's counts are not the sums of its credits
# overdue   due for more than a day, and neither posted nor held
Kind = Literal[
    "missing",
    "unknown",
    "double",
    "amount",
    "currency",
    "account",
    "metadata",
    "ledger",
    "sums",
    "overdue",
]
# What an audit finds, by its kind. here, there: the amount in the ledger, and the one at Stripe.
DIFFERENCES: Final[Vocabulary] = {
    "missing": {"here": "amount"},
    "unknown": {"there": "amount", "status": "status"},
    "double": {"count": "count", "transactions": "id"},
    "amount": {"here": "amount", "there": "amount"},
    "currency": {"here": "amount", "there": "amount"},
    "account": {"there": "amount", "account": "id"},
    "metadata": {"here": "amount"},
    "ledger": {"here": "amount", "status": "status"},
    "sums": {"status": "status", "counted": "amount", "summed": "amount"},
    "overdue": {"here": "amount", "since": "time"},
}
OVERDUE: Final = timedelta(hours=24)
NAMED: Final = 200  # the most differences that an audit lists; all are counted


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    reason: its code is the kind. credit, transaction: empty if it is about neither.
    """

    reason: Reason
    account: str
    credit: str = ""
    transaction: str = ""

    @property
    def kind(self) -> str:
        """Return the kind of difference, one of Kind."""
        return self.reason.code


@dataclass(frozen=True, slots=True)
class Audit:
    """One day's comparison.

    day: such as 2027-03-01. accounts, credits: how many were compared. count: of all differences,
    of which `differences` are the first. unread: accounts that could not be read, here or at
    Stripe. left: accounts that were not reached in time; the next audit begins after `reached`.
    """

    day: str
    at: datetime
    accounts: int
    credits: int
    count: int
    differences: tuple[Difference, ...] = ()
    unread: tuple[str, ...] = ()
    left: int = 0
    reached: str = ""

    @property
    def complete(self) -> bool:
        """Return whether every account was compared."""
        return not self.unread and not self.left


@dataclass(frozen=True, slots=True)
class Books:
    """The records of one account, here and at Stripe, at one time.

    credits: its credits and reversals. entries: of the ledger, by credit. counts: bucket to sum.
    transactions: all of Stripe's.
    """

    account: str
    credits: tuple[Credit, ...]
    entries: Mapping[str, Sequence[LedgerEntry]]
    counts: Mapping[str, int]
    transactions: tuple[BalanceTransaction, ...]


def compare(books: Books, named: Mapping[str, Credit], now: datetime) -> tuple[Difference, ...]:
    """Return every difference of one account.

    named: credits of any account that Stripe's transactions name. A credit that is being sent may
    or may not be at Stripe yet: neither is a difference.
    """
    return (
        *_not_as_posted(books),
        *_not_as_named(books, named),
        *_ledger(books),
        *_sums(books),
        *_overdue(books, now),
    )


def named_by(transaction: BalanceTransaction) -> tuple[str, str] | None:
    """Return the credit and kind that a transaction names, or None if it is not ours."""
    credit = transaction.metadata.get("goodword_credit")
    return None if not credit else (credit, transaction.metadata.get("goodword_kind", ""))


def row_of(identity: str, kind: str) -> str:
    """Return the id of the row of a credit, or of its reversal."""
    return f"{identity}_reversal" if kind == "reversal" else identity


def _not_as_posted(books: Books) -> Iterator[Difference]:
    """Check each transaction that a row here names."""
    there = {each.transaction: each for each in books.transactions}
    for row in books.credits:
        if not row.transaction:
            continue
        found = there.get(row.transaction)
        if found is None:
            yield _of(row, "missing", here=row.amount)
            continue
        if found.amount.currency != row.amount.currency:
            yield _of(row, "currency", here=row.amount, there=found.amount)
        elif found.amount != row.amount:
            yield _of(row, "amount", here=row.amount, there=found.amount)
        if named_by(found) != (row.identity, row.kind):
            yield _of(row, "metadata", here=row.amount)


def _not_as_named(books: Books, named: Mapping[str, Credit]) -> Iterator[Difference]:
    """Check the row of each transaction that names a credit."""
    of_ours: dict[tuple[str, str], list[BalanceTransaction]] = {}
    for each in books.transactions:
        name = named_by(each)
        if name is not None:
            of_ours.setdefault(name, []).append(each)
    for (identity, kind), found in of_ours.items():
        one, row = found[0], named.get(row_of(identity, kind))
        if len(found) > 1:
            ids = tuple(sorted(each.transaction for each in found))
            yield _at(books, "double", identity, one, count=len(ids), transactions=ids)
        elif row is None:
            yield _at(books, "unknown", identity, one, there=one.amount)
        elif row.account != books.account:
            yield _at(books, "account", identity, one, there=one.amount, account=row.account)
        elif row.transaction != one.transaction and row.status != "sending":
            yield _at(books, "unknown", identity, one, there=one.amount, status=row.status)


def _ledger(books: Books) -> Iterator[Difference]:
    for row in books.credits:
        if row.kind == "credit" and not is_where_it_should_be(
            row, books.entries.get(row.credit, ())
        ):
            yield _of(row, "ledger", here=row.amount, status=row.status)


def _sums(books: Books) -> Iterator[Difference]:
    sums: Counter[str] = Counter()
    for row in books.credits:
        if row.kind == "credit":
            sums[f"{row.status}#{row.amount.currency}"] += row.amount.minor
    for bucket in sorted(sums.keys() | books.counts.keys()):
        counted, summed = books.counts.get(bucket, 0), sums[bucket]
        if counted != summed:
            status, _, currency = bucket.partition("#")
            both = {"counted": Money(counted, currency), "summed": Money(summed, currency)}
            yield Difference(Reason("sums", {"status": status, **both}), books.account)


def _overdue(books: Books, now: datetime) -> Iterator[Difference]:
    for row in books.credits:
        # a 500 is waited out before the credit is retried
        due = row.due_since() if row.attempt.suspect else row.due_at
        if row.status in ("pending", "sending") and now - due > OVERDUE:
            yield _of(row, "overdue", here=row.amount, since=due)


def _of(row: Credit, kind: Kind, /, **args: Argument) -> Difference:
    return Difference(Reason(kind, args), row.account, row.credit, row.transaction)


def _at(
    books: Books, kind: Kind, identity: str, one: BalanceTransaction, /, **args: Argument
) -> Difference:
    return Difference(Reason(kind, args), books.account, identity, one.transaction)


def still_there(
    first: Iterable[Difference], second: Iterable[Difference]
) -> tuple[Difference, ...]:
    """Return the differences that two consecutive comparisons both found.

    An item in transit during the first comparison has arrived by the second.
    """
    before = {(each.kind, each.credit, each.transaction) for each in first}
    return tuple(each for each in second if (each.kind, each.credit, each.transaction) in before)
