"""The unmatched table: events that fit no referral yet, under each hint that may find one."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from goodword.domain.crm_copy.delivery import Unmatched
from goodword.ports.stores import Page
from goodword.store.plain import stamp
from goodword.store.row import LISTED, Row, list_newest, row_of, seconds
from goodword.store.tables import Table


class UnmatchedByAge(GlobalSecondaryIndex["UnmatchedRow"]):
    """Events by time, each once: only the row under the object's name is in it."""

    class Meta:
        index_name = "by_age"
        projection = AllProjection()

    listed = UnicodeAttribute(hash_key=True)
    kept_at = UnicodeAttribute(range_key=True)


class UnmatchedRow(Row):
    """One event under one hint."""

    class Meta:
        table_name = "unmatched"

    hint = UnicodeAttribute(hash_key=True)
    event = UnicodeAttribute(range_key=True)
    expires_at = NumberAttribute()
    listed = UnicodeAttribute(null=True)
    kept_at = UnicodeAttribute(null=True)
    by_age = UnmatchedByAge()


def unmatched_row(event: Unmatched) -> Row:
    """Make the item of an unmatched event."""
    return row_of(
        UnmatchedRow,
        event,
        hint=event.hint,
        event=event.event,
        expires_at=seconds(event.expires_at()),
        listed=LISTED if event.listed() else None,
        kept_at=stamp(event.kept_at),
    )


class UnmatchedTable:
    """Unmatched events in DynamoDB."""

    def list_by_hint(self, hint: str) -> tuple[Unmatched, ...]:
        """Return the events that wait under a hint."""
        return tuple(
            row.to_record(Unmatched) for row in UnmatchedRow.query(hint, consistent_read=True)
        )

    def list_newest(self, limit: int, after: str | None = None) -> Page[Unmatched]:
        """Return the events that wait, each once, the newest first, from the index."""
        return list_newest(UnmatchedRow.by_age, Unmatched, limit, after)


TABLE = Table(UnmatchedRow, store=UnmatchedTable, record=Unmatched, item=unmatched_row)
