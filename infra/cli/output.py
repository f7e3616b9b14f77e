"""What the command prints: results on standard output, everything else on standard error.

Texts come from strangers (a prospect's name, a file's field), so they are printed as they are:
never read as markup, and with no control characters that a terminal would obey.
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

# A file or a pipe has no width of its own; this is wide enough for what the tables hold.
PIPE_WIDTH = 200
# These turn the direction of what follows, so that a name could make a line read as something else.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Output:
    """Where one command's answers go. as_json: standard output holds the JSON and nothing else."""

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self.results = console(sys.stdout)
        self.notes = console(sys.stderr)

    def raw(self, result: object) -> bool:
        """Print the data as JSON if that was asked for, and say whether it was."""
        if self.as_json:
            # ASCII, so that nothing in it can reach a terminal as an instruction.
            print(json.dumps(result, indent=2), file=sys.stdout)
        return self.as_json

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line of a result, never broken."""
        self.results.print(Text(plain(text), style=style), soft_wrap=True)

    def note(self, text: str, style: str = "") -> None:
        """Print one line for the person at the terminal, never broken."""
        self.notes.print(Text(plain(text), style=style), soft_wrap=True)

    def pairs(self, result: Mapping[str, object]) -> None:
        """Print names with their values; what is empty is left out."""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in result.items():
            if value not in (None, "", [], {}, ()):
                grid.add_row(plain(name), Text(cell(value)))
        self.results.print(grid)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a table under its title, or that there is nothing in it."""
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
    """Return a console of this stream: in color on a terminal, plain and wide anywhere else."""
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
    """Return the text on one line and with nothing in it that a terminal would obey."""
    return "".join(_sign(each) for each in text)


def _sign(sign: str) -> str:
    if sign in "\n\r\t":
        return " "
    harmful = unicodedata.category(sign) in ("Cc", "Cs") or sign in _TURNING
    return "\N{REPLACEMENT CHARACTER}" if harmful else sign


def cell(value: object) -> str:
    """Return a value as a table shows it.

    Amounts as people read them, reasons in English, lists joined.
    """
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
    """Return a time of /v1 to the second, as people read it: 2027-03-01 12:00:00 UTC."""
    if not isinstance(stamp, str) or not stamp:
        return ""
    day, _, rest = stamp.partition("T")
    return f"{day} {rest[:8]} UTC" if rest else day
