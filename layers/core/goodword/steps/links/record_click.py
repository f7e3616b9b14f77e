"""Record a click and return the redirect: one write, and no read when warm."""

from __future__ import annotations

from goodword.domain.links.visit import (
    KnownLink,
    Visit,
    hand_on,
    source_of,
    spellings_of,
    write_token,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Protocol

    class PutClick(Protocol):
        """Store a click, given by its fields (goodword.domain.links.click.Click)."""

        def __call__(
            self,
            *,
            click: str,
            code: str,
            program: str,
            at: datetime,
            source: str,
            agent: str,
            network: str,
            hints: tuple[str, ...],
        ) -> None: ...


class Redirect:
    """The redirect's target.

    lost: the name of the error that kept the click from being stored.
    """

    __slots__ = ("location", "lost")

    def __init__(self, location: str, lost: str = "") -> None:
        self.location = location
        self.lost = lost


def record_click(
    visit: Visit,
    *,
    find: Callable[[str], KnownLink | None],
    put: PutClick,
    now: datetime,
    click: str,
) -> Redirect | None:
    """Store the click and return the redirect, or None for an unknown or paused link.

    find: returns a link from memory, at most a minute old. If the click cannot be stored, the
    prospect is still redirected, with a valid token: the signup does not need the record.
    """
    link = find_open_link(visit.code, find)
    if link is None:
        return None
    token = write_token(link.code, click, now, link.token_key)
    location = hand_on(link.target, visit.query, token)
    try:
        put(
            click=click,
            code=link.code,
            program=link.program,
            at=now,
            source=source_of(visit.address, f"{now:%Y-%m-%d}", link.address_key),
            agent=visit.cut_agent(),
            network=visit.network,
            hints=visit.hints,
        )
    except Exception as error:
        return Redirect(location, lost=getattr(error, "code", "") or type(error).__name__)
    return Redirect(location)


def find_open_link(code: str, find: Callable[[str], KnownLink | None]) -> KnownLink | None:
    """Return the link of a code as it was typed, where one is known and not paused."""
    for each in spellings_of(code):
        link = find(each)
        if link is not None:
            return None if link.paused else link
    return None
