"""Find a program: its newest version, or the one that a record was made under."""

from __future__ import annotations

from goodword.domain.errors import MissingRecord, NotFound
from goodword.domain.programs.program import Program
from goodword.ports.stores import Stores


def current_program(program: str, *, stores: Stores) -> Program:
    """Return the newest version of a program; raise NotFound without one."""
    stored = stores.programs.latest(program)
    if stored is None:
        raise NotFound(
            f"there is no program {program!r}",
            where="program",
            remedy="Apply its file first: `goodword programs apply FILE`.",
        )
    return stored


def terms_of(program: str, version: int, *, stores: Stores) -> Program:
    """Return the version of a program that a record was made under.

    Versions are never deleted, and a version that was read is cached (store/programs.py), so
    another read costs nothing.
    """
    stored = stores.programs.get(program, version)
    if stored is None:
        raise MissingRecord("program version", f"{program} {version}")
    return stored
