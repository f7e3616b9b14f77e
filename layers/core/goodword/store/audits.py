"""The audits table: what the daily comparison of ledger and Stripe found, one item a day."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from goodword.domain.credits.audit import Audit
from goodword.store.row import Row, row_of
from goodword.store.tables import Table

DAILY = "daily"


class AuditRow(Row):
    """One day's audit."""

    class Meta:
        table_name = "audits"

    audit = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute(range_key=True)


class AuditTable:
    """Audits in DynamoDB."""

    def put(self, audit: Audit) -> None:
        """Keep the day's audit in place of an earlier one of that day."""
        row_of(AuditRow, audit, audit=DAILY, day=audit.day).save()

    def latest(self) -> Audit | None:
        """Return the newest audit, or None."""
        rows = AuditRow.query(DAILY, scan_index_forward=False, limit=1, consistent_read=True)
        return next((row.to_record(Audit) for row in rows), None)


TABLE = Table(AuditRow, store=AuditTable, personal=False)
