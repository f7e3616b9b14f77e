"""The timeline table: what happened to each subject, in order, and by program and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from goodword.domain.programs.program import Program
from goodword.domain.timeline import Entry, day_keys, entry_time
from goodword.ports.stores import Page
from goodword.store.row import Row, page_of, row_of, start_of
from goodword.store.tables import Table


class EntriesByDay(GlobalSecondaryIndex["EntryRow"]):
    """The entries of a program's day by time, in shards; an entry of no program is not in it."""

    class Meta:
        index_name = "by_day"
        projection = IncludeProjection(["record"])

    program_day = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)


class EntryRow(Row):
    """One entry."""

    class Meta:
        table_name = "timeline"

    subject = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    program_day = UnicodeAttribute(null=True)
    by_day = EntriesByDay()


def entry_row(entry: Entry) -> Row:
    """Make the item of an entry."""
    keys = {"subject": entry.subject, "entry": entry.entry, "program_day": entry.day_key()}
    return row_of(EntryRow, entry, **keys)


def entry_of(image: dict[str, Any]) -> Entry:
    """Return the entry of an item as a stream brings it, in DynamoDB's own JSON."""
    return EntryRow.from_raw_data(image).to_record(Entry)


class TimelineTable:
    """The timeline in DynamoDB."""

    def list_by_subject(self, subject: str, limit: int, after: str | None = None) -> Page[Entry]:
        """Return what happened to a subject, oldest first."""
        start = start_of(after)
        found = EntryRow.query(subject, consistent_read=True, limit=limit, last_evaluated_key=start)
        return page_of(found, Entry)

    def list_by_day(self, program: Program, day: date) -> Iterator[Entry]:
        """Yield what happened in a program on a day of its time zone, in no promised order."""
        start, end = program.bounds(day)
        # Names go on after their time, so that none is the end itself.
        within = EntryRow.entry.between(entry_time(start), entry_time(end))
        for key in day_keys(program.program, start, end):
            for row in EntryRow.by_day.query(key, within):
                yield row.to_record(Entry)


TABLE = Table(EntryRow, store=TimelineTable, record=Entry, item=entry_row)
