"""The counts table: sums by subject and bucket."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model


class CountRow(Model):
    """One sum, such as the posted credits of an account in one currency."""

    noun = "counts"

    class Meta:
        table_name = "counts"

    subject = UnicodeAttribute(hash_key=True)
    bucket = UnicodeAttribute(range_key=True)
    total = NumberAttribute(default=0)


class CountTable:
    """Counts in DynamoDB."""

    def of(self, subject: str) -> dict[str, int]:
        """Return all sums of a subject."""
        return {row.bucket: int(row.total) for row in CountRow.query(subject, consistent_read=True)}
