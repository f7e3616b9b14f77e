"""What pages are made of, as data: tables, forms, fields and actions; components.html draws them.

A page declares columns and fields. Sorting, paging, the layout of a phone, errors with their
summary and what an empty list says come with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import date
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import parse_qsl, urlencode

from goodword.domain.money import Money
from goodword.domain.record import dataclass
from goodword.messages.sentence import Sentence, say

Row = TypeVar("Row")
# What a person reads: a sentence is said in their language, a plain text is shown as it is.
Text = str | Sentence
Tone = Literal["", "good", "bad", "wait"]
OLDER = say("Older ones")
Kind = Literal["text", "amount", "number", "date", "status", "link"]
# An input's type, or area (several lines), radios, pick (one of a list) and check.
FieldKind = Literal["text", "email", "tel", "search", "date", "area", "radios", "pick", "check"]


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another page."""

    href: str
    text: Text


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the lists that a page switches between. count: how many are in it, if known."""

    href: str
    text: Text
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Badge:
    """A short status."""

    text: Text
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A button: a link where it has an address, else it sends its form. lang: of its text."""

    text: Text
    href: str = ""
    look: Literal["", "quiet", "bad", "link"] = ""
    name: str = ""
    value: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Empty:
    """What is shown in place of an empty list: a title, a sentence and what to do."""

    title: Text
    sentence: Text = ""
    action: Action | None = None


# What a cell holds, by the kind of its column. Several texts are one line each.
Cell = Text | tuple[Text, ...] | Money | int | date | Badge | Link | None


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column. value: reads a row's cell, None for an empty one. sort: people may sort by it.

    The cells of a text column that people may sort by are plain texts.
    """

    key: str
    label: Text
    value: Callable[[Row], Cell]
    kind: Kind = "text"
    sort: bool = False


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a list goes on.

    address: the list's own, with its query, which its links keep. anchor: the id of the list, where
    the page has more than it. next: the cursor of the next page. begun: pages come before this one.
    """

    address: str = ""
    anchor: str = ""
    next: str | None = None
    begun: bool = False
    next_text: Text = OLDER

    @property
    def next_page(self) -> str:
        """Return the address of the next page, or nothing at the end."""
        return "" if self.next is None else self.at(after=self.next)

    @property
    def first_page(self) -> str:
        """Return the address of the first page, or nothing on it."""
        return self.at(after=None) if self.begun else ""

    def at(self, **changes: str | None) -> str:
        """Return the list's address with other parameters; None takes one out."""
        path, _, query = self.address.partition("?")
        kept = {**dict(parse_qsl(query)), **changes}
        query = urlencode({name: value for name, value in kept.items() if value is not None})
        anchor = f"#{self.anchor}" if self.anchor else ""
        return f"{path}?{query}{anchor}" if query else path + anchor


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """A list of rows; the first column names the row.

    href: where a row leads. sort: the key of a column as the address has it, with - before it for
    the greatest first; only for rows that are the whole list. total: cells below their columns, by
    key. full_days: each day has its year, as in print.
    """

    caption: Text
    columns: tuple[Column[Row], ...]
    rows: Sequence[Row]
    empty: Empty | None = None
    href: Callable[[Row], str] | None = None
    pages: Pages = Pages()
    sort: str = ""
    total: Mapping[str, Cell] = field(default_factory=dict)
    full_days: bool = False

    def ordered(self) -> tuple[Row, ...]:
        """Return the rows as they are sorted; rows without a value come last."""
        wanted = self.sort.removeprefix("-")
        column = next((each for each in self.columns if each.sort and each.key == wanted), None)
        if column is None:
            return tuple(self.rows)
        cells = [(column.value(row), row) for row in self.rows]
        ranked = [(_rank(cell), row) for cell, row in cells if cell is not None]
        ranked.sort(key=lambda each: each[0], reverse=self.sort.startswith("-"))
        return (*(row for _, row in ranked), *(row for cell, row in cells if cell is None))

    def direction(self, column: Column[Row]) -> str:
        """Return how aria-sort names the order of a column, or nothing."""
        if not column.sort or self.sort.removeprefix("-") != column.key:
            return ""
        return "descending" if self.sort.startswith("-") else "ascending"

    def sorted_by(self, column: Column[Row]) -> str:
        """Return the list's address in the order of a column; for the second time, reversed."""
        turned = "-" if self.direction(column) == "ascending" else ""
        return self.pages.at(sort=turned + column.key, after=None)


def _rank(cell: Cell) -> Any:
    """Return what a cell is sorted by: amounts within their currency, texts regardless of case."""
    if isinstance(cell, Money):
        return cell.currency, cell.minor
    if isinstance(cell, Badge | Link):
        return str(cell.text).casefold()
    return cell if isinstance(cell, int | date) else str(cell).casefold()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    value: what is in it; of a check, anything where it is ticked. options: values and their labels.
    error: what to do, where it is not right. most: characters. own_id: where the page has its name
    twice.
    """

    name: str
    label: Text
    kind: FieldKind = "text"
    value: str = ""
    options: tuple[tuple[str, Text], ...] = ()
    help: Text = ""
    error: Sentence | None = None
    required: bool = True
    most: int = 254
    autocomplete: str = "off"
    inputmode: str = ""
    own_id: str = ""

    @property
    def id(self) -> str:
        """Return its id on the page."""
        return self.own_id or self.name

    @property
    def described_by(self) -> str:
        """Return the ids of what says more about it, the error first."""
        found = (("error", self.error), ("help", self.help))
        return " ".join(f"{self.id}-{name}" for name, text in found if text)


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is sent by POST.

    hidden: values that people do not see, such as a session's mark. problem: what is not right with
    the whole of it, in place of the count of wrong fields. unchecked: the browser leaves all checks
    to us.
    """

    action: str
    submit: Action
    fields: tuple[Field, ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    secondary: Action | None = None
    title: Text = ""
    intro: Text = ""
    problem: Text = ""
    look: Literal["", "card", "inline", "search"] = ""
    unchecked: bool = False

    @property
    def wrong(self) -> tuple[Field, ...]:
        """Return the fields that are not right."""
        return tuple(each for each in self.fields if each.error is not None)


# What templates make by themselves.
NAMES: Mapping[str, type] = {each.__name__: each for each in (Action, Field, Form, Link)}
