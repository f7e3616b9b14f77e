"""CRM data: events, and the facts that they produce.

A fact is one property of one object at one connection, with its dated history. Events come late,
twice and out of order, so a fact is merged, never overwritten: every change is kept, and what the
history says is read from all of them. Merging is commutative and idempotent; that is why arrival
order does not matter.
"""

from __future__ import annotations

import builtins
from datetime import datetime
from typing import Final, Literal, cast

from goodword.domain.record import dataclass

MOST_DELIVERIES: Final = 100
# How many changes of a property are kept. A property that has more is no evidence of a sale.
MOST_CHANGES: Final = 1000
LONGEST_VALUE: Final = 100
ObjectKind = Literal["contact", "company", "deal", "referral"]
# What Goodword itself says of an object, beside the CRM's own properties; no CRM's names start so.
CREATED, DELETED, MERGED_INTO, ASSOCIATION = "_created", "_deleted", "_merged_into", "_association"


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """One object at one CRM connection, such as deal 77 at connection "hubspot"."""

    connection: str
    kind: ObjectKind
    id: str

    def __str__(self) -> str:
        return f"{self.connection}/{self.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class CrmEvent:
    """One change of one property, as a CRM reported it.

    version: the CRM's own time of the change (UTC); newer wins. referral: our id, where the CRM
    carries it. emails: addresses that the event itself carries. own: caused by our own write, to be
    dropped. deal and company: objects that the event says this object belongs to.
    """

    object: ObjectRef
    property: str
    value: str | None
    version: datetime
    referral: str | None = None
    emails: tuple[str, ...] = ()
    deal: ObjectRef | None = None
    company: ObjectRef | None = None
    own: bool = False

    @builtins.property
    def tied_to(self) -> ObjectRef | None:
        """Return the object that this one is associated with or merged into, if there is one."""
        what, _, other = self.property.partition(":")
        if what == MERGED_INTO and self.value:
            return ObjectRef(self.object.connection, self.object.kind, self.value)
        kind, _, name = other.partition(":")
        if what == ASSOCIATION and self.value:
            return ObjectRef(self.object.connection, cast(ObjectKind, kind), name)
        return None


@dataclass(frozen=True, slots=True)
class CrmObject:
    """One object as the CRM holds it now, for what an event does not carry.

    properties: name to value, None for one that is empty. emails: of this contact, or of the
    deal's or company's contacts. referral: our id on the object. changed_at: when the CRM last
    changed it (UTC).
    """

    object: ObjectRef
    properties: dict[str, str | None]
    changed_at: datetime
    emails: tuple[str, ...] = ()
    referral: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """From which time a property had which value, as the connection maps it.

    value: empty where the property was emptied.
    """

    at: datetime
    value: str


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of one property of one object, for one referral: its dated history.

    attribute: what the property means here (stage, segment, …). value, raw, version: the newest
    value, mapped and as the CRM sent it, and the CRM's time of it; empty where the property is
    empty. changes: every change, in the order of time. mapping: the version of the connection's
    mapping. deliveries: the webhook requests with new data, so that an erasure finds their bodies.
    """

    referral: str
    object: ObjectRef
    property: str
    attribute: str
    value: str
    raw: str
    version: datetime
    mapping: int
    changes: tuple[Change, ...]
    revision: int = 1
    deliveries: tuple[str, ...] = ()

    @builtins.property  # a field of this class is named property, as CRMs do
    def fact(self) -> str:
        """Name the fact within its referral."""
        return f"{self.object}/{self.property}"

    def runs(self) -> tuple[Change, ...]:
        """Return from when each value lasted, until the next.

        A CRM that sends whole objects repeats all values with each change. Equal neighbors are one
        run, which begins with the first of them.
        """
        joined: list[Change] = []
        for change in self.changes:
            if not joined or joined[-1].value != change.value:
                joined.append(change)
        return tuple(joined)

    def since(self) -> datetime:
        """Return since when the fact has its value."""
        return self.runs()[-1].at if self.changes else self.version


def merge(stored: Fact | None, received: Fact) -> Fact:
    """Merge a received fact into the stored one; the order of the two makes no difference.

    The newer version gives the value. Of two values of one version the larger text wins: any rule
    is correct that does not depend on the order of arrival.
    """
    if stored is None:
        return received
    newer = received if _rank(received) > _rank(stored) else stored
    # The earliest changes stay, in any order of arrival: a change that is among the earliest at the
    # end was among them all the time.
    both = {*stored.changes, *received.changes}
    changes = tuple(sorted(both, key=lambda each: (each.at, each.value))[:MOST_CHANGES])
    return Fact(
        stored.referral,
        stored.object,
        stored.property,
        newer.attribute,
        newer.value,
        newer.raw,
        newer.version,
        newer.mapping,
        changes,
        stored.revision,
        # A property that changes all day must not make its item grow without end.
        tuple(sorted({*stored.deliveries, *received.deliveries})[-MOST_DELIVERIES:]),
    )


def _rank(fact: Fact) -> tuple[datetime, str, str, int, str]:
    return fact.version, fact.value, fact.raw, fact.mapping, fact.attribute
