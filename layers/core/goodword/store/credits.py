"""The credits table: what is owed, and how far Stripe is with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from goodword.domain.credits.credit import STATES, Credit, Status, WorkList
from goodword.ports.stores import Page
from goodword.store.plain import revive, stamp
from goodword.store.row import Row, find, find_many, page_of, row_of, start_of
from goodword.store.tables import Table

T = TypeVar("T")
WORK = "due"


class CreditsByAccount(GlobalSecondaryIndex["CreditRow"]):
    """An account's credits by time."""

    class Meta:
        index_name = "by_account"
        projection = AllProjection()

    account = UnicodeAttribute(hash_key=True)
    earned_at = UnicodeAttribute(range_key=True)


class CreditsByStatus(GlobalSecondaryIndex["CreditRow"]):
    """Credits of one status by time."""

    class Meta:
        index_name = "by_status"
        projection = AllProjection()

    status = UnicodeAttribute(hash_key=True)
    earned_at = UnicodeAttribute(range_key=True)


class CreditsByDue(GlobalSecondaryIndex["CreditRow"]):
    """Credits that a worker will have to take, by when; all others are not in it."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    work = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class CreditsByWork(GlobalSecondaryIndex["CreditRow"]):
    """Held credits of one work list by time; all others are not in it."""

    class Meta:
        index_name = "by_work"
        projection = AllProjection()

    work_list = UnicodeAttribute(hash_key=True)
    earned_at = UnicodeAttribute(range_key=True)


class CreditRow(Row):
    """One credit."""

    class Meta:
        table_name = "credits"

    credit = UnicodeAttribute(hash_key=True)
    account = UnicodeAttribute()
    status = UnicodeAttribute()
    earned_at = UnicodeAttribute()
    work = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    work_list = UnicodeAttribute(null=True)
    by_account = CreditsByAccount()
    by_status = CreditsByStatus()
    by_due = CreditsByDue()
    by_work = CreditsByWork()

    def to_record(self, kind: type[T]) -> T:
        """Return the credit of this item; its status names the class of its state."""
        state = revive(STATES[self.status], self.record["state"])
        return revive(kind, {**self.record, "state": state})


def credit_row(credit: Credit) -> Row:
    """Make the item of a credit.

    A pending one is due at its time, a taken one when its lease is over; a held one is on its work
    list.
    """
    due_at = {"pending": credit.due_at, "sending": credit.lease_until}.get(credit.status)
    return row_of(
        CreditRow,
        credit,
        credit=credit.credit,
        account=credit.account,
        status=credit.status,
        earned_at=stamp(credit.earned_at),
        work=None if due_at is None else WORK,
        due_at=None if due_at is None else stamp(due_at),
        work_list=credit.work_list,
    )


class CreditTable:
    """Credits in DynamoDB."""

    def get(self, credit: str) -> Credit | None:
        """Return one credit, or None."""
        return find(CreditRow, Credit, credit)

    def get_many(self, credits: Iterable[str]) -> dict[str, Credit]:
        """Return those of these credits that are there, by id."""
        return find_many(CreditRow, Credit, credits)

    def list_by_account(self, account: str, limit: int, after: str | None = None) -> Page[Credit]:
        """Return the account's credits, newest first, from the index."""
        found = CreditRow.by_account.query(
            account, scan_index_forward=False, limit=limit, last_evaluated_key=start_of(after)
        )
        return page_of(found, Credit)

    def list_by_status(self, status: Status, limit: int, after: str | None = None) -> Page[Credit]:
        """Return credits of one status, newest first, from the index."""
        found = CreditRow.by_status.query(
            status, scan_index_forward=False, limit=limit, last_evaluated_key=start_of(after)
        )
        return page_of(found, Credit)

    def list_by_work_list(
        self, work_list: WorkList, limit: int, after: str | None = None
    ) -> Page[Credit]:
        """Return the held credits of one work list, newest first, from the index."""
        found = CreditRow.by_work.query(
            work_list, scan_index_forward=False, limit=limit, last_evaluated_key=start_of(after)
        )
        return page_of(found, Credit)

    def due(self, now: datetime, limit: int) -> tuple[str, ...]:
        """Return credits that a worker may take now, the oldest first, from the index."""
        rows = CreditRow.by_due.query(WORK, CreditRow.due_at <= stamp(now), limit=limit)
        return tuple(row.credit for row in rows)


TABLE = Table(CreditRow, store=CreditTable, record=Credit, item=credit_row)
