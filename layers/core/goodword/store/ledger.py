"""The ledger table: entries are put and never changed."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from goodword.domain.credits.ledger import LedgerEntry
from goodword.store.row import Row


class LedgerRow(Row):
    """One entry."""

    noun = "ledger"

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
