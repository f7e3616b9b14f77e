"""Days of a program: they end at midnight of its time zone, also where a day has 23 hours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo


def last_moment(at: datetime, days: int, zone: tzinfo) -> datetime:
    """Return the last moment of the day that is so many days after the day of this time (UTC)."""
    after = at.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(after, time(), zone).astimezone(UTC) - timedelta(microseconds=1)
