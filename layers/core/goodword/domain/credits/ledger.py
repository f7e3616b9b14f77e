"""The ledger: every move of money between four places, as entries that are only ever added.

    program   where credits come from, and where what is canceled or reversed goes back to
    owed      earned and not posted
    stripe    on the account's balance

An entry has two legs of opposite sign, so the ledger sums to zero whatever happens.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from goodword.domain.credits.credit import Credit
from goodword.domain.record import dataclass

Place = Literal["program", "owed", "stripe"]
_PLACES: dict[str, Place] = {
    "pending": "owed",
    "held": "owed",
    "sending": "owed",
    "posted": "stripe",
    "over_limit": "program",
    "canceled": "program",
    "reversed": "program",
}


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One move of a credit's amount. entry: the credit's revision that made it, so it is there once.

    Where a credit gets its amount in another currency, two are of one revision; the second one
    names it.
    """

    credit: str
    entry: str
    at: datetime
    account: str
    source: Place
    target: Place
    minor: int
    currency: str


def entry_of(before: Credit | None, after: Credit, at: datetime) -> LedgerEntry | None:
    """Return the entry of one move of a credit, or None where its money stays where it is.

    A reversal has no entries of its own: the credit moves when the reversal is posted.
    """
    if after.kind == "reversal":
        return None
    source: Place = "program" if before is None else _PLACES[before.status]
    target = _PLACES[after.status]
    if source == target:
        return None
    return LedgerEntry(
        after.credit,
        f"{after.revision:06d}",
        at,
        after.account,
        source,
        target,
        after.amount.minor,
        after.amount.currency,
    )


def is_where_it_should_be(credit: Credit, entries: Iterable[LedgerEntry]) -> bool:
    """Say whether a credit's entries leave all of it at the place of its status.

    Nothing elsewhere.
    """
    places: dict[tuple[Place, str], int] = {}
    for entry in entries:
        for place, minor in ((entry.source, -entry.minor), (entry.target, entry.minor)):
            stored = places.get((place, entry.currency), 0)
            places[place, entry.currency] = stored + minor
    amount, currency = credit.amount.minor, credit.amount.currency
    wanted = {("program", currency): -amount, (_PLACES[credit.status], currency): amount}
    if _PLACES[credit.status] == "program":
        wanted = {}
    return {place: minor for place, minor in places.items() if minor} == wanted
