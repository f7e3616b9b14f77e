"""Sums of an account: pending, on its balance, and applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from goodword.domain.credits.credit import Credit
from goodword.domain.money import Money
from goodword.domain.record import dataclass

_ON_ITS_WAY: Final = ("pending", "held", "sending")


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of an account: pending, posted and not applied, applied; one amount per currency."""

    pending: tuple[Money, ...]
    posted: tuple[Money, ...]
    applied: tuple[Money, ...]


def sums_of(counts: Mapping[str, int], credits: Iterable[Credit]) -> Sums:
    """Sum up an account from its counts and the applied part of its credits.

    counts: status#currency to minor units.
    """
    pending: dict[str, int] = {}
    posted: dict[str, int] = {}
    applied: dict[str, int] = {}
    for bucket, minor in counts.items():
        status, _, currency = bucket.partition("#")
        if status in _ON_ITS_WAY:
            pending[currency] = pending.get(currency, 0) + minor
        elif status == "posted":
            posted[currency] = posted.get(currency, 0) + minor
    for credit in credits:
        if credit.kind == "credit" and credit.status == "posted":
            currency = credit.amount.currency
            applied[currency] = applied.get(currency, 0) + credit.applied.minor
            posted[currency] = posted.get(currency, 0) - credit.applied.minor
    return Sums(*(_amounts(each) for each in (pending, posted, applied)))


def _amounts(minor: Mapping[str, int]) -> tuple[Money, ...]:
    return tuple(Money(each, currency) for currency, each in sorted(minor.items()) if each)
