"""Repeat a read-decide-commit when somebody else committed in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from goodword.domain.errors import Contended

T = TypeVar("T")

TRIES = 6


def repeat(attempt: Callable[[], T]) -> T:
    """Call until it is not contended, six times at most; each call must read afresh.

    The last Contended is raised: streams and queues bring the work again, a person's client may
    repeat.
    """
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except Contended:
            continue
    return attempt()
