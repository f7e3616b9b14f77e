"""Read infra/access.yaml: the access patterns of each table and the rights of each function."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
ACTIONS = (
    "BatchGetItem",
    "ConditionCheckItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "UpdateItem",
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One access pattern of a table.

    key: the key of the query, as text. index: the index that is read, or "". asked_by: empty only
    for an index of a part that is installed beside the core. actions: of DynamoDB, without its
    prefix. stream: whether the table's new rows are read; then key and actions are empty.
    """

    table: str
    question: str
    asked_by: tuple[str, ...]
    key: str = ""
    index: str = ""
    actions: tuple[str, ...] = ()
    stream: bool = False

    @property
    def target(self) -> str:
        """Return the target: the table, its index such as credits/by_due, or its stream."""
        if self.stream:
            return f"{self.table}/stream"
        return f"{self.table}/{self.index}" if self.index else self.table


@dataclass(frozen=True, slots=True)
class Services:
    """The rights of one function besides tables.

    parameters: of SSM, below the stack's own path. sends_to, receives_from: queues, without the
    stack's name. publishes: whether it puts events on the stack's own bus.
    """

    parameters: tuple[str, ...] = ()
    sends_to: tuple[str, ...] = ()
    receives_from: tuple[str, ...] = ()
    sends_mail: bool = False
    publishes: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """The whole list. functions: in journey order."""

    patterns: tuple[Pattern, ...]
    functions: dict[str, Services]

    def tables(self) -> tuple[str, ...]:
        """Return every table, in the order of the list."""
        return tuple(dict.fromkeys(pattern.table for pattern in self.patterns))

    def of_table(self, table: str) -> tuple[Pattern, ...]:
        """Return the access patterns of a table."""
        return tuple(pattern for pattern in self.patterns if pattern.table == table)

    def of_function(self, function: str) -> tuple[Pattern, ...]:
        """Return the access patterns of a function."""
        return tuple(pattern for pattern in self.patterns if function in pattern.asked_by)

    def table_rights(self, function: str) -> dict[str, set[str]]:
        """Return a function's actions by target, such as credits/by_due.

        A stream has no actions.
        """
        found: dict[str, set[str]] = {}
        for pattern in self.of_function(function):
            found.setdefault(pattern.target, set()).update(pattern.actions)
        return found


@cache
def load_access(path: Path = ROOT / "infra/access.yaml") -> Access:
    """Read the list; raise ValueError if an entry is incomplete or has an unknown name."""
    stored = yaml.safe_load(path.read_text(encoding="utf-8"))
    patterns = tuple(
        Pattern(table=table, **_tuples(entry))
        for table, entries in stored["tables"].items()
        for entry in entries
    )
    functions = {name: Services(**_tuples(entry)) for name, entry in stored["functions"].items()}
    access = Access(patterns, functions)
    for pattern in patterns:
        _check(pattern, access)
    return access


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        # a tuple, since the record is frozen
        name: tuple(value) if isinstance(value, list) else value
        for name, value in entry.items()
    }


def _check(pattern: Pattern, access: Access) -> None:
    where = f"{pattern.table}: {pattern.question}"
    if unknown := set(pattern.asked_by) - access.functions.keys():
        raise ValueError(f"{where}: no such function: {', '.join(sorted(unknown))}")
    if unknown := set(pattern.actions) - set(ACTIONS):
        raise ValueError(f"{where}: no such action: {', '.join(sorted(unknown))}")
    if not pattern.asked_by and not pattern.index:
        raise ValueError(f"{where}: name at least one function in asked_by, or remove the question")
    if pattern.stream != (not pattern.actions) or pattern.stream != (not pattern.key):
        raise ValueError(f"{where}: give key and actions, or only stream")
    if pattern.index and pattern.actions != ("Query",):
        raise ValueError(f"{where}: an index allows Query only")
