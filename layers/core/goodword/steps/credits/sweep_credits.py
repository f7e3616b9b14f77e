"""Enqueue every due credit, regardless of earlier messages that were lost or failed."""

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
    """The result of one sweep.

    due: credits that were enqueued. overdue: those due for more than an hour; a credit that is sent
    again and again without an answer is due since its key was first sent.
    """

    due: int
    overdue: int


def sweep_credits(*, stores: Stores, now: Clock, enqueue: Enqueue) -> Settled:
    """Enqueue each due credit, the oldest first, and return how many there are.

    Credits beyond the limit of one sweep are left for the next: the index lists the oldest first,
    and a posted credit leaves it.
    """
    at = now()
    due = stores.credits.due(at, BATCH)
    for credit in due:
        enqueue(credit)
    overdue = set(stores.credits.due(at - OVERDUE, BATCH))
    # A credit that is retried repeatedly has a fresh lease each time, and is in that index only
    # briefly.
    overdue |= {each.credit for each in _under_way(stores) if at - each.due_since() > OVERDUE}
    return Settled(len(due), len(overdue))


def _under_way(stores: Stores) -> Iterator[Credit]:
    """Yield the credits that are being sent, the newest first, up to a sufficient number."""
    after: str | None = None
    for _ in range(PAGES):
        page = stores.credits.list_by_status("sending", BATCH, after)
        yield from page.items
        after = page.more
        if after is None:
            return
