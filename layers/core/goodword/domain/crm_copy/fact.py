"""CRM data: events, the facts that they produce, and the stage that all facts together mean.

A fact is one property of one object at one connection. Events come late, twice and out of order, so
a fact is merged, never overwritten: the newest version gives the value, and the earliest time of
each value is kept. Merging is commutative and idempotent; that is why arrival order does not
matter.
"""

from __future__ import annotations

import builtins
from datetime import datetime
from typing import Final, Literal, cast

from goodword.domain.record import dataclass

MOST_DELIVERIES: Final = 100
# Of how many values the earliest time is kept, and how long these may be: notes that change all day
# are none.
MOST_VALUES: Final = 50
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
class Fact:
    """What is known of one property of one object, for one referral.

    attribute: what the property means here (stage, segment, …), value: the mapped value, raw: as
    the CRM sent it, version: the CRM's time of that value, mapping: the version of the connection's
    mapping. first: the earliest time of each mapped value. A CRM that sends whole objects repeats
    all values with each change, and an old value must keep its first time. deliveries: the webhook
    requests with new data, so that an erasure finds their bodies.
    """

    referral: str
    object: ObjectRef
    property: str
    attribute: str
    value: str
    raw: str
    version: datetime
    mapping: int
    first: dict[str, datetime]
    revision: int = 1
    deliveries: tuple[str, ...] = ()

    @builtins.property  # a field of this class is named property, as CRMs do
    def fact(self) -> str:
        """Name the fact within its referral."""
        return f"{self.object}/{self.property}"

    def stands_since(self) -> datetime:
        """Return the time since which the fact has this value.

        It is the first time of the value, unless another value came after it.
        """
        began = self.first.get(self.value, self.version)
        return began if all(at <= began for at in self.first.values()) else self.version


def merge(stored: Fact | None, received: Fact) -> Fact:
    """Merge a received fact into the stored one; the order of the two makes no difference.

    The newer version gives the value. Of two values of one version the larger text wins: any rule
    is correct that does not depend on the order of arrival.
    """
    if stored is None:
        return received
    newer, older = (received, stored) if _rank(received) > _rank(stored) else (stored, received)
    first = dict(older.first)
    for value, at in newer.first.items():
        first[value] = min(first.get(value, at), at)
    # The earliest values stay, in any order of arrival: a value that is among the earliest at the
    # end was among them all the time.
    first = dict(sorted(first.items(), key=lambda each: (each[1], each[0]))[:MOST_VALUES])
    return Fact(
        stored.referral,
        stored.object,
        stored.property,
        newer.attribute,
        newer.value,
        newer.raw,
        newer.version,
        newer.mapping,
        first,
        stored.revision,
        # A property that changes all day must not make its item grow without end.
        tuple(sorted({*stored.deliveries, *received.deliveries})[-MOST_DELIVERIES:]),
    )


def _rank(fact: Fact) -> tuple[datetime, str, str, int, str]:
    return fact.version, fact.value, fact.raw, fact.mapping, fact.attribute
