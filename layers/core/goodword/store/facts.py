"""The facts table: what a CRM says about one property of an object, by referral."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from goodword.domain.crm_copy.fact import Fact
from goodword.store.row import Row
from goodword.store.tables import Table


class FactRow(Row):
    """One fact."""

    class Meta:
        table_name = "facts"

    referral = UnicodeAttribute(hash_key=True)
    fact = UnicodeAttribute(range_key=True)


class FactTable:
    """Facts in DynamoDB."""

    def list_by_referral(self, referral: str) -> tuple[Fact, ...]:
        """Return all facts of a referral, by name."""
        return tuple(row.to_record(Fact) for row in FactRow.query(referral, consistent_read=True))


TABLE = Table(FactRow, store=FactTable, record=Fact)
