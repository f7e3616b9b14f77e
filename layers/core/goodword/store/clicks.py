"""The clicks table: one item per click, gone after its time.

Only the redirect writes items, by goodword.redirect.tables; this module defines their shape for
readers.
"""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from goodword.domain.links.click import Click
from goodword.store.row import Row
from goodword.store.tables import Table


class ClickRow(Row):
    """One click."""

    class Meta:
        table_name = "clicks"

    click = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute()


# What reading an item raises that is no click.
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)


def click_of(item: dict[str, Any]) -> Click:
    """Read a click from its item, as the table and its stream give it."""
    return ClickRow.from_raw_data(item).to_record(Click)


TABLE = Table(ClickRow)
