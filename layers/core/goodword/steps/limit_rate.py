"""Limit how often one source may use an open address in a day."""

from __future__ import annotations

from datetime import timedelta

from goodword.domain.errors import TooMany
from goodword.domain.visit import source_of
from goodword.ports import Clock, Stores

# An office behind one address signs up a few colleagues; nobody signs up two hundred a day.
A_DAY = 200


def limit_rate(
    address: str, what: str, *, address_key: str, stores: Stores, now: Clock, most: int = A_DAY
) -> None:
    """Count one visit of this address under a keyed hash of the day; raise TooMany beyond the most."""
    at = now()
    source = f"{what}#{source_of(address, f'{at:%Y-%m-%d}', address_key)}"
    if stores.visits.count(source, at + timedelta(days=2)) > most:
        raise TooMany("this address was used too often today", where="address", remedy="Try again tomorrow.")
