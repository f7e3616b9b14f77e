"""Apply a program file as the next version of its program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from goodword.domain.errors import Failed, MatchRequired, MissingRecord, NotFound, OutOfDate
from goodword.domain.programs.program import Program
from goodword.ports.services import Clock
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert


def apply_program(
    program: str,
    text: str,
    if_match: str | None,
    *,
    read: Callable[[str, str], Program],
    stores: Stores,
    now: Clock,
) -> Program:
    """Store the text as the program's next version and return it.

    read: turns text into a program or raises BadInput with line and field. if_match: the version
    that the sender has seen, "0" for a new program. The same text again is the same version.
    """
    terms = read(text, program)
    stored = stores.programs.latest(program)
    if stored is not None and stored.source == text:
        return stored
    current = 0 if stored is None else stored.version
    check_match(if_match, current)
    made = replace(terms, version=current + 1, source=text, applied_at=now())
    try:
        stores.commit([Insert(made)])
    except Failed:
        raise _out_of_date(str(current + 1)) from None
    return made


def check_match(if_match: str | None, current: int) -> None:
    """Raise MatchRequired or OutOfDate unless If-Match names the current version."""
    if if_match is None:
        raise MatchRequired(
            "this write needs If-Match",
            where="If-Match",
            remedy=f'Send If-Match: "{current}" to replace that version.',
        )
    if if_match.strip().strip('"') != str(current):
        raise _out_of_date(str(current))


def _out_of_date(current: str) -> OutOfDate:
    return OutOfDate(
        f"the current version is {current}",
        where="If-Match",
        remedy=f'Read it, apply your change to it, and send If-Match: "{current}".',
    )


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
