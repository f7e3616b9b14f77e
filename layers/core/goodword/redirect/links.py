"""The links that the redirect caches for a minute, with unknown codes among them."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from goodword.domain.links.visit import KnownLink
    from goodword.redirect.tables import RedirectTables

    Count = Callable[[str, Exception], None]

KEPT_SECONDS = 60
# How long a cached link is used while its table does not answer: longer than most outages. After
# that a pause or an erasure of the link may have been missed.
SILENT_SECONDS = 3_600
# The limit of a refresh while a link is cached, so that the click has the rest of the time.
KEPT_READ_SECONDS = 0.3
ASK_AGAIN_SECONDS = 5
KEPT_CODES = 5_000
KEPT_UNKNOWN = 1_000


class KeptLinks:
    """The tables, and the links of the last minute.

    count: counts a metric with its error.
    """

    def __init__(self, tables: RedirectTables, count: Count) -> None:
        self.tables = tables
        self._count = count
        # When to read the link again, when to stop using it, and the link.
        self._kept: dict[str, tuple[float, float, KnownLink]] = {}
        # A separate cache, so that random codes do not evict links.
        self._unknown: dict[str, float] = {}
        self._failed = False  # whether the last refresh of a cached link failed

    def find(self, code: str, until: float) -> KnownLink | None:
        """Return the link from the cache if it is at most a minute old, else from its table.

        While the table does not answer, a link of up to an hour ago is used, and is refreshed again
        a few seconds later. The second failure in a row is counted; the first may be a slow answer.
        Raises the table's error if no such link is cached.
        """
        now = time.monotonic()
        if self._unknown.get(code, 0.0) > now:
            return None
        kept = self._kept.get(code)
        if kept is not None and kept[1] <= now:
            kept = None
        if kept is not None and kept[0] > now:
            return kept[2]
        read_until = until if kept is None else min(until, now + KEPT_READ_SECONDS)
        try:
            link = self.tables.link(code, read_until)
        except Exception as error:
            if kept is None:
                raise
            if self._failed:
                self._count("LinkUnread", error)
            self._failed = True
            self._kept[code] = (time.monotonic() + ASK_AGAIN_SECONDS, kept[1], kept[2])
            return kept[2]
        self._failed = False
        again = time.monotonic() + KEPT_SECONDS
        self._kept.pop(code, None)  # the newest is the last
        self._unknown.pop(code, None)
        if link is None:
            _make_room(self._unknown, KEPT_UNKNOWN)
            self._unknown[code] = again
        else:
            _make_room(self._kept, KEPT_CODES)
            self._kept[code] = (again, again + SILENT_SECONDS, link)
        return link


def _make_room(kept: dict[str, Any], most: int) -> None:
    while len(kept) >= most:
        del kept[next(iter(kept))]
