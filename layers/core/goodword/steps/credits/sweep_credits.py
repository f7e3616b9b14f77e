"""Settle what was left.

Enqueue every credit that is due, whatever became of earlier calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from goodword.domain.credits.credit import Credit
from goodword.domain.record import dataclass
from goodword.ports.services import Clock, Enqueue
from goodword.ports.stores import Stores

BATCH = 500
PAGES: Final = 20
OVERDUE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Settled:
    """What one sweep found. due: credits that were woken; overdue: those of them due for over an hour.

    One that is sent again and again without an answer is due since its key was first sent.
    """

    due: int
    overdue: int


def sweep_credits(*, stores: Stores, now: Clock, enqueue: Enqueue) -> Settled:
    """Enqueue each due credit, the oldest first, and return how many there are.

    What does not fit into one sweep is there for the next: the index gives the oldest first, and a
    posted credit leaves it.
    """
    at = now()
    due = stores.credits.due(at, BATCH)
    for credit in due:
        enqueue(credit)
    overdue = set(stores.credits.due(at - OVERDUE, BATCH))
    # One that is tried again and again has a fresh lease each time, and is never long in that
    # index.
    overdue |= {each.credit for each in _under_way(stores) if at - each.due_since() > OVERDUE}
    return Settled(len(due), len(overdue))


def _under_way(stores: Stores) -> Iterator[Credit]:
    """Yield what is being sent, the newest first, up to a number that says enough of the rest."""
    after: str | None = None
    for _ in range(PAGES):
        page = stores.credits.list_by_status("sending", BATCH, after)
        yield from page.items
        after = page.more
        if after is None:
            return
