"""The identities table: what may be known only once, as keyed hashes."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from goodword.domain.identity import Identity
from goodword.store.row import Row, find
from goodword.store.tables import Table


class IdentityRow(Row):
    """One identity."""

    class Meta:
        table_name = "identities"

    identity = UnicodeAttribute(hash_key=True)


class IdentityTable:
    """The identities in DynamoDB."""

    def get(self, identity: str) -> Identity | None:
        """Return one identity, or None."""
        return find(IdentityRow, Identity, identity)


TABLE = Table(IdentityRow, store=IdentityTable, record=Identity)
