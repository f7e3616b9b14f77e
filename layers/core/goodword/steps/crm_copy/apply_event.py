"""Apply the events of one delivery: find their referrals, record the facts, qualify."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

from goodword.domain.contact import address_key
from goodword.domain.crm_copy.connection import Connection
from goodword.domain.crm_copy.delivery import REFUND_ASKED, Delivery, Unmatched
from goodword.domain.crm_copy.fact import CrmEvent, CrmObject, Fact, ObjectRef
from goodword.domain.crm_copy.hint import email_hint, object_hint, referral_hint
from goodword.domain.errors import Failed, Unreadable
from goodword.domain.identity import payee_identity, person_identity
from goodword.domain.reason import Argument, Reason
from goodword.domain.record import dataclass
from goodword.domain.referrals.referral import Referral
from goodword.ports.services import Clock, Crm, CrmLookup, Enqueue
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Remove
from goodword.steps.credits.handle_credit_message import account_work, refund_work
from goodword.steps.referrals.evaluate_referral import evaluate_referral
from goodword.steps.referrals.evaluation import QualifyDeps

STRIPE = "stripe"  # the kind of connection whose events also say whose balance moved


@dataclass(frozen=True)
class ApplyEventDeps:
    """What applying events needs beside what qualifying does.

    accounts_of: the Stripe customers whose balance a body of Stripe's may concern. is_question:
    whether it reports a refund without all that decides about it. ask: how such a body is enqueued;
    it raises Unavailable, since nothing would look for a lost message.
    """

    qualifying: QualifyDeps
    crm_for: Callable[[Connection], Crm]
    lookup_for: Callable[[Connection], CrmLookup]
    identity_key: str
    accounts_of: Callable[[bytes], tuple[str, ...]] = lambda _: ()
    is_question: Callable[[bytes], bool] = lambda _: False
    ask: Enqueue = lambda _: None

    @property
    def stores(self) -> Stores:
        """Return the stores."""
        return self.qualifying.stores

    @property
    def now(self) -> Clock:
        """Return the clock."""
        return self.qualifying.now


def apply_delivery(delivery_id: str, *, deps: ApplyEventDeps) -> Reason | None:
    """Apply a stored delivery once and return the outcome; None where there was nothing to do.

    Raises Unavailable where the CRM must be asked and does not answer; the delivery is then applied
    again as a whole, which changes nothing that was done before.
    """
    delivery = deps.stores.inbox.get(delivery_id)
    if delivery is None or delivery.status == "applied":
        return None
    connection = deps.stores.connections.latest(delivery.connection)
    concerned: set[str] = set()
    gone = Reason("connection_missing")
    outcome = gone if connection is None else _apply(delivery, connection, concerned, deps)
    deps.stores.inbox.applied(delivery, outcome)
    # Looked at last, so that an erasure and this delivery cannot pass each other unseen.
    if any(_is_erased(referral, deps) for referral in sorted(concerned)):
        deps.stores.inbox.forget(delivery_id)
    return outcome


def _is_erased(referral: str, deps: ApplyEventDeps) -> bool:
    stored = deps.stores.referrals.get(referral)
    return stored is not None and stored.erased_at is not None


def _apply(
    delivery: Delivery, connection: Connection, concerned: set[str], deps: ApplyEventDeps
) -> Reason:
    """Apply the events of a delivery, add the referrals that they concern.

    Return the outcome.
    """
    try:
        result = deps.crm_for(connection).read(delivery.body.encode(), connection.connection)
    except Unreadable as error:
        return Reason("body_unreadable", {"path": error.where})
    deps = _asking_once(deps)
    events = [each for each in result if not isinstance(each, Unreadable)]
    unread = [each for each in result if isinstance(each, Unreadable)]
    if (
        connection.kind == STRIPE
        and connection.properties
        and deps.is_question(delivery.body.encode())
    ):
        deps.ask(refund_work(delivery.delivery))
        _enqueue_accounts(delivery.body.encode(), deps)
        return REFUND_ASKED
    known = [event for event in events if not event.own and _means_something(event, connection)]
    matched = 0
    for position, event in enumerate(known):
        found = apply_one(f"{delivery.delivery}#{position}", event, connection, deps)
        matched += len(found)
        concerned.update(found)
    for event in events:
        if not event.own and event.tied_to is not None:
            concerned.update(_record_tied(event, event.tied_to, connection, deps))
    if connection.kind == STRIPE:
        _enqueue_accounts(delivery.body.encode(), deps)
    came: dict[str, Argument] = {"events": len(events), "facts": len(known), "matched": matched}
    places = [each.where for each in unread] + _unreadable(events, connection)
    if places:  # where it stands, and never what
        came |= {"unreadable": len(places), "path": places[0]}
    return Reason("events_applied", came)


def _unreadable(events: Iterable[CrmEvent], connection: Connection) -> list[str]:
    """Name the mapped properties whose values no mapping can read, once for each value."""
    found = (connection.unread(event) for event in events if not event.own)
    return [each.place for each in found if each is not None and each.is_unreadable]


class _AskedOnce:
    """A CRM that is asked once for an object.

    A bulk edit tells several properties of each of many deals.
    """

    def __init__(self, crm: CrmLookup) -> None:
        self._crm = crm
        self._held: dict[ObjectRef, CrmObject | None] = {}

    def look_up(self, ref: ObjectRef) -> CrmObject | None:
        """Return the object as the CRM held it when it was asked first."""
        if ref not in self._held:
            self._held[ref] = self._crm.look_up(ref)
        return self._held[ref]


def _asking_once(deps: ApplyEventDeps) -> ApplyEventDeps:
    """Return the services for one delivery, in which each CRM keeps what it said.

    No longer, for it changes.
    """
    asked: dict[str, CrmLookup] = {}

    def lookup_for(connection: Connection) -> CrmLookup:
        name = connection.connection
        if name not in asked:
            asked[name] = _AskedOnce(deps.lookup_for(connection))
        return asked[name]

    return replace(deps, lookup_for=lookup_for)


def _enqueue_accounts(body: bytes, deps: ApplyEventDeps) -> None:
    """Enqueue each account of ours whose balance moved.

    Should a call be lost, the audit does.
    """
    for account in deps.accounts_of(body):
        if deps.stores.accounts.get(account) is not None:
            deps.qualifying.enqueue(account_work(account))


def _means_something(event: CrmEvent, connection: Connection) -> bool:
    return connection.interpret("", event) is not None


def apply_one(
    name: str, event: CrmEvent, connection: Connection, deps: ApplyEventDeps
) -> tuple[str, ...]:
    """Apply one event to every referral that it concerns and return them; keep it where none is.

    name: the delivery's, and the event's place in it.
    """
    referrals, emails = find_referrals(event, connection, deps)
    rows: list[Unmatched] = []
    if not referrals:
        rows = _keep(name, event, emails, connection, deps)
        # A referral may have appeared between the look and the keeping, and found nothing waiting
        # yet.
        named = replace(event, emails=emails)
        referrals = _named(named, connection, deps)
    for referral in referrals:
        record_event(referral, event, connection, deps, _delivery_of(name))
    if rows and referrals:  # after it is recorded: a failure here must leave it waiting
        deps.stores.commit([Remove(row) for row in rows])
    return tuple(each.referral for each in referrals)


def _record_tied(
    event: CrmEvent, other: ObjectRef, connection: Connection, deps: ApplyEventDeps
) -> tuple[str, ...]:
    """Record the waiting events of two objects that are associated now; return their referrals.

    A deal is often created before its contact is associated. It led to no referral until now, and
    it may not change again. The CRM is not asked if no event waits.
    """
    refs = (event.object, other)
    hints = [hint for ref in refs if deps.stores.unmatched.list_by_hint(hint := object_hint(ref))]
    if not hints:
        return ()
    found = {
        each.referral: each
        for ref in refs
        for each in find_referrals(replace(event, object=ref), connection, deps)[0]
    }
    for referral in sorted(found.values(), key=lambda each: each.created_at):
        for hint in hints:
            record_waiting(referral.referral, referral.program, hint, deps)
    return tuple(found)


def _delivery_of(name: str) -> str:
    return name.rpartition("#")[0]


def record_event(
    stored: Referral,
    event: CrmEvent,
    connection: Connection,
    deps: ApplyEventDeps,
    delivery: str = "",
    under_way: frozenset[str] = frozenset(),
) -> None:
    """Record the event's fact under the referral and qualify it; drop it if the person was erased.

    stored: the referral as just read. delivery: the webhook request that brought the event, if one
    did. under_way: the hints whose waiting events are being recorded already, which may include
    this event.
    """
    referral = stored.referral
    fact = connection.interpret(referral, event)
    if fact is None or stored.erased_at is not None:
        return
    recorded = deps.stores.facts.list_by_referral(referral)
    fact = _settle_tie(fact, recorded, event, connection, deps)
    fact = replace(fact, deliveries=(delivery,) if delivery else ())
    named = (event.object, event.deal, event.company)
    objects = list(dict.fromkeys(ref for ref in named if ref is not None))
    keys = tuple(f"{ref.kind}:{ref}" for ref in objects if ref.kind in ("deal", "company"))
    fresh = [ref for ref in objects if f"{ref.kind}:{ref}" not in stored.keys]
    evaluate_referral(
        referral, facts=(fact,), keys=keys, known=(stored, recorded), deps=deps.qualifying
    )
    for ref in fresh:  # the object is known now: what was waiting under its name belongs here too
        if object_hint(ref) not in under_way:
            record_waiting(referral, stored.program, object_hint(ref), deps, under_way)


def record_waiting(
    referral: str,
    program: str,
    hint: str,
    deps: ApplyEventDeps,
    under_way: frozenset[str] = frozenset(),
) -> int:
    """Record the events that waited under a hint for a referral of this program, oldest first.

    Returns how many there were. under_way: as in record_event.
    """
    waiting = deps.stores.unmatched.list_by_hint(hint)
    for event in sorted(waiting, key=lambda each: (each.change.version, each.event)):
        connection = deps.stores.connections.latest(event.connection)
        stored = deps.stores.referrals.get(
            referral
        )  # again each time: the event before has changed it
        if stored is not None and connection is not None and program in connection.programs:
            record_event(
                stored,
                event.change,
                connection,
                deps,
                _delivery_of(event.event),
                under_way | {hint},
            )
            # Under its other hints it goes on waiting: it may concern a second referral, which
            # comes later.
            deps.stores.commit([Remove(event)])
    return len(waiting)


def _settle_tie(
    fact: Fact,
    recorded: Iterable[Fact],
    event: CrmEvent,
    connection: Connection,
    deps: ApplyEventDeps,
) -> Fact:
    """Read a value again from the CRM where two events of one version contradict each other."""
    stored = next((each for each in recorded if each.fact == fact.fact), None)
    if stored is None or stored.version != fact.version or stored.raw == fact.raw:
        return fact
    now_there = deps.lookup_for(connection).look_up(event.object)
    if now_there is None or event.property not in now_there.properties:
        return fact
    later = max(now_there.changed_at, fact.version + timedelta(microseconds=1))
    read = replace(event, value=now_there.properties[event.property], version=later)
    return connection.interpret(fact.referral, read) or fact


def find_referrals(
    event: CrmEvent, connection: Connection, deps: ApplyEventDeps
) -> tuple[tuple[Referral, ...], tuple[str, ...]]:
    """Find the referrals of an event: by our id, by e-mail, by a lookup at the CRM.

    Returns them, the oldest first, and the e-mail addresses of the search.
    """
    emails = event.emails
    found = _named(event, connection, deps)
    if found:
        return found, emails
    known = _by_object(event, connection, deps)
    if known and event.object.kind != "deal":
        return known, emails
    there = deps.lookup_for(connection).look_up(event.object)
    if there is not None:
        emails = tuple(dict.fromkeys((*emails, *there.emails)))
        found = _by_id(_id_of(there, connection), connection, deps) or _by_email(
            emails, connection, deps
        )
    return found or known, emails


def _named(event: CrmEvent, connection: Connection, deps: ApplyEventDeps) -> tuple[Referral, ...]:
    """Find the referrals that the event itself names, by our id or else by e-mail."""
    return _by_id(event.referral, connection, deps) or _by_email(event.emails, connection, deps)


def _id_of(there: CrmObject, connection: Connection) -> str | None:
    return there.referral or there.properties.get(
        connection.referral_property or "goodword_referral"
    )


def _by_id(
    referral: str | None, connection: Connection, deps: ApplyEventDeps
) -> tuple[Referral, ...]:
    stored = deps.stores.referrals.get(referral) if referral else None
    if stored is None or stored.program not in connection.programs:
        return ()
    return (stored,)


def _by_email(
    emails: Iterable[str], connection: Connection, deps: ApplyEventDeps
) -> tuple[Referral, ...]:
    owners = []
    for program in connection.programs:
        for email in emails:
            name = person_identity(deps.identity_key, program, address_key(email))
            owner = deps.stores.identities.get(name)
            if owner is not None:
                owners.append(owner.owner)
    return _earliest_first(owners, deps)


def _by_object(
    event: CrmEvent, connection: Connection, deps: ApplyEventDeps
) -> tuple[Referral, ...]:
    """Find the referral that holds the deal or company, for an event without a person.

    The company of a deal or a contact is not searched: it may have deals with others.
    """
    owners = []
    for ref in (event.object, event.deal):
        for program in connection.programs:
            if ref is not None and ref.kind in ("deal", "company"):
                owner = deps.stores.identities.get(payee_identity(program, f"{ref.kind}:{ref}"))
                if owner is not None:
                    owners.append(owner.owner)
    return _earliest_first(owners, deps)


def _earliest_first(owners: list[str], deps: ApplyEventDeps) -> tuple[Referral, ...]:
    """Read them and order by when they were made, so that the first referral claims the deal."""
    stored = [deps.stores.referrals.get(owner) for owner in dict.fromkeys(owners)]
    return tuple(
        sorted((each for each in stored if each is not None), key=lambda each: each.created_at)
    )


def hints_for(event: CrmEvent, emails: Iterable[str], identity_key: str) -> tuple[str, ...]:
    """Name the rows under which an unmatched event waits: its people, its object, our id in it."""
    hints = [email_hint(identity_key, address_key(email)) for email in emails]
    hints.append(object_hint(event.object))
    if event.referral:
        hints.append(referral_hint(event.referral[:64]))
    return tuple(dict.fromkeys(hints))


def _keep(
    name: str, event: CrmEvent, emails: Iterable[str], connection: Connection, deps: ApplyEventDeps
) -> list[Unmatched]:
    """Store an event without a referral, under every hint that may find one later."""
    bare = replace(event, emails=())
    hints = hints_for(event, emails, deps.identity_key)
    rows = [Unmatched(hint, name, connection.connection, bare, deps.now(), hints) for hint in hints]
    for row in rows:
        with contextlib.suppress(Failed):  # kept already by an earlier try of the same delivery
            deps.stores.commit([Insert(row)])
    return rows
