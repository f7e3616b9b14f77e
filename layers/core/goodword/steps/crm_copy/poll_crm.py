"""Poll the CRM for the deals of referrals, to find changes whose webhooks were lost.

Open referrals come first, because they may still earn a credit. Then come those that closed with a
credit before their deadline, because a lost sale reverses it. After the deadline a referral is not
polled.

Only a known deal can be polled: an event or a person associated it with its referral. A run that is
out of time stores a mark of its position. The mark is a row of the requests table, which expires. A
lost mark costs a start from the beginning, so it needs no table of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from datetime import timedelta

from goodword.domain.access.idempotency import Request
from goodword.domain.crm_copy.connection import Connection
from goodword.domain.crm_copy.fact import CrmEvent, CrmObject, Fact, ObjectRef
from goodword.domain.errors import MissingRecord, NotReady, Unavailable
from goodword.domain.record import dataclass
from goodword.domain.referrals.referral import Referral
from goodword.steps.crm_copy.apply_event import ApplyEventDeps, record_event

# Referrals between two looks at the clock: with slow answers of a CRM still only a few minutes.
PAGE = 10
MARK = "poll_crm#mark"
_DEAL = "deal:"
_OPEN, _EARNED = "open", "earned"  # the two lists, in their order


@dataclass(frozen=True, slots=True)
class Polled:
    """What one run came to.

    referrals: how many were looked at. asked: how many deals. recorded: properties that the CRM had
    newer. silent: connections that did not answer. failed: referrals whose polling failed, and why.
    finished: whether the end of the list was reached.
    """

    referrals: int
    asked: int
    recorded: int
    silent: tuple[str, ...]
    failed: tuple[tuple[str, Exception], ...]
    finished: bool


@dataclass
class _Run:
    """What a run holds while it is under way."""

    referrals: int = 0
    asked: int = 0
    recorded: int = 0
    silent: dict[str, None] = field(default_factory=dict)
    failed: list[tuple[str, Exception]] = field(default_factory=list)
    connections: dict[str, Connection | None] = field(default_factory=dict)


def poll_crm(budget: timedelta, *, deps: ApplyEventDeps) -> Polled:
    """Ask for the deals of referrals, from where the last run stopped, as long as the budget lasts.

    A CRM that does not answer ends its connection's turn; a referral that fails holds up no other.
    """
    began = deps.now()
    mark = deps.stores.requests.get(MARK)
    place = mark.answer if mark is not None else ""
    run = _Run()
    while True:
        page, place = _page(place, deps)
        for referral in page:
            _poll_safely(referral, run, deps)
        if not place or deps.now() - began > budget:
            break
    if mark is not None or place:
        deps.stores.requests.put(Request(MARK, "", place, deps.now()))
    silent, failed = tuple(run.silent), tuple(run.failed)
    return Polled(run.referrals, run.asked, run.recorded, silent, failed, not place)


def _page(place: str, deps: ApplyEventDeps) -> tuple[tuple[str, ...], str]:
    """Return the page of referrals at a place, and the place of the next one; empty after the last.

    A place names one of the two lists and where in it; the empty one is where the first begins.
    """
    which, _, after = place.partition(" ")
    if which == _EARNED:
        page = deps.stores.referrals.closed_early(deps.now(), PAGE, after or None)
        return page.items, f"{_EARNED} {page.more}" if page.more else ""
    page = deps.stores.referrals.still_open(PAGE, after or None)
    return page.items, f"{_OPEN} {page.more}" if page.more else _EARNED


def _poll_safely(referral_id: str, run: _Run, deps: ApplyEventDeps) -> None:
    run.referrals += 1
    try:
        referral = deps.stores.referrals.get(referral_id)
        if referral is not None and (referral.open or referral.earned()):
            _poll(referral, run, deps)
    except Exception as error:  # the error of one is reported, and the rest is done
        run.failed.append((referral_id, error))


def _poll(referral: Referral, run: _Run, deps: ApplyEventDeps) -> None:
    stored = {fact.fact: fact for fact in deps.stores.facts.list_by_referral(referral.referral)}
    latest: Referral | None = referral
    for ref in _deals(referral):
        connection = _connection(ref.connection, run, deps)
        if connection is None or referral.program not in connection.programs:
            continue
        if ref.connection in run.silent:
            continue
        run.asked += 1
        try:
            there = deps.lookup_for(connection).look_up(ref)
        except (Unavailable, NotReady):
            run.silent[ref.connection] = None
            continue
        if there is not None:
            for event in _newer_values(there, connection, referral.referral, stored):
                latest = latest or deps.stores.referrals.get(referral.referral)
                if latest is None:
                    raise MissingRecord("referral", referral.referral)
                record_event(latest, event, connection, deps)
                latest = None  # the value has changed it: to be read again
                run.recorded += 1


def _deals(referral: Referral) -> Iterator[ObjectRef]:
    """Yield the deals that the referral's keys name, such as deal:crm/deal/77."""
    for key in referral.keys:
        parts = key.removeprefix(_DEAL).split("/", 2)
        if key.startswith(_DEAL) and len(parts) == 3 and parts[1] == "deal":
            yield ObjectRef(parts[0], "deal", parts[2])


def _connection(name: str, run: _Run, deps: ApplyEventDeps) -> Connection | None:
    if name not in run.connections:
        run.connections[name] = deps.stores.connections.latest(name)
    return run.connections[name]


def _newer_values(
    there: CrmObject, connection: Connection, referral: str, stored: dict[str, Fact]
) -> Iterator[CrmEvent]:
    """Yield each mapped property that is newer in the CRM than here, or missing here."""
    for name in connection.properties:
        kind, _, property_ = name.partition(".")
        value = there.properties.get(property_)
        if kind != there.object.kind or value is None:  # an emptied one changes no fact so far
            continue
        event = CrmEvent(there.object, property_, value, there.changed_at)
        fact = connection.interpret(referral, event)
        known = None if fact is None else stored.get(fact.fact)
        if fact is not None and (known is None or known.version < fact.version):
            yield event
