"""The programs table: every version of every program."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from goodword.domain.program import Program
from goodword.domain.terms import build_program
from goodword.store.plain import stamp
from goodword.store.row import Row


class ProgramRow(Row):
    """One version; the record holds the document, the text and when it was applied."""

    noun = "programs"

    class Meta:
        table_name = "programs"

    program = UnicodeAttribute(hash_key=True)
    version = NumberAttribute(range_key=True)


def program_row(program: Program) -> ProgramRow:
    """Make the item of a program; only its document is kept, the rest is built from it."""
    held = {
        "document": program.document,
        "source": program.source,
        "applied_at": None if program.applied_at is None else stamp(program.applied_at),
    }
    return ProgramRow(program=program.program, version=program.version, record=held)


def _program(row: ProgramRow) -> Program:
    applied_at = row.record["applied_at"]
    return replace(
        build_program(row.record["document"]),
        version=int(row.version),
        source=row.record["source"],
        applied_at=None if applied_at is None else datetime.fromisoformat(applied_at),
    )


class ProgramTable:
    """Programs in DynamoDB."""

    def get(self, program: str, version: int) -> Program | None:
        """Return one version."""
        try:
            return _program(ProgramRow.get(program, version, consistent_read=True))
        except ProgramRow.DoesNotExist:
            return None

    def latest(self, program: str) -> Program | None:
        """Return the newest version."""
        rows = ProgramRow.query(program, consistent_read=True, scan_index_forward=False, limit=1)
        return next((_program(row) for row in rows), None)

    def at(self, program: str, when: datetime) -> Program | None:
        """Return the newest version that was applied no later than this; a program has few."""
        for row in ProgramRow.query(program, consistent_read=True, scan_index_forward=False):
            found = _program(row)
            if found.applied_at is None or found.applied_at <= when:
                return found
        return None
