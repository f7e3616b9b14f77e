"""The ledger table: every move of a credit's money; entries are put and never changed."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from goodword.domain.credits.ledger import LedgerEntry
from goodword.store.row import Row
from goodword.store.tables import Table


class LedgerRow(Row):
    """One entry."""

    class Meta:
        table_name = "ledger"

    credit = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)


class LedgerTable:
    """The ledger in DynamoDB."""

    def list_by_credit(self, credit: str) -> tuple[LedgerEntry, ...]:
        """Return the entries of one credit, oldest first."""
        return tuple(
            row.to_record(LedgerEntry) for row in LedgerRow.query(credit, consistent_read=True)
        )


TABLE = Table(LedgerRow, store=LedgerTable, record=LedgerEntry)
