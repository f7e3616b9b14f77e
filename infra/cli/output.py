"""The output of commands: results on standard output, all else on standard error.

Texts come from outside (a prospect's name, a file's field), so they are printed unchanged: never as
markup, and without control characters that a terminal would interpret.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.cli.errors import CliError

# A file or a pipe has no width of its own; this is wide enough for the tables.
PIPE_WIDTH = 200
# These reverse the direction of text, so that a name could disguise the line.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Output:
    """The output of one command.

    as_json: standard output has the JSON and nothing else.
    """

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self.results = console(sys.stdout)
        self.notes = console(sys.stderr)

    def raw(self, result: object) -> bool:
        """Print the data as JSON if that was requested, and return whether it was."""
        if self.as_json:
            # ASCII, so that no part of it is a control sequence of the terminal.
            print(json.dumps(result, indent=2), file=sys.stdout)
        return self.as_json

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line of a result, without wrapping."""
        self.results.print(Text(plain(text), style=style), soft_wrap=True)

    def note(self, text: str, style: str = "") -> None:
        """Print one line for the user, without wrapping."""
        self.notes.print(Text(plain(text), style=style), soft_wrap=True)

    def pairs(self, result: Mapping[str, object]) -> None:
        """Print names with their values; empty ones are left out."""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in result.items():
            if value not in (None, "", [], {}, ()):
                grid.add_row(plain(name), Text(cell(value)))
        self.results.print(grid)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a table under its title, or that it is empty."""
        made = Table(box=box.SIMPLE_HEAD)
        for name in columns:
            made.add_column(name, overflow="fold")
        for row in rows:
            made.add_row(*(Text(cell(value)) for value in row))
        if made.row_count:
            self.line(title, style="bold")
            self.results.print(made)
        else:
            self.line(f"{title}: none")

    def error(self, error: CliError) -> None:
        """Print what is wrong, where, and what to do."""
        status = f" ({error.status})" if error.status else ""
        self.notes.print(
            Text("error", style="bold red"),
            Text(f"{status}: {plain(error.what)}"),
            sep="",
            soft_wrap=True,
        )
        for name, text in (("where", error.where), ("to do", error.remedy)):
            if text:
                self.note(f"  {name}: {text}")


def console(stream: IO[str]) -> Console:
    """Return a console of this stream: in color on a terminal, plain and wide otherwise."""
    terminal = stream.isatty()
    return Console(
        file=stream,
        color_system="auto" if terminal else None,
        width=None if terminal else PIPE_WIDTH,
        highlight=False,
        markup=False,
        emoji=False,
    )


def plain(text: str) -> str:
    """Return the text on one line, without control characters."""
    return "".join(_sign(each) for each in text)


def _sign(sign: str) -> str:
    if sign in "\n\r\t":
        return " "
    harmful = unicodedata.category(sign) in ("Cc", "Cs") or sign in _TURNING
    return "\N{REPLACEMENT CHARACTER}" if harmful else sign


def cell(value: object) -> str:
    """Return a value as a table's cell: amounts as text, reasons in English, lists joined."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        if "text" in value or "sentence" in value:
            return plain(str(value.get("text", value.get("sentence"))))
        return ", ".join(f"{plain(str(name))}: {cell(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(cell(each) for each in value)
    return plain(str(value))


def moment(stamp: Any) -> str:
    """Return a time of /v1 to the second: 2027-03-01 12:00:00 UTC."""
    if not isinstance(stamp, str) or not stamp:
        return ""
    day, _, rest = stamp.partition("T")
    return f"{day} {rest[:8]} UTC" if rest else day
