"""The links table: codes and where they lead."""

from __future__ import annotations

from collections.abc import Iterable

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from goodword.domain.links.link import Link
from goodword.store.row import Row, find, find_several


class LinksByCustomer(GlobalSecondaryIndex["LinkRow"]):
    """A customer's links."""

    class Meta:
        index_name = "by_customer"
        projection = AllProjection()

    customer = UnicodeAttribute(hash_key=True)
    code = UnicodeAttribute(range_key=True)


class LinkRow(Row):
    """One link."""

    noun = "links"

    class Meta:
        table_name = "links"

    code = UnicodeAttribute(hash_key=True)
    customer = UnicodeAttribute()
    by_customer = LinksByCustomer()


class LinkTable:
    """Links in DynamoDB."""

    def get(self, code: str) -> Link | None:
        """Return one link, or None."""
        return find(LinkRow, Link, code)

    def several(self, codes: Iterable[str]) -> dict[str, Link]:
        """Return those of these links that are there, by code."""
        return find_several(LinkRow, Link, codes, consistent=False)

    def of_customer(self, customer: str) -> tuple[Link, ...]:
        """Return the customer's links, from the index."""
        return tuple(row.to_record(Link) for row in LinkRow.by_customer.query(customer))
