"""The customers table: the people who recommend."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from goodword.domain.referrers.customer import Customer
from goodword.ports import Page
from goodword.store.plain import stamp
from goodword.store.row import LISTED, Row, find, newest_of, row_of


class CustomersByAge(GlobalSecondaryIndex["CustomerRow"]):
    """All customers by time."""

    class Meta:
        index_name = "by_age"
        projection = AllProjection()

    listed = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class CustomerRow(Row):
    """One customer."""

    noun = "customers"

    class Meta:
        table_name = "customers"

    customer = UnicodeAttribute(hash_key=True)
    listed = UnicodeAttribute()
    created_at = UnicodeAttribute()
    by_age = CustomersByAge()


def customer_row(customer: Customer) -> Row:
    """Make the item of a customer."""
    return row_of(
        CustomerRow,
        customer,
        customer=customer.customer,
        listed=LISTED,
        created_at=stamp(customer.created_at),
    )


class CustomerTable:
    """The customers in DynamoDB."""

    def get(self, customer: str) -> Customer | None:
        """Return one customer, or None."""
        return find(CustomerRow, Customer, customer)

    def newest(self, limit: int, after: str | None = None) -> Page[Customer]:
        """Return all customers, newest first, from the index."""
        return newest_of(CustomerRow.by_age, Customer, limit, after)
