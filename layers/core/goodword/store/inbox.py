"""The inbox table: webhook requests as they came in; its stream is the queue of what to apply."""

from __future__ import annotations

from dataclasses import replace

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.expressions.operand import Path

from goodword.domain.crm_copy.delivery import Delivery
from goodword.domain.reason import Reason
from goodword.store.row import Row, find, row_of, seconds
from goodword.store.tables import Table


class DeliveryRow(Row):
    """One delivery."""

    class Meta:
        table_name = "inbox"

    delivery = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute()


# A delivery is emptied once it was applied, and never before; so one that is "received" has its
# body still.
_IS_RECEIVED = Path(["record", "status"]) == "received"


def _row(delivery: Delivery) -> Row:
    expires_at = seconds(delivery.expires_at())
    return row_of(DeliveryRow, delivery, delivery=delivery.delivery, expires_at=expires_at)


class InboxTable:
    """The inbox in DynamoDB."""

    def put(self, delivery: Delivery) -> bool:
        """Store a delivery; return False if it was there already."""
        try:
            _row(delivery).save(condition=DeliveryRow.delivery.does_not_exist())
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def get(self, delivery: str) -> Delivery | None:
        """Return one delivery, or None."""
        return find(DeliveryRow, Delivery, delivery)

    def applied(self, delivery: Delivery, outcome: Reason) -> None:
        """Mark a delivery, as it was read, as applied; to do so twice keeps the first outcome.

        Only what was not applied is put over, so that a body which was emptied meanwhile stays
        empty; what was not applied is as it came in, so it is not read again.
        """
        if delivery.status == "applied":
            return
        try:
            _row(replace(delivery, status="applied", outcome=outcome)).save(condition=_IS_RECEIVED)
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise

    def forget(self, delivery: str) -> None:
        """Empty the body of a delivery that was applied; to do so twice changes nothing."""
        stored = self.get(delivery)
        if stored is not None and stored.status == "applied" and stored.body:
            _row(replace(stored, body="")).save()


TABLE = Table(DeliveryRow, store=InboxTable)
