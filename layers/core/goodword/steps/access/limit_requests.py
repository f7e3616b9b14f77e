"""Limit how often one source may call an open endpoint in a day, or one person their own."""

from __future__ import annotations

import hmac
from datetime import timedelta

from goodword.domain.errors import RateLimited
from goodword.domain.links.visit import source_of
from goodword.ports.services import Clock
from goodword.ports.stores import Stores

# An office behind one address signs up a few colleagues, and far fewer than this in a day.
A_DAY = 200


def limit_requests(
    address: str, what: str, *, address_key: str, stores: Stores, now: Clock, most: int = A_DAY
) -> None:
    """Count one request of this address under a keyed hash of the day.

    Raises RateLimited over the limit.
    """
    source = f"{what}#{source_of(address, f'{now():%Y-%m-%d}', address_key)}"
    _count(source, stores=stores, now=now, most=most)


def limit_person(
    person: str, what: str, *, address_key: str, stores: Stores, now: Clock, most: int = A_DAY
) -> None:
    """Count one request of a signed-in person, by their id; raise RateLimited over limit.

    An id is counted in full, also if it looks like an address: the network part of an id with
    colons would combine several people.
    """
    mark = hmac.digest(address_key.encode(), f"{now():%Y-%m-%d} person {person}".encode(), "sha256")
    _count(f"{what}#{mark[:9].hex()}", stores=stores, now=now, most=most)


def _count(source: str, *, stores: Stores, now: Clock, most: int) -> None:
    if stores.visits.count(source, now() + timedelta(days=2)) > most:
        raise RateLimited(
            "too many requests from this source or person today",
            where="address",
            remedy="Try again tomorrow.",
        )
