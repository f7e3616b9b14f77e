"""The ledger: every movement of money between four places, append-only.

    program   the source of credits, and the destination of canceled and reversed ones
    owed      earned and not posted
    stripe    on the account's balance

An entry has two legs of opposite sign, so the ledger always sums to zero.
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
    """One movement of a credit's amount.

    entry: the revision of the credit that made it, so that it is stored once. If a credit gets its
    amount in another currency, two entries have one revision; the second one names the currency.
    """

    credit: str
    entry: str
    at: datetime
    account: str
    source: Place
    target: Place
    minor: int
    currency: str


def make_ledger_entry(before: Credit | None, after: Credit, at: datetime) -> LedgerEntry | None:
    """Return the entry of one transition of a credit, or None if its money does not move.

    A reversal has no entries of its own: the credit's money moves when the reversal is posted.
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
    """Return whether a credit's entries leave its whole amount at the place of its status."""
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
