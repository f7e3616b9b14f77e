"""The registry of tables. Each name is a module of this package, which declares it as TABLE.

Stores, transactions, the deployed template, the fakes and the tests are derived from this list.
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

    model: the model of its items, with the keys, indexes and expiry of the deployed table. store:
    the class of the Stores field with the table's name; None if no step reads it. record: the type
    that a transaction writes; None if it writes none. item: converts a record to an item; by
    default the item takes the record's attributes of the same names. personal: whether it can have
    personal data, so that an erasure must list it.
    """

    model: type[Model]
    store: type | None = None
    record: type | None = None
    item: Callable[[Any], Row] | None = None
    personal: bool = True

    def row_for(self, record: Any) -> Row:
        """Return the item of a record."""
        if self.item is not None:
            return self.item(record)
        model = cast("type[Row]", self.model)
        return row_of(model, record, **{name: getattr(record, name) for name in self._own()})

    def key_names(self) -> tuple[str, ...]:
        """Return the names of the key attributes, the hash key first."""
        found = (self.model._hash_keyname, self.model._range_keyname)
        return tuple(name for name in found if name is not None)

    def indexes(self) -> tuple[Index[Any], ...]:
        """Return the indexes, in the order of the model."""
        return tuple(each for each in vars(self.model).values() if isinstance(each, Index))

    def _own(self) -> set[str]:
        return self.model.get_attributes().keys() - Row.get_attributes().keys()


def load_table(name: str) -> Table:
    """Import the module of a table and return its declaration."""
    return cast("Table", import_module(f"goodword.store.{name}").TABLE)


def load_tables() -> dict[str, Table]:
    """Import the modules of all tables and return their declarations by name."""
    return {name: load_table(name) for name in TABLES}


def row_for(record: Any) -> Row:
    """Return the item of any record that a transaction writes."""
    return _of_records()[type(record)].row_for(record)


@cache
def _of_records() -> dict[type, Table]:
    return {each.record: each for each in load_tables().values() if each.record is not None}
