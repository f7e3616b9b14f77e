"""Record a click and say where the prospect goes. The hot path: one write, nothing read when warm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from goodword.domain.click import AGENT_BYTES, Click, source_of
from goodword.domain.link import CODE, ClickToken, Link, add_token, sign_token


@dataclass(frozen=True, slots=True)
class Visit:
    """What a redirect request tells. network: the name of the known machine network it came from."""

    code: str
    address: str
    agent: str = ""
    network: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the prospect goes. lost: the name of the error that kept the click from being stored."""

    location: str
    lost: str = ""


def record_click(
    visit: Visit,
    *,
    find: Callable[[str], Link | None],
    put: Callable[[Click], None],
    now: datetime,
    click: str,
) -> Redirect | None:
    """Store the click and return the redirect, or None where the code leads nowhere.

    find: gives a link from memory, at most a minute old. Whatever keeps the click from being stored, the
    prospect is still sent on, with a token that holds: the signup does not need the record.
    """
    link = find_open_link(visit.code, find)
    if link is None:
        return None
    record = Click(
        click=click,
        code=link.code,
        program=link.program,
        at=now,
        source=source_of(visit.address, f"{now:%Y-%m-%d}", link.address_key),
        agent=visit.agent.encode(errors="replace")[:AGENT_BYTES].decode(errors="ignore"),
        network=visit.network,
        hints=visit.hints,
        mailed_at=link.mailed_at,
    )
    location = add_token(link.target, sign_token(ClickToken(link.code, click, now), link.token_key))
    try:
        put(record)
    except Exception as error:
        return Redirect(location, lost=type(error).__name__)
    return Redirect(location)


def find_open_link(code: str, find: Callable[[str], Link | None]) -> Link | None:
    """Return the link of a code that is well formed, known and not paused."""
    if CODE.fullmatch(code) is None:
        return None
    link = find(code)
    return None if link is None or link.paused else link
