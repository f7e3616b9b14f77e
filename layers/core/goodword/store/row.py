"""What all rows share: the record as a map, the schema number.

How tables are named and reached.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from pynamodb.attributes import Attribute, NumberAttribute
from pynamodb.constants import MAP
from pynamodb.models import Model
from pynamodb.pagination import ResultIterator

from goodword.ports.stores import Page
from goodword.store.plain import plain, revive

T = TypeVar("T")
SCHEMA = 1
# The one hash key of an index that lists all items of a table by time.
LISTED = "listed"


class PlainMap(Attribute[dict[str, Any]]):
    """A map of plain values, written in DynamoDB's own types so that its console can show it."""

    attr_type = MAP

    def serialize(self, value: Any) -> Any:
        return _typed(value)["M"]

    def deserialize(self, value: Any) -> Any:
        return {name: _untyped(each) for name, each in value.items()}


def _typed(value: Any) -> dict[str, Any]:
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, Mapping):
        return {"M": {str(name): _typed(each) for name, each in value.items()}}
    return {"L": [_typed(each) for each in value]}


def _untyped(value: dict[str, Any]) -> Any:
    ((kind, stored),) = value.items()
    if kind == "M":
        return {name: _untyped(each) for name, each in stored.items()}
    if kind == "L":
        return [_untyped(each) for each in stored]
    if kind == "N":
        return int(stored)
    return None if kind == "NULL" else stored


class Row(Model):
    """One item: keys, index attributes, and the record."""

    schema = NumberAttribute(default=SCHEMA)
    revision = NumberAttribute(default=1)
    record = PlainMap()

    def to_record(self, kind: type[T]) -> T:
        """Return the record of this item."""
        return revive(kind, self.record)


def row_of(model: type[Row], record: Any, **keys: Any) -> Row:
    """Make the item of a record, with its keys and what its indexes need.

    None leaves an index out.
    """
    given = {name: value for name, value in keys.items() if value is not None}
    return model(record=plain(record), revision=getattr(record, "revision", 1), **given)


def find(model: type[Row], kind: type[T], hash_key: str, range_key: Any = None) -> T | None:
    """Read one record by its key, consistently."""
    try:
        row = model.get(hash_key, range_key, consistent_read=True)
    except model.DoesNotExist:
        return None
    return row.to_record(kind)


def find_many(
    model: type[Row], kind: type[T], hash_keys: Iterable[str], *, consistent: bool = True
) -> dict[str, T]:
    """Read the records of these keys, each once; what is not there is left out.

    A hundred are one call, and none are none; what DynamoDB leaves unprocessed is asked for again.
    consistent: False for half the price, where what was written a moment ago may be missing.
    """
    rows = model.batch_get(hash_keys, consistent_read=consistent)
    return {getattr(row, str(model._hash_keyname)): row.to_record(kind) for row in rows}


def page_of(found: ResultIterator[Any], kind: type[T]) -> Page[T]:
    """Read one page; what comes after it is named by the last item's keys as text."""
    items = tuple(row.to_record(kind) for row in found)
    more = found.last_evaluated_key
    return Page(items, None if more is None else json.dumps(more, sort_keys=True))


def start_of(after: str | None) -> dict[str, dict[str, Any]] | None:
    """Return the keys at which a page begins, from the text that the page before it gave."""
    return None if after is None else dict(json.loads(after))


def list_newest(index: Any, kind: type[T], limit: int, after: str | None) -> Page[T]:
    """Read one page of all items that are listed, the newest first, from the index."""
    found = index.query(
        LISTED, scan_index_forward=False, limit=limit, last_evaluated_key=start_of(after)
    )
    return page_of(found, kind)


def seconds(at: datetime) -> int:
    """Return a time as DynamoDB's TTL wants it."""
    return int(at.timestamp())
