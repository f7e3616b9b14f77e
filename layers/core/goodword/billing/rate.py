"""Hold a rate: a token bucket whose clock and sleep are handed in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class TokenBucket:
    """Let `burst` calls through at once and then `per_second` calls each second, for one process."""

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
        """Wait until one more call is within the rate, and return the seconds waited."""
        with self._lock:
            now = self._clock()
            earliest = now - self._slack
            # A turn is booked under the lock and slept out after it, so that callers queue in order
            # and none of them holds the others up.
            turn = earliest if self._next_free is None else max(self._next_free, earliest)
            self._next_free = turn + self._interval
        wait = max(0.0, turn - now)
        if wait:
            self._sleep(wait)
        return wait
