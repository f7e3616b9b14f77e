"""The keys table: who may call /v1."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from goodword.domain.access import AccessKey
from goodword.store.row import Row, find


class AccessKeyRow(Row):
    """One key."""

    noun = "keys"

    class Meta:
        table_name = "keys"

    key = UnicodeAttribute(hash_key=True)


class AccessKeyTable:
    """The keys in DynamoDB."""

    def get(self, key: str) -> AccessKey | None:
        """Return one key, or None."""
        return find(AccessKeyRow, AccessKey, key)
