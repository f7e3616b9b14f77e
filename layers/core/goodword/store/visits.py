"""The visits table: what one source did on one day, by a keyed hash; kept for two days."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import size
from pynamodb.models import Model

from goodword.store.row import seconds
from goodword.store.tables import Table

MOST_CODES = 50  # beyond that it is a crawler in any case, and the item need not grow


class VisitRow(Model):
    """The visits of one source."""

    class Meta:
        table_name = "visits"

    source = UnicodeAttribute(hash_key=True)
    visits = NumberAttribute(default=0)
    codes = UnicodeSetAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class VisitTable:
    """Visits in DynamoDB."""

    def count(self, source: str, until: datetime) -> int:
        """Count one visit and return the sum."""
        row = VisitRow(source)
        row.update(actions=[VisitRow.visits.add(1), VisitRow.expires_at.set(seconds(until))])
        return int(row.visits)

    def different(self, source: str, mark: str, until: datetime) -> int:
        """Note a mark of a source and return how many different ones it has."""
        return self.note(source, (mark,), until)

    def note(self, source: str, marks: Collection[str], until: datetime) -> int:
        """Note several at once; where they would be very many, it is enough to know that."""
        row = VisitRow(source)
        room = VisitRow.codes.does_not_exist() | (size(VisitRow.codes) < MOST_CODES)
        note = VisitRow.codes.add(set(sorted(marks)[:MOST_CODES]))
        try:
            row.update(actions=[note, VisitRow.expires_at.set(seconds(until))], condition=room)
        except UpdateError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            return MOST_CODES
        return min(len(row.codes or ()), MOST_CODES)


TABLE = Table(VisitRow, store=VisitTable)
