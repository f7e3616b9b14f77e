"""The timeline table: what happened to each referral, in order."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import UnicodeAttribute

from goodword.domain.timeline import Entry
from goodword.ports import Page
from goodword.store.row import Row, page_of, start_of


class EntryRow(Row):
    """One entry."""

    noun = "timeline"

    class Meta:
        table_name = "timeline"

    referral = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)


def entry_of(image: dict[str, Any]) -> Entry:
    """Return the entry of an item as a stream brings it, in DynamoDB's own JSON."""
    return EntryRow.from_raw_data(image).to_record(Entry)


class TimelineTable:
    """The timeline in DynamoDB."""

    def of(self, referral: str, limit: int, after: str | None = None) -> Page[Entry]:
        """Return what happened to a referral, oldest first."""
        found = EntryRow.query(
            referral, consistent_read=True, limit=limit, last_evaluated_key=start_of(after)
        )
        return page_of(found, Entry)
