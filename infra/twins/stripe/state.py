"""The whole state of a twin, in one object that can be reset."""

from __future__ import annotations

from collections import deque

from infra.twins.stripe.books import Books, NewId
from infra.twins.stripe.events import Events
from infra.twins.stripe.faults import Faults
from infra.twins.stripe.keys import Keys
from infra.twins.stripe.wire import Json

_REMEMBERED_REQUESTS = 10_000


class State:
    """The books, keys, faults and events, the clock's offset in seconds, and the last requests."""

    def __init__(self, new_id: NewId) -> None:
        self.new_id = new_id
        self.reset()

    def reset(self) -> None:
        """Clear everything but the id counter, so that an earlier id is not used again."""
        self.books = Books(self.new_id)
        self.keys = Keys()
        self.faults = Faults()
        self.events = Events(self.new_id)
        self.offset_seconds = 0
        self.requests: deque[Json] = deque(maxlen=_REMEMBERED_REQUESTS)
