"""Read infra/access.yaml: what each function asks of which table, and what else it touches."""

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
    """One question that functions ask of a table.

    key: by which it is asked, as text. index: the index that is asked in place of the table, or "".
    asked_by: empty only for an index that is there for a part that is installed beside the core.
    actions: of DynamoDB, without its prefix. stream: whether the table's new rows are read;
    then key and actions are empty.
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
        """Return what is asked: the table, its index such as credits/by_due, or its stream."""
        if self.stream:
            return f"{self.table}/stream"
        return f"{self.table}/{self.index}" if self.index else self.table


@dataclass(frozen=True, slots=True)
class Services:
    """What one function touches beside tables.

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
        """Return the questions that a table is asked."""
        return tuple(pattern for pattern in self.patterns if pattern.table == table)

    def of_function(self, function: str) -> tuple[Pattern, ...]:
        """Return the questions that a function asks."""
        return tuple(pattern for pattern in self.patterns if function in pattern.asked_by)

    def table_rights(self, function: str) -> dict[str, set[str]]:
        """Return what a function may do with tables: its actions by target, such as credits/by_due.

        A stream has no actions.
        """
        found: dict[str, set[str]] = {}
        for pattern in self.of_function(function):
            found.setdefault(pattern.target, set()).update(pattern.actions)
        return found


@cache
def load_access(path: Path = ROOT / "infra/access.yaml") -> Access:
    """Read the list; raise ValueError where an entry is incomplete or names what is not there."""
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
        name: tuple(value) if isinstance(value, list) else value  # frozen, as its record
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
        raise ValueError(f"{where}: give key and actions, or stream alone")
    if pattern.index and pattern.actions != ("Query",):
        raise ValueError(f"{where}: an index takes Query alone")
