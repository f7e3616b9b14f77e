"""All that a twin holds, in one place that can be reset."""

from __future__ import annotations

from collections import deque

from infra.twins.stripe.books import Books, NewId
from infra.twins.stripe.events import Events
from infra.twins.stripe.faults import Faults
from infra.twins.stripe.keys import Keys
from infra.twins.stripe.wire import Json

_REMEMBERED_REQUESTS = 10_000


class State:
    """The books, the keys, the faults, the events, the clock's offset in seconds.

    The last requests.
    """

    def __init__(self, new_id: NewId) -> None:
        self.new_id = new_id
        self.reset()

    def reset(self) -> None:
        """Forget everything; ids go on, so that one from before never names another thing."""
        self.books = Books(self.new_id)
        self.keys = Keys()
        self.faults = Faults()
        self.events = Events(self.new_id)
        self.offset_seconds = 0
        self.requests: deque[Json] = deque(maxlen=_REMEMBERED_REQUESTS)
