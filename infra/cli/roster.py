"""A CSV file of referrers; every row is checked by the service's rules before any is sent."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from goodword.contact_validation.reader import ContactFields
from goodword.domain.errors import BadInput
from goodword.domain.referrers.referrer import ENROLLED_FIELDS, REQUIRED_FIELDS, Referrer
from goodword.http.api.read import read_referrer
from infra.cli.errors import CliError

# An invited contact gets a generated id, unless the file gives one.
TO_INVITE = ("account", "name", "email")
COLUMNS = (*ENROLLED_FIELDS, "currency")
_CONTACTS = ContactFields()


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One referrer of the file.

    body: the body of POST /v1/referrers.
    """

    line: int
    body: dict[str, Any]


@dataclass(slots=True)
class Roster:
    """The content of a file: valid rows, and the errors of the others."""

    rows: list[RosterRow] = field(default_factory=list)
    errors: list[CliError] = field(default_factory=list)


def read_roster(
    text: str, file: str, at: datetime, needed: Sequence[str] = REQUIRED_FIELDS
) -> Roster:
    """Read and check a CSV file with these columns; raise CliError if it is not CSV.

    Each error's where is "file:line: column"; a row with one is not among the rows.
    """
    roster, seen = Roster(), _Seen()
    for line, cells in _records(text, file, needed):
        try:
            body = body_of(cells)
            unnamed = {} if "referrer" in needed else {"referrer": f"line-{line}"}
            referrer, _ = read_referrer({**unnamed, **body}, _CONTACTS, at)
            seen.check(referrer, line)
        except BadInput as error:
            column = error.where.partition("[")[0]
            where = f"{file}:{line}: {column}"
            roster.errors.append(CliError(error.what, where=where, remedy=error.remedy))
        else:
            roster.rows.append(RosterRow(line, body))
    return roster


def body_of(cells: Mapping[str, str]) -> dict[str, Any]:
    """Make the request's body from a row's cells; an empty cell is omitted. Raises BadInput."""
    body: dict[str, Any] = {name: value.strip() for name, value in cells.items() if value.strip()}
    if "nps" in body:
        text = body["nps"]
        if not text.isascii() or not text.isdecimal() or len(text) > 2:
            raise BadInput(
                "nps is not a whole number from 0 to 10",
                where="nps",
                remedy="Use a whole number from 0 to 10.",
            )
        body["nps"] = int(text)
    if "products" in body:
        body["products"] = [each.strip() for each in body["products"].split(";") if each.strip()]
    return body


class _Seen:
    """The ids and addresses so far; each must be unique."""

    def __init__(self) -> None:
        self._ids: dict[str, tuple[int, Referrer]] = {}
        self._addresses: dict[str, int] = {}

    def check(self, referrer: Referrer, line: int) -> None:
        """Raise BadInput if an earlier row has this id with other data, or this address."""
        earlier = self._ids.get(referrer.referrer)
        if earlier is not None:
            if earlier[1] != referrer:
                raise BadInput(
                    f"referrer {referrer.referrer!r} is on line {earlier[0]} with other data",
                    where="referrer",
                    remedy="Keep one of the rows.",
                )
            return
        if referrer.email in self._addresses:
            raise BadInput(
                f"this address is also that of line {self._addresses[referrer.email]}",
                where="email",
                remedy="Give each referrer an address of their own.",
            )
        self._ids[referrer.referrer] = (line, referrer)
        self._addresses[referrer.email] = line


def _records(text: str, file: str, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row's first line with its cells by column."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: list[str] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if columns:
                    yield line, _row(columns, cells, f"{file}:{line}")
                else:
                    columns = _columns(cells, f"{file}:{line}", needed)
            line = reader.line_num + 1
    except csv.Error as error:
        raise CliError(
            f"this is not CSV: {error}",
            where=f"{file}:{reader.line_num}",
            remedy="Correct the CSV on this line.",
        ) from None
    if not columns:
        raise CliError(
            "the file is empty",
            where=file,
            remedy=f"Begin it with the columns: {','.join(COLUMNS)}",
        )


def _columns(cells: list[str], where: str, needed: Sequence[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in cells]
    remedy = f"Use these columns: {','.join(COLUMNS)}"
    if len(columns) == 1 and ";" in columns[0]:
        raise CliError(
            "the columns are separated by semicolons", where=where, remedy="Save it with commas."
        )
    for name in columns:
        if name not in COLUMNS or columns.count(name) > 1:
            what = "is repeated" if name in COLUMNS else "is an unknown column"
            raise CliError(f"{name or 'an empty name'} {what}", where=where, remedy=remedy)
    missing = [name for name in needed if name not in columns]
    if missing:
        raise CliError(f"columns are missing: {', '.join(missing)}", where=where, remedy=remedy)
    return columns


def _row(columns: list[str], cells: list[str], where: str) -> dict[str, str]:
    if len(cells) > len(columns):
        raise CliError(
            f"the row has {len(cells)} cells, and there are {len(columns)} columns",
            where=where,
            remedy='Put a cell with a comma in it between quotes: "…".',
        )
    return dict(zip(columns, cells, strict=False))
