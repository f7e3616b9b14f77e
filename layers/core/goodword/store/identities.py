"""The identities table: what may be known only once."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from goodword.domain.identity import Identity
from goodword.store.row import Row, find


class IdentityRow(Row):
    """One identity."""

    noun = "identities"

    class Meta:
        table_name = "identities"

    identity = UnicodeAttribute(hash_key=True)


class IdentityTable:
    """The identities in DynamoDB."""

    def get(self, identity: str) -> Identity | None:
        """Return one identity, or None."""
        return find(IdentityRow, Identity, identity)
