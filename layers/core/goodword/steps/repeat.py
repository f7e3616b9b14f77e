"""Retry a read-decide-commit cycle when another writer committed in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from goodword.domain.errors import Contended

T = TypeVar("T")

TRIES = 6


def repeat(attempt: Callable[[], T]) -> T:
    """Call until there is no conflict, six times at most; each call must read again.

    The last Contended is raised: streams and queues deliver the work again, and an API client may
    retry.
    """
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except Contended:
            continue
    return attempt()
