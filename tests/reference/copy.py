"""Fold the history of the CRM into the state of its objects at any time (section 1).

A `Copy` is the CRM as it truly was at one time. Merges are followed on read, values of mapped
properties are raw until a connection's mapping is applied, and each value carries the evidence of
its time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.reference.history import (
    COMPANY,
    DEAL,
    DISTANT,
    EMAIL,
    LOST,
    PEOPLE,
    PHONE,
    REFERRAL_ID,
    STAGES,
    Associated,
    Change,
    Connection,
    Created,
    Deleted,
    Dissociated,
    Fact,
    Merged,
    Money,
    ObjectId,
    Read,
    Referral,
    Restored,
)

NO_MINOR_UNITS = {"JPY", "KRW", "CLP", "VND"}
COUNTRY_CODE = "1"  # of phone numbers without one


@dataclass(frozen=True)
class Evidence:
    """When something began: after `after` and at the latest at `by`; dated if they are equal."""

    after: datetime
    by: datetime

    @property
    def dated(self) -> bool:
        """Say whether the time is known."""
        return self.after == self.by


@dataclass(frozen=True)
class Entry:
    """A property has had this value since then, until the next entry."""

    value: str | None
    since: Evidence


def canonical_addresses(text: str | None) -> frozenset[str]:
    """Return the addresses in a field in canonical form."""
    found = set()
    for part in re.split(r"[,;]", text or ""):
        address = unicodedata.normalize("NFC", part)
        if "<" in address:
            address = address[address.index("<") + 1 :].split(">")[0]
        address = re.sub(r"[\s\u00a0\u200b-\u200d\ufeff]", "", address).lower()
        address = address.removeprefix("mailto:").rstrip(".")
        if address.count("@") != 1:
            continue
        local, domain = address.split("@")
        found.add(f"{local}@{domain.encode('idna').decode()}")
    return frozenset(found)


def domains(addresses: Iterable[str]) -> frozenset[str]:
    """Return the mail domains of addresses."""
    return frozenset(each.split("@")[1] for each in addresses)


def canonical_phone(text: str | None) -> str | None:
    """Return a phone number with its country code, as digits."""
    digits = re.sub(r"\D", "", text or "")
    if not digits:
        return None
    return digits if (text or "").strip().startswith("+") else COUNTRY_CODE + digits


def money(text: str | None, currency: str | None) -> Money | None:
    """Read a raw value such as `8000` or `120.00 USD`; None is *not known*.

    A value in another notation is not known either. The reference guesses at nothing.
    """
    matched = re.fullmatch(r"(\d+)(?:\.(\d{1,2})0*)?(?: ([A-Z]{3}))?", (text or "").strip())
    unit = (matched and matched[3]) or currency
    if matched is None or unit is None:
        return None
    if unit in NO_MINOR_UNITS:
        return Money(int(matched[1]), unit)
    return Money(int(matched[1]) * 100 + int((matched[2] or "").ljust(2, "0")), unit)


class Copy:
    """The state of all CRM objects at one time."""

    def __init__(self, facts: Sequence[Fact], now: datetime) -> None:
        self._all = facts
        self.now = now
        self._facts = [fact for fact in facts if fact.at <= now]
        self._into: dict[ObjectId, ObjectId] = {}
        self._edges: dict[ObjectId, dict[ObjectId, datetime]] = {}
        self._deleted: dict[ObjectId, datetime] = {}
        self._restored: dict[ObjectId, datetime] = {}
        self._created: dict[ObjectId, datetime] = {}
        self._values: dict[tuple[ObjectId, str], list[Change | Read]] = {}
        for fact in self._facts:
            if isinstance(fact, Merged):
                self._into[fact.gone] = fact.into
        for fact in self._facts:
            self._fold(fact)

    def _fold(self, fact: Fact) -> None:
        match fact:
            case Created():
                self._created.setdefault(fact.object, fact.at)
            case Change() | Read():
                self._values.setdefault((fact.object, fact.property), []).append(fact)
            case Associated():
                one, other = self.survivor(fact.one), self.survivor(fact.other)
                for a, b in ((one, other), (other, one)):
                    ends = self._edges.setdefault(a, {})
                    ends.pop(b, None)  # the newest association comes last
                    ends[b] = fact.at
            case Dissociated():
                one, other = self.survivor(fact.one), self.survivor(fact.other)
                self._edges.get(one, {}).pop(other, None)
                self._edges.get(other, {}).pop(one, None)
            case Deleted():
                self._deleted[fact.object] = fact.at
            case Restored():
                if self._deleted.pop(fact.object, None):
                    self._restored[fact.object] = fact.at
            case Merged():
                pass

    def at(self, time: datetime) -> Copy:
        """Return the state at an earlier time."""
        return Copy(self._all, min(time, self.now))

    # --- objects and associations ---

    def survivor(self, object_: ObjectId) -> ObjectId:
        """Follow merges to the object that is left."""
        while object_ in self._into:
            object_ = self._into[object_]
        return object_

    def family(self, object_: ObjectId) -> list[ObjectId]:
        """Return the survivor and all that was merged into it."""
        survivor = self.survivor(object_)
        return [survivor, *(each for each in self._into if self.survivor(each) == survivor)]

    def objects(self, *kinds: str) -> list[ObjectId]:
        """Return all objects of some kinds, without those that were merged away."""
        known: dict[ObjectId, None] = {}
        for source in (self._created, self._edges, dict.fromkeys(key[0] for key in self._values)):
            known.update(dict.fromkeys(source))
        return sorted(each for each in known if each.kind in kinds and each not in self._into)

    def deleted_since(self, object_: ObjectId) -> datetime | None:
        """Say since when an object is deleted."""
        return self._deleted.get(self.survivor(object_))

    def restored_at(self, object_: ObjectId) -> datetime | None:
        """Say when an object was last restored."""
        return self._restored.get(self.survivor(object_))

    def created_at(self, object_: ObjectId) -> datetime | None:
        """Return an object's own creation time; of merged ones the survivor's, else the first."""
        family = self.family(object_)
        times = [self._created[each] for each in family if each in self._created]
        return self._created.get(family[0]) or min(times, default=None)

    def associated(self, object_: ObjectId, *kinds: str) -> list[ObjectId]:
        """Return what is associated now, the newest last; a deleted object is not."""
        ends = self._edges.get(self.survivor(object_), {})
        return [each for each in ends if each.kind in kinds and not self.deleted_since(each)]

    def people(self, deal: ObjectId) -> list[ObjectId]:
        """Return the contacts of a deal and the leads that were converted into it."""
        return self.associated(deal, *PEOPLE)

    def deals(self, person: ObjectId) -> list[ObjectId]:
        """Return the deals of a contact or lead, deleted ones too."""
        ends = self._edges.get(self.survivor(person), {})
        return [each for each in ends if each.kind == DEAL]

    def company(self, object_: ObjectId) -> ObjectId | None:
        """Return the primary company: the one that was associated last."""
        companies = self.associated(object_, COMPANY)
        return companies[-1] if companies else None

    # --- values ---

    def timeline(self, object_: ObjectId, property_: str) -> list[Entry]:
        """Return the values of a property, each with the evidence of its beginning.

        Merged objects: the survivor's own history where it has one, else that of the first that
        was merged into it (section 1: a merge is a pointer).
        """
        for member in self.family(object_):
            items = self._values.get((member, property_))
            if items:
                return self._fold_values(object_, items)
        return []

    def _fold_values(self, object_: ObjectId, items: Sequence[Change | Read]) -> list[Entry]:
        created = self.created_at(object_) or DISTANT
        entries: list[Entry] = []
        last_seen = created  # the last time at which the present value was certainly there
        for item in sorted(items, key=_ordered):
            value = item.value or None
            if isinstance(item, Change):
                since = Evidence(item.at, item.by or item.at)
            else:
                by = min(item.at, item.updated_at or item.at)
                since = Evidence(min(max(last_seen, created), by), by)
            if not entries and value is None:
                pass  # no value before any value is no change
            elif entries and entries[-1].value == value:
                pass  # equal neighbors are joined
            else:
                entries.append(Entry(value, since))
            last_seen = max(last_seen, item.at)
        return entries

    def value(self, object_: ObjectId, property_: str) -> str | None:
        """Return the present raw value."""
        entries = self.timeline(object_, property_)
        return entries[-1].value if entries else None

    def mapped(self, object_: ObjectId, attribute: str, connection: Connection) -> list[Entry]:
        """Return the values of an attribute, read by the connection's mapping.

        A value that the mapping does not know changes nothing; *no value* is a change.
        """
        for (kind, property_), mapped in connection.maps.items():
            if (kind, mapped.attribute) != (object_.kind, attribute):
                continue
            entries: list[Entry] = []
            for entry in self.timeline(object_, property_):
                value = entry.value
                if value is not None and mapped.values is not None:
                    value = mapped.values.get(value)
                    if value is None:
                        continue
                if attribute == "stage" and value not in {None, LOST, *STAGES}:
                    continue
                if not entries or entries[-1].value != value:
                    entries.append(Entry(value, entry.since))
            if entries:
                return entries
        return []

    # --- what identifies a person ---

    def addresses_ever(self, person: ObjectId) -> frozenset[str]:
        """Return all addresses that a person has or had; former ones still identify them."""
        found: set[str] = set()
        for member in self.family(person):
            for item in self._values.get((member, EMAIL), []):
                found |= canonical_addresses(item.value)
        return frozenset(found)

    def people_of(self, referral: Referral, system: str) -> list[ObjectId]:
        """Return the contacts and leads of a system that are the prospect of a referral.

        By address, former address, or our referral id on them. A contact stays known when its
        address changes, because a former address identifies it (section 2, person).
        """
        wanted = canonical_addresses(referral.email)
        return [
            each
            for each in self.objects(*PEOPLE)
            if each.system == system
            and (wanted & self.addresses_ever(each) or referral.id in self.referral_ids(each))
        ]

    def addresses(self, person: ObjectId) -> frozenset[str]:
        """Return the present addresses of a person."""
        return canonical_addresses(self.value(person, EMAIL))

    def phones(self, person: ObjectId) -> frozenset[str]:
        """Return the present phone numbers of a person."""
        phone = canonical_phone(self.value(person, PHONE))
        return frozenset({phone} if phone else ())

    def referral_ids(self, object_: ObjectId) -> frozenset[str]:
        """Return the referral ids that an object carries, those of merged objects too."""
        found: set[str] = set()
        for member in self.family(object_):
            items = sorted(self._values.get((member, REFERRAL_ID), []), key=_ordered)
            value = items[-1].value if items else None
            found |= {each.strip() for each in re.split(r"[,;]", value or "") if each.strip()}
        return frozenset(found)


def _ordered(item: Change | Read) -> datetime:
    """Order the items of one property; of equal times the later in true order counts."""
    if isinstance(item, Read) and item.updated_at:
        return min(item.at, item.updated_at)
    return item.at
