"""CSV that a spreadsheet reads as text: the only place that writes any.

A cell that begins with = + - @, a tab or a carriage return is run as a formula when somebody opens
the file, and names come from strangers. Source: owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

# With the wide forms of the same signs, which some spreadsheets read alike.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_QUOTE = "'"
# Before a file that people open: without it Excel takes UTF-8 for the letters of the machine's
# region.
MARK = "\ufeff"


def csv_cell(value: object) -> str:
    """Return a value as the text of a cell that no spreadsheet runs.

    A number stays a number, minus sign and all; None is empty. A text that would be run gets a
    quote before it, which spreadsheets read as "this is text".
    """
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    text = str(value)
    # Spreadsheets drop white space and marks that show nothing before they look at the first sign.
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
