"""Make a link for a referrer to share, read one, and pause one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from goodword.domain.access.idempotency import Request
from goodword.domain.errors import BadInput, Conflict, NotFound
from goodword.domain.identity import link_request
from goodword.domain.links.link import (
    MOST_LINKS,
    Link,
    check_vanity,
    leads_to,
    link_of,
)
from goodword.domain.programs.target import check_target
from goodword.domain.record import dataclass
from goodword.domain.referrers.sign_off import waits_for_sign_off
from goodword.ports.services import Clock, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Update, Write
from goodword.steps.programs.find_program import current_program
from goodword.steps.referrers.find_referrer import recommending_referrer
from goodword.steps.repeat import repeat

if TYPE_CHECKING:
    from goodword.steps.referrers.serve_portal import Portal

DAYS_SHOWN: Final = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class LinkWish:
    """The request for a link.

    code: empty for a random one. target: empty for the program's own.
    """

    referrer: str
    program: str
    channel: str
    code: str = ""
    target: str = ""
    internal_only: bool = False


@dataclass(frozen=True, slots=True)
class CreateLinkDeps:
    """What making a link needs from outside.

    public_url: where the landing page is, to which links lead where the program has no page of its
    own. address_key: makes the daily hash of an address comparable across links.
    """

    public_url: str
    address_key: str
    stores: Stores
    now: Clock
    new_id: NewId


def create_link(
    wish: LinkWish,
    request: str | None,
    *,
    deps: CreateLinkDeps,
) -> tuple[Link, bool]:
    """Make the link and return it with whether it is new.

    request: the caller's Idempotency-Key; the same key and request give the same link again. A
    vanity code is its own key. Raises Conflict if the code is taken, the key was used for another
    request, or the referrer has the most links allowed.
    """
    referrer = recommending_referrer(wish.referrer, stores=deps.stores)
    program = current_program(wish.program, stores=deps.stores)
    if waits_for_sign_off(program, referrer) and not wish.internal_only:
        raise Conflict(
            "this referrer may not share outside their company: the sign-off is missing",
            where="internal_only",
            remedy=(
                "Make a link for colleagues (internal_only: true), "
                "or let the referrer ask their approver."
            ),
        )
    if wish.target:
        check_target(wish.target, program.targets)
    if request is None and not wish.code:
        raise BadInput(
            "a link with a random code needs an Idempotency-Key",
            where="Idempotency-Key",
            remedy="Send the header with a new random value, and the same value in a retry.",
        )

    def attempt() -> tuple[Link, bool]:
        stored = _made_before(wish, request, deps.stores)
        if stored is not None:
            return stored, False
        if len(deps.stores.links.list_by_referrer(referrer.referrer)) >= MOST_LINKS:
            raise Conflict(
                f"this referrer has {MOST_LINKS} links, which is the most allowed",
                where="referrer",
                remedy="Reuse one of their links; a paused one can be resumed.",
            )
        code = check_vanity(wish.code) if wish.code else deps.new_id.code()
        link = link_of(
            referrer,
            program,
            code,
            target=wish.target or leads_to(program, code, deps.public_url),
            token_key=deps.new_id.secret(),
            address_key=deps.address_key,
            at=deps.now(),
            channel=wish.channel,
            internal_only=wish.internal_only,
        )
        writes: list[Write] = [Insert(link)]
        if request is not None:
            name = link_request(wish.referrer, request)
            writes.append(Insert(Request(name, _hash_of(wish), link.code, deps.now())))
        deps.stores.commit(writes)
        return link, True

    return repeat(attempt)


def make_portal_link(
    portal: Portal,
    *,
    deps: CreateLinkDeps,
) -> None:
    """Make the portal's link to share, unless there is one; a repeated press adds none.

    Raises Conflict if the program is closed today.
    """
    if portal.closed is not None:
        remedy = "Try again when the program is open."
        raise Conflict("the program is closed now", where="program", remedy=remedy)
    if portal.link is not None:
        return
    referrer, name = portal.referrer.referrer, portal.program.program
    before = len(deps.stores.links.list_by_referrer(referrer))
    create_link(
        LinkWish(referrer, name, "other", internal_only=portal.internal_only),
        f"portal#{name}#{portal.internal_only}#{before}",
        deps=deps,
    )


def _made_before(wish: LinkWish, request: str | None, stores: Stores) -> Link | None:
    """Return the link of an earlier identical call; raise Conflict if that call was different."""
    if request is not None:
        earlier = stores.requests.get(link_request(wish.referrer, request))
        if earlier is not None:
            if earlier.body_hash != _hash_of(wish):
                raise Conflict(
                    "this Idempotency-Key was used for another link",
                    where="Idempotency-Key",
                    remedy="Send a new Idempotency-Key for each new link.",
                )
            return stores.links.get(earlier.answer)
    if not wish.code:
        return None
    stored = stores.links.get(wish.code)
    if stored is None:
        return None
    same = (stored.referrer, stored.program, stored.channel, stored.internal_only) == (
        wish.referrer,
        wish.program,
        wish.channel,
        wish.internal_only,
    )
    if not same or (wish.target and wish.target != stored.target):
        raise Conflict(
            f"the code {wish.code!r} is taken", where="code", remedy="Choose another code."
        )
    return stored


def _hash_of(wish: LinkWish) -> str:
    fields = [wish.referrer, wish.program, wish.channel, wish.code, wish.target, wish.internal_only]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def read_link(code: str, *, stores: Stores, now: Clock) -> tuple[Link, dict[str, int]]:
    """Return a link with its clicks by people, machines and unknown in the last 400 days.

    Each day is a row, and a link may exist for many years; a referral usually for one.
    """
    link = stores.links.get(code)
    if link is None:
        raise NotFound(f"there is no link {code!r}", where="code", remedy="Check the code.")
    first, last = now() - DAYS_SHOWN, now() + timedelta(days=1)
    result = stores.counts.clicks(code, f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}")
    return link, {kind: result.get(kind, 0) for kind in ("person", "machine", "uncertain")}


def change_link(
    code: str, *, paused: bool | None, mailed_at: datetime | None, stores: Stores
) -> Link:
    """Pause or resume a link, and record when a mail with it was delivered."""

    def attempt() -> Link:
        stored = stores.links.get(code)
        if stored is None:
            raise NotFound(f"there is no link {code!r}", where="code", remedy="Check the code.")
        wanted = replace(
            stored,
            paused=stored.paused if paused is None else paused,
            mailed_at=stored.mailed_at if mailed_at is None else mailed_at,
        )
        if wanted == stored:
            return stored
        changed = replace(wanted, revision=stored.revision + 1)
        stores.commit([Update(changed)])
        return changed

    return repeat(attempt)
