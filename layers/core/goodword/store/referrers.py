"""The referrers table: the people who refer, each of one account."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from goodword.domain.referrers.referrer import Referrer
from goodword.ports.stores import Page
from goodword.store.plain import stamp
from goodword.store.row import LISTED, Row, find, list_newest, row_of
from goodword.store.tables import Table


class ReferrersByAge(GlobalSecondaryIndex["ReferrerRow"]):
    """All referrers by time."""

    class Meta:
        index_name = "by_age"
        projection = AllProjection()

    listed = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class ReferrerRow(Row):
    """One referrer."""

    class Meta:
        table_name = "referrers"

    referrer = UnicodeAttribute(hash_key=True)
    listed = UnicodeAttribute()
    created_at = UnicodeAttribute()
    by_age = ReferrersByAge()


def referrer_row(referrer: Referrer) -> Row:
    """Make the item of a referrer."""
    return row_of(
        ReferrerRow,
        referrer,
        referrer=referrer.referrer,
        listed=LISTED,
        created_at=stamp(referrer.created_at),
    )


class ReferrerTable:
    """The referrers in DynamoDB."""

    def get(self, referrer: str) -> Referrer | None:
        """Return one referrer, or None."""
        return find(ReferrerRow, Referrer, referrer)

    def list_newest(self, limit: int, after: str | None = None) -> Page[Referrer]:
        """Return all referrers, newest first, from the index."""
        return list_newest(ReferrerRow.by_age, Referrer, limit, after)


TABLE = Table(ReferrerRow, store=ReferrerTable, record=Referrer, item=referrer_row)
