"""The requests table: answers to writes that carried an Idempotency-Key."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from goodword.domain.access.idempotency import Request
from goodword.store.row import Row, find, row_of, seconds
from goodword.store.tables import Table


class RequestRow(Row):
    """One answer."""

    class Meta:
        table_name = "requests"

    request = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute()


def request_row(request: Request) -> Row:
    """Make the item of a request."""
    return row_of(
        RequestRow, request, request=request.request, expires_at=seconds(request.expires_at())
    )


class RequestTable:
    """Requests in DynamoDB."""

    def get(self, request: str) -> Request | None:
        """Return the earlier answer, or None."""
        return find(RequestRow, Request, request)

    def put(self, request: Request) -> None:
        """Keep it in place of an earlier one of its name."""
        request_row(request).save()


TABLE = Table(RequestRow, store=RequestTable, record=Request, item=request_row, personal=False)
