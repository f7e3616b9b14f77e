"""The clicks table: one item per click, gone after its time."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.transactions import TransactWrite

from goodword.domain.click import Click, Kind
from goodword.domain.errors import Contended
from goodword.store.counts import CountRow
from goodword.store.row import Row, row_of, seconds


class ClickRow(Row):
    """One click; kind is added once it is known who clicked."""

    noun = "clicks"

    class Meta:
        table_name = "clicks"

    click = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


def click_of(image: dict[str, Any]) -> Click:
    """Read a click from its item as the stream gives it."""
    return ClickRow.from_raw_data(image).to_record(Click)


class ClickTable:
    """Clicks in DynamoDB."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, click: Click) -> None:
        """Store a click; the same again is the same item, and keeps what was found out about it."""
        item = row_of(ClickRow, click, click=click.click, expires_at=seconds(click.expires_at()))
        try:
            item.save(condition=ClickRow.click.does_not_exist())
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise

    def settle(self, click: Click, kind: Kind) -> bool:
        """Write down who clicked and count it, in one transaction; False if that was done before."""
        try:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.update(
                    ClickRow(click.click),
                    actions=[ClickRow.kind.set(kind)],
                    condition=ClickRow.click.exists() & ClickRow.kind.does_not_exist(),
                )
                transaction.update(
                    CountRow(f"link#{click.code}", f"{click.at:%Y-%m-%d}#{kind}"),
                    actions=[CountRow.total.add(1)],
                )
        except TransactWriteError as error:
            if any(why and why.code == "ConditionalCheckFailed" for why in error.cancellation_reasons):
                return False
            raise Contended("another batch was at this click or its count") from error
        return True
