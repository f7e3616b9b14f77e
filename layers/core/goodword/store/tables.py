"""The registry of tables: each is a module of its name, which declares it as TABLE.

All that goes over tables reads this list: opening them, transactions, the template that deploys
them, the fakes and the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, cast

from pynamodb.indexes import Index
from pynamodb.models import Model

from goodword.domain.record import dataclass
from goodword.store.row import Row, row_of

TABLES = (
    "programs",
    "connections",
    "keys",
    "accounts",
    "referrers",
    "links",
    "clicks",
    "counts",
    "visits",
    "referrals",
    "identities",
    "timeline",
    "facts",
    "inbox",
    "unmatched",
    "credits",
    "limits",
    "ledger",
    "audits",
    "requests",
    "tokens",
    "mails",
    "staff",
    "search_terms",
)


@dataclass(frozen=True)
class Table:
    """One table.

    model: its items. The keys, indexes and expiry of the deployed table are the model's. store:
    answers what steps ask, as the field of Stores that has the table's name; None if none asks.
    record: what a transaction writes to it; None if it writes no record. item: makes the item of a
    record; without it the item's attributes are those of the record that have their name.
    personal: whether it may have personal data, so that an erasure names it.
    """

    model: type[Model]
    store: type | None = None
    record: type | None = None
    item: Callable[[Any], Row] | None = None
    personal: bool = True

    def row_for(self, record: Any) -> Row:
        """Make the item of a record."""
        if self.item is not None:
            return self.item(record)
        model = cast("type[Row]", self.model)
        return row_of(model, record, **{name: getattr(record, name) for name in self._own()})

    def key_names(self) -> tuple[str, ...]:
        """Return the names of the attributes that are the key of an item, the hash key first."""
        found = (self.model._hash_keyname, self.model._range_keyname)
        return tuple(name for name in found if name is not None)

    def indexes(self) -> tuple[Index[Any], ...]:
        """Return the indexes, in the order of the model."""
        return tuple(each for each in vars(self.model).values() if isinstance(each, Index))

    def _own(self) -> set[str]:
        return self.model.get_attributes().keys() - Row.get_attributes().keys()


def load_table(name: str) -> Table:
    """Import the module of a table and return what it declares."""
    return cast("Table", import_module(f"goodword.store.{name}").TABLE)


def load_tables() -> dict[str, Table]:
    """Import the modules of all tables and return what they declare, by name."""
    return {name: load_table(name) for name in TABLES}


def row_for(record: Any) -> Row:
    """Make the item of any record that a transaction writes."""
    return _of_records()[type(record)].row_for(record)


@cache
def _of_records() -> dict[type, Table]:
    return {each.record: each for each in load_tables().values() if each.record is not None}
