"""The components of pages as data: tables, forms, fields and actions, drawn by components.html.

A page declares columns and fields. The components provide sorting, paging, the layout on a phone,
errors with their summary and empty states.
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
# Text for people: a sentence is translated, a plain text is shown unchanged.
Text = str | Sentence
Tone = Literal["", "good", "bad", "wait"]
OLDER = say("Older ones")
Kind = Literal["text", "amount", "number", "date", "status", "link"]
# An input's type, or area (several lines), radios, pick (one of a list) and check.
FieldKind = Literal["text", "email", "tel", "search", "date", "area", "radios", "pick", "check"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another page."""

    href: str
    text: Text


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the lists that a page switches between.

    count: how many it has, if known.
    """

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
    """A button: a link if it has an address, else it sends its form.

    lang: of its text.
    """

    text: Text
    href: str = ""
    look: Literal["", "quiet", "bad", "link"] = ""
    name: str = ""
    value: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Empty:
    """The empty state of a list: a title, a sentence and an action."""

    title: Text
    sentence: Text = ""
    action: Action | None = None


# The value of a cell, by the kind of its column. Several texts are one line each.
Cell = Text | tuple[Text, ...] | Money | int | date | Badge | Link | None


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column.

    value: reads a row's cell, None for an empty one. sort: whether people may sort by it. The cells
    of a sortable text column are plain texts.
    """

    key: str
    label: Text
    value: Callable[[Row], Cell]
    kind: Kind = "text"
    sort: bool = False


@dataclass(frozen=True, slots=True)
class Pages:
    """The paging of a list.

    address: the list's own, with its query, which its links keep. anchor: the id of the list, if
    the page has more than it. next: the cursor of the next page. begun: there are pages before this
    one.
    """

    address: str = ""
    anchor: str = ""
    next: str | None = None
    begun: bool = False
    next_text: Text = OLDER

    @property
    def next_page(self) -> str:
        """Return the address of the next page, or an empty text at the end."""
        return "" if self.next is None else self.at(after=self.next)

    @property
    def first_page(self) -> str:
        """Return the address of the first page, or an empty text on it."""
        return self.at(after=None) if self.begun else ""

    def at(self, **changes: str | None) -> str:
        """Return the list's address with other parameters; None removes one."""
        path, _, query = self.address.partition("?")
        kept = {**dict(parse_qsl(query)), **changes}
        query = urlencode({name: value for name, value in kept.items() if value is not None})
        anchor = f"#{self.anchor}" if self.anchor else ""
        return f"{path}?{query}{anchor}" if query else path + anchor


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """A list of rows; the first column names the row.

    href: the target of a row. sort: the key of a column as in the address, with - before it for
    descending order; only if the rows are the whole list. total: cells below their columns, by key.
    full_days: each day has its year, as in print.
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
        """Return the rows in sorted order; rows without a value come last."""
        wanted = self.sort.removeprefix("-")
        column = next((each for each in self.columns if each.sort and each.key == wanted), None)
        if column is None:
            return tuple(self.rows)
        cells = [(column.value(row), row) for row in self.rows]
        ranked = [(_rank(cell), row) for cell, row in cells if cell is not None]
        ranked.sort(key=lambda each: each[0], reverse=self.sort.startswith("-"))
        return (*(row for _, row in ranked), *(row for cell, row in cells if cell is None))

    def direction(self, column: Column[Row]) -> str:
        """Return the aria-sort value of a column, or an empty text."""
        if not column.sort or self.sort.removeprefix("-") != column.key:
            return ""
        return "descending" if self.sort.startswith("-") else "ascending"

    def sorted_by(self, column: Column[Row]) -> str:
        """Return the list's address sorted by a column, or reversed if it is already."""
        turned = "-" if self.direction(column) == "ascending" else ""
        return self.pages.at(sort=turned + column.key, after=None)


def _rank(cell: Cell) -> Any:
    """Return the sort key of a cell: amounts within their currency, texts regardless of case."""
    if isinstance(cell, Money):
        return cell.currency, cell.minor
    if isinstance(cell, Badge | Link):
        return str(cell.text).casefold()
    return cell if isinstance(cell, int | date) else str(cell).casefold()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    value: its content; of a check, any text if it is ticked. options: values and their labels.
    error: the sentence of a wrong field. most: characters. own_id: if the page has its name twice.
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
        """Return the ids of the field's descriptions, the error first."""
        found = (("error", self.error), ("help", self.help))
        return " ".join(f"{self.id}-{name}" for name, text in found if text)


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is sent by POST.

    hidden: hidden values, such as a session's CSRF token. problem: an error of the whole form, in
    place of the count of wrong fields. unchecked: the browser's validation is off.
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
        """Return the wrong fields."""
        return tuple(each for each in self.fields if each.error is not None)


# The components that templates make themselves.
NAMES: Mapping[str, type] = {each.__name__: each for each in (Action, Field, Form, Link)}
