"""Limit how often one source may use an open address in a day, or one person their own."""

from __future__ import annotations

import hmac
from datetime import timedelta

from goodword.domain.errors import RateLimited
from goodword.domain.links.visit import source_of
from goodword.ports.services import Clock
from goodword.ports.stores import Stores

# An office behind one address signs up a few colleagues; nobody signs up two hundred a day.
A_DAY = 200


def limit_requests(
    address: str, what: str, *, address_key: str, stores: Stores, now: Clock, most: int = A_DAY
) -> None:
    """Count one visit of this address under a keyed hash of the day.

    Raise RateLimited beyond the most.
    """
    source = f"{what}#{source_of(address, f'{now():%Y-%m-%d}', address_key)}"
    _count(source, stores=stores, now=now, most=most)


def limit_person(
    person: str, what: str, *, address_key: str, stores: Stores, now: Clock, most: int = A_DAY
) -> None:
    """Count one visit of whoever is signed in, by their whole id; raise RateLimited beyond the most.

    An id is no address, though it may look like one: ids with colons would count by their
    beginning.
    """
    mark = hmac.digest(address_key.encode(), f"{now():%Y-%m-%d} person {person}".encode(), "sha256")
    _count(f"{what}#{mark[:9].hex()}", stores=stores, now=now, most=most)


def _count(source: str, *, stores: Stores, now: Clock, most: int) -> None:
    if stores.visits.count(source, now() + timedelta(days=2)) > most:
        raise RateLimited(
            "this address was used too often today", where="address", remedy="Try again tomorrow."
        )
