"""The facts table: what a CRM says about each referral."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from goodword.domain.crm_copy.fact import Fact
from goodword.store.row import Row


class FactRow(Row):
    """One fact."""

    noun = "facts"

    class Meta:
        table_name = "facts"

    referral = UnicodeAttribute(hash_key=True)
    fact = UnicodeAttribute(range_key=True)


class FactTable:
    """Facts in DynamoDB."""

    def list_by_referral(self, referral: str) -> tuple[Fact, ...]:
        """Return all facts of a referral, by name."""
        return tuple(row.to_record(Fact) for row in FactRow.query(referral, consistent_read=True))
