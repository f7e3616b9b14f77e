"""CSV that a spreadsheet reads as text: the only module that writes CSV.

A spreadsheet runs a cell that begins with = + - @, a tab or a carriage return as a formula, and
names come from strangers. Source: owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

# Includes the full-width forms of these characters, which some spreadsheets treat alike.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_QUOTE = "'"
# Begins a file for people: without this mark Excel decodes UTF-8 by the machine's region.
MARK = "\ufeff"


def csv_cell(value: object) -> str:
    """Return a value as the text of a cell that no spreadsheet runs.

    A number stays a number, with its minus sign; None is empty. A text that would run as a formula
    gets a quote before it, which marks it as text.
    """
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    text = str(value)
    # Spreadsheets skip white space and invisible characters before they read the first one.
    first = text.lstrip(" \u00a0\u200b\ufeff")
    return f"{_QUOTE}{text}" if first.startswith(_STARTS) else text


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write rows under their columns' names (RFC 4180: commas, double quotes, CRLF)."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([csv_cell(name) for name in columns])
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"a row has {len(row)} cells under {len(columns)} columns")
        writer.writerow([csv_cell(value) for value in row])
    return written.getvalue()
