"""The customers table: the people who recommend."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from goodword.domain.customer import Customer
from goodword.store.row import Row, find


class CustomerRow(Row):
    """One customer."""

    noun = "customers"

    class Meta:
        table_name = "customers"

    customer = UnicodeAttribute(hash_key=True)


class CustomerTable:
    """The customers in DynamoDB."""

    def get(self, customer: str) -> Customer | None:
        """Return one customer, or None."""
        return find(CustomerRow, Customer, customer)
