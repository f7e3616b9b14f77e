"""The staff table: who of the company may sign in, and in which role."""

from __future__ import annotations

from collections.abc import Iterable

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from goodword.domain.access.staff import Staff
from goodword.ports.stores import Page
from goodword.store.plain import stamp
from goodword.store.row import LISTED, Row, find, find_many, list_newest, row_of
from goodword.store.tables import Table


class StaffByAge(GlobalSecondaryIndex["StaffRow"]):
    """All staff by time."""

    class Meta:
        index_name = "by_age"
        projection = AllProjection()

    listed = UnicodeAttribute(hash_key=True)
    added_at = UnicodeAttribute(range_key=True)


class StaffRow(Row):
    """One person."""

    class Meta:
        table_name = "staff"

    person = UnicodeAttribute(hash_key=True)
    listed = UnicodeAttribute()
    added_at = UnicodeAttribute()
    by_age = StaffByAge()


def staff_row(staff: Staff) -> Row:
    """Make the item of one person."""
    return row_of(
        StaffRow, staff, person=staff.person, listed=LISTED, added_at=stamp(staff.added_at)
    )


class StaffTable:
    """The staff in DynamoDB."""

    def get(self, person: str) -> Staff | None:
        """Return one person, or None."""
        return find(StaffRow, Staff, person)

    def get_many(self, persons: Iterable[str]) -> dict[str, Staff]:
        """Return those of these people that are there, by id."""
        return find_many(StaffRow, Staff, persons)

    def list_newest(self, limit: int, after: str | None = None) -> Page[Staff]:
        """Return all staff, also former staff, the newest first, from the index."""
        return list_newest(StaffRow.by_age, Staff, limit, after)


TABLE = Table(StaffRow, store=StaffTable, record=Staff, item=staff_row, personal=False)
