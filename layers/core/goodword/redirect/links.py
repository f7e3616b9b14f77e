"""The links that the redirect keeps in memory for a minute, unknown codes among them."""

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
# So long more a link is followed while its table does not answer: longer than such a failure mostly
# lasts. After that it counts more that somebody may have paused the link, or an erasure did.
SILENT_SECONDS = 3_600
# While a link is kept, so that the click has the rest of the time.
KEPT_READ_SECONDS = 0.3
ASK_AGAIN_SECONDS = 5
KEPT_CODES = 5_000
KEPT_UNKNOWN = 1_000


class KeptLinks:
    """The tables, and the links of the last minute. count: counts a metric with its error."""

    def __init__(self, tables: RedirectTables, count: Count) -> None:
        self.tables = tables
        self._count = count
        # When to read it again, when to follow it no longer, and the link.
        self._kept: dict[str, tuple[float, float, KnownLink]] = {}
        # Apart, so that somebody who tries codes at random pushes no link out of memory.
        self._unknown: dict[str, float] = {}
        self._failed = False  # whether the last reading of a link that is kept failed

    def find(self, code: str, until: float) -> KnownLink | None:
        """Return the link from memory if it is at most a minute old, else from its table.

        While the table does not answer, a link of up to an hour ago is better than none, and it is
        asked for again a few seconds later. From the second time in a row on that is counted; one
        may be a slow answer. Raises what the table raises where no such link is kept.
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
