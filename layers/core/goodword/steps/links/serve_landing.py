"""Show a prospect a link's landing page, if the program has no page of its own."""

from __future__ import annotations

from goodword.domain.errors import Forged, NotFound
from goodword.domain.links.landing import Landing, recommendation_of
from goodword.domain.programs.program import Program
from goodword.domain.programs.token_parameter import TOKEN_PARAMETER
from goodword.ports.services import Clock
from goodword.ports.stores import Stores
from goodword.steps.programs.find_program import current_program
from goodword.steps.referrals.capture_signup import arrive, referrer_of, takes_still


def serve_landing(code: str, token: str, *, stores: Stores, now: Clock) -> Landing:
    """Return the page of a link for its click token, under the terms in force at the click.

    A prospect who followed the link before it was paused may continue. Raises Forged for a token of
    another link, NotFound if the referrer was erased.
    """
    at = now()
    arrival = arrive(token, stores=stores, at=at)
    link = arrival.link
    if link.code != code:
        raise Forged(
            "the token belongs to another link",
            where=TOKEN_PARAMETER,
            remedy="Follow the link again.",
        )
    referrer = referrer_of(link, stores=stores)
    takes = takes_still(arrival.current, at, arrival.token.at)
    return Landing(
        code=code,
        token=token,
        program=arrival.terms,
        recommendation=recommendation_of(link, referrer, arrival.terms),
        closed=None if takes else arrival.current.refusal(at),
        expired=not arrival.in_time(at),
    )


def thank(code: str, *, stores: Stores) -> Program:
    """Return the program of a link for the page of thanks; raise NotFound for an unknown link."""
    link = stores.links.get(code)
    if link is None:
        raise NotFound(f"there is no link {code!r}", where="code", remedy="Check the address.")
    return current_program(link.program, stores=stores)
