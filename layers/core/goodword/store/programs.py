"""The programs table: one item per program and version, which never changes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from goodword.domain.programs.program import Program
from goodword.domain.programs.terms import build_program
from goodword.store.plain import stamp
from goodword.store.row import Row
from goodword.store.tables import Table

MOST_KEPT = 64  # versions; one has at most 64 KiB of text


class ProgramRow(Row):
    """One version; the record holds the document, the text and when it was applied."""

    class Meta:
        table_name = "programs"

    program = UnicodeAttribute(hash_key=True)
    version = NumberAttribute(range_key=True)


def program_row(program: Program) -> ProgramRow:
    """Make the item of a program; only its document is kept, the rest is built from it."""
    stored = {
        "document": program.document,
        "source": program.source,
        "applied_at": None if program.applied_at is None else stamp(program.applied_at),
    }
    return ProgramRow(program=program.program, version=program.version, record=stored)


def _program(row: ProgramRow) -> Program:
    applied_at = row.record["applied_at"]
    return replace(
        build_program(row.record["document"]),
        version=int(row.version),
        source=row.record["source"],
        applied_at=None if applied_at is None else datetime.fromisoformat(applied_at),
    )


# What this process has read; the least lately asked for stands first.
KEPT: OrderedDict[tuple[str, int], Program] = OrderedDict()


def _keep(program: Program) -> Program:
    KEPT[program.program, program.version] = program
    if len(KEPT) > MOST_KEPT:
        KEPT.popitem(last=False)
    return program


class ProgramTable:
    """Programs in DynamoDB.

    A version never changes once it is written, so one that was read is kept while the process
    lives; that there is none is not kept, for it may be written next.
    """

    def get(self, program: str, version: int) -> Program | None:
        """Return one version."""
        found = KEPT.get((program, version))
        if found is not None:
            KEPT.move_to_end((program, version))
            return found
        try:
            return _keep(_program(ProgramRow.get(program, version, consistent_read=True)))
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


TABLE = Table(ProgramRow, store=ProgramTable, record=Program, item=program_row, personal=False)
