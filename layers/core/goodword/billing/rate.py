"""Limit a rate: a token bucket with an injected clock and sleep."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class TokenBucket:
    """Let `burst` calls through at once, and then `per_second` calls a second, for one process."""

    def __init__(
        self,
        per_second: float,
        burst: int = 1,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError("a bucket needs a positive rate and room for at least one call")
        self._interval = 1 / per_second
        self._slack = (burst - 1) * self._interval
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_free: float | None = None

    def take(self) -> float:
        """Wait until the rate allows one more call, and return the seconds waited."""
        with self._lock:
            now = self._clock()
            earliest = now - self._slack
            # A slot is reserved under the lock and slept for outside it, so that callers proceed in
            # order and none blocks the others.
            turn = earliest if self._next_free is None else max(self._next_free, earliest)
            self._next_free = turn + self._interval
        wait = max(0.0, turn - now)
        if wait:
            self._sleep(wait)
        return wait
