"""Apply a program file as the next version of its program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from goodword.domain.errors import Failed
from goodword.domain.programs.program import Program
from goodword.ports.services import Clock
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert
from goodword.steps.programs.check_version import check_match, out_of_date


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
        raise out_of_date(str(current + 1)) from None
    return made
