"""Manage the staff: add a person, change their role, remove them, list all."""

from __future__ import annotations

from dataclasses import replace

from goodword.domain.access.staff import Role, Staff, person_of
from goodword.domain.errors import NotFound
from goodword.ports.services import Clock
from goodword.ports.stores import Page, Stores
from goodword.ports.writes import Insert, Update
from goodword.steps.repeat import repeat

PAGE = 100


def add_staff(
    email: str, role: Role, *, by: str, identity_key: str, stores: Stores, now: Clock
) -> tuple[Staff, bool]:
    """Add a person with this role, or change their role; return them and whether they are new.

    by: the key that asks. A repeat changes nothing.
    """
    person = person_of(identity_key, email)

    def attempt() -> tuple[Staff, bool]:
        stored = stores.staff.get(person)
        if stored is None:
            made = Staff(person, email, role, now(), by)
            stores.commit([Insert(made)])
            return made, True
        if stored.role == role and not stored.revoked:
            return stored, False
        changed = replace(
            stored, role=role, added_by=by, revoked=False, revision=stored.revision + 1
        )
        stores.commit([Update(changed)])
        return changed, stored.revoked

    return repeat(attempt)


def remove_staff(email: str, *, by: str, identity_key: str, stores: Stores) -> Staff:
    """Remove a person, from their next request on; raise NotFound if they never were staff.

    The row stays, so that their decisions still name them.
    """
    person = person_of(identity_key, email)

    def attempt() -> Staff:
        stored = stores.staff.get(person)
        if stored is None:
            raise NotFound(
                "no member of the staff has this address",
                where="email",
                remedy="List the staff: `goodword staff list`.",
            )
        if stored.revoked:
            return stored
        gone = replace(stored, revoked=True, added_by=by, revision=stored.revision + 1)
        stores.commit([Update(gone)])
        return gone

    return repeat(attempt)


def list_staff(after: str | None, *, stores: Stores) -> Page[Staff]:
    """Return all present and former staff, the newest first."""
    return stores.staff.list_newest(PAGE, after)
