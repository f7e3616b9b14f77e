"""Times as CRMs write them: an instant with its offset, or a day without an hour.

A day stays a day, as its hour is not known.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# RFC 3339 with the freedom that senders take: no seconds, small letters, an offset in hours.
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?"
    r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
)


def read_when(text: str) -> datetime | date | None:
    """Read ISO 8601: an instant as its UTC time, a day without an hour as that day.

    None for all else; a time without an offset is no instant.
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if _INSTANT.fullmatch(text.upper()):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # such as the 30th of February
        pass
    return None
