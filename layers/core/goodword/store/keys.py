"""The keys table: the bearer keys of /v1, as hashes, with their scopes."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from goodword.domain.access.api_key import AccessKey
from goodword.ports.stores import Page
from goodword.store.plain import stamp
from goodword.store.row import LISTED, Row, find, list_newest, row_of
from goodword.store.tables import Table


class KeysByAge(GlobalSecondaryIndex["AccessKeyRow"]):
    """All keys by time."""

    class Meta:
        index_name = "by_age"
        projection = AllProjection()

    listed = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class AccessKeyRow(Row):
    """One key."""

    class Meta:
        table_name = "keys"

    key = UnicodeAttribute(hash_key=True)
    # An item that was put before there was this index has neither, and is not listed until it is
    # put again.
    listed = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute(null=True)
    by_age = KeysByAge()


def access_key_row(key: AccessKey) -> Row:
    """Make the item of one key."""
    return row_of(AccessKeyRow, key, key=key.key, listed=LISTED, created_at=stamp(key.created_at))


class AccessKeyTable:
    """The keys in DynamoDB."""

    def get(self, key: str) -> AccessKey | None:
        """Return one key, or None."""
        return find(AccessKeyRow, AccessKey, key)

    def list_newest(self, limit: int, after: str | None = None) -> Page[AccessKey]:
        """Return all keys, the newest first, from the index."""
        return list_newest(AccessKeyRow.by_age, AccessKey, limit, after)


TABLE = Table(
    AccessKeyRow, store=AccessKeyTable, record=AccessKey, item=access_key_row, personal=False
)
