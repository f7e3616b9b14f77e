"""The links table: what a referrer shares, and where it leads."""

from __future__ import annotations

from collections.abc import Iterable

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from goodword.domain.links.link import Link
from goodword.store.row import Row, find, find_many
from goodword.store.tables import Table


class LinksByReferrer(GlobalSecondaryIndex["LinkRow"]):
    """A referrer's links."""

    class Meta:
        index_name = "by_referrer"
        projection = AllProjection()

    referrer = UnicodeAttribute(hash_key=True)
    code = UnicodeAttribute(range_key=True)


class LinkRow(Row):
    """One link."""

    class Meta:
        table_name = "links"

    code = UnicodeAttribute(hash_key=True)
    referrer = UnicodeAttribute()
    by_referrer = LinksByReferrer()


class LinkTable:
    """Links in DynamoDB."""

    def get(self, code: str) -> Link | None:
        """Return one link, or None."""
        return find(LinkRow, Link, code)

    def get_many(self, codes: Iterable[str]) -> dict[str, Link]:
        """Return those of these links that are there, by code."""
        return find_many(LinkRow, Link, codes, consistent=False)

    def list_by_referrer(self, referrer: str) -> tuple[Link, ...]:
        """Return the referrer's links, from the index."""
        return tuple(row.to_record(Link) for row in LinkRow.by_referrer.query(referrer))


TABLE = Table(LinkRow, store=LinkTable, record=Link)
