"""Settle what was left: wake the worker for every credit that is due, whatever became of earlier calls."""

from __future__ import annotations

from goodword.ports import Clock, Stores, Wake

BATCH = 500


def settle_credits(*, stores: Stores, now: Clock, wake: Wake) -> int:
    """Wake the worker for each due credit, the oldest first, and return how many.

    What does not fit into one sweep is there for the next: the index gives the oldest first, and a posted
    credit leaves it.
    """
    due = stores.credits.due(now(), BATCH)
    for credit in due:
        wake(credit)
    return len(due)
