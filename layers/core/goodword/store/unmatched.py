"""The unmatched table: events that fit no referral yet, under each hint by which one may be found."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from goodword.domain.delivery import Unmatched
from goodword.store.row import Row, row_of, seconds


class UnmatchedRow(Row):
    """One event under one hint."""

    noun = "unmatched"

    class Meta:
        table_name = "unmatched"

    hint = UnicodeAttribute(hash_key=True)
    event = UnicodeAttribute(range_key=True)
    expires_at = NumberAttribute()


def unmatched_row(event: Unmatched) -> Row:
    """Make the item of an unmatched event."""
    return row_of(
        UnmatchedRow, event, hint=event.hint, event=event.event, expires_at=seconds(event.expires_at())
    )


class UnmatchedTable:
    """Unmatched events in DynamoDB."""

    def of(self, hint: str) -> tuple[Unmatched, ...]:
        """Return the events that wait under a hint."""
        return tuple(row.to_record(Unmatched) for row in UnmatchedRow.query(hint, consistent_read=True))
