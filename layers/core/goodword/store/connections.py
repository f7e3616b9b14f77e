"""The connections table: what the properties of a CRM mean here, by version."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from goodword.domain.crm_copy.connection import Connection
from goodword.store.row import Row
from goodword.store.tables import Table


class ConnectionRow(Row):
    """One version of one connection."""

    class Meta:
        table_name = "connections"

    connection = UnicodeAttribute(hash_key=True)
    version = NumberAttribute(range_key=True)


class ConnectionTable:
    """Connections in DynamoDB."""

    def latest(self, connection: str) -> Connection | None:
        """Return the newest version."""
        rows = ConnectionRow.query(
            connection, consistent_read=True, scan_index_forward=False, limit=1
        )
        return next((row.to_record(Connection) for row in rows), None)


TABLE = Table(ConnectionRow, store=ConnectionTable, record=Connection, personal=False)
