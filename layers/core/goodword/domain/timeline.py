"""The timeline: one entry for each event of a subject, without personal data of a prospect.

A subject is a referral, a referrer, a link or an account. Its key is made only here.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import Final

from goodword.domain.event import Event
from goodword.domain.record import dataclass

# A day of a program is split into this many shards, so that a busy day has no hot partition.
SHARDS: Final = 4
_REFERRAL: Final = "referral"


def referral_subject(referral: str) -> str:
    """Return the subject key of a referral."""
    return f"{_REFERRAL}#{referral}"


def link_subject(code: str) -> str:
    """Return the subject key of a link."""
    return f"link#{code}"


def account_subject(account: str) -> str:
    """Return the subject key of a billing account."""
    return f"account#{account}"


def referral_of(subject: str) -> str:
    """Return the referral of a subject; empty if the subject is not a referral."""
    kind, _, name = subject.partition("#")
    return name if kind == _REFERRAL else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a subject.

    entry: sorts by time and is unique. program: the program whose day it counts for; empty without
    one. actor: who caused it.
    """

    subject: str
    program: str
    entry: str
    at: datetime
    event: Event
    actor: str = "goodword"

    def day_key(self) -> str | None:
        """Return the shard of its program's day, or None without a program."""
        if not self.program:
            return None
        shard = zlib.crc32(self.entry.encode()) % SHARDS
        return _day_key(self.program, self.at, shard)


# The events of one evaluation are read in this order; those of credits come between.
_PLACES: Final = {"made": 1, "stage": 2, "flagged": 3, "verdict": 4, "closed": 9}
_OTHERS: Final = 5


def entry_for(
    subject: str, program: str, at: datetime, new_id: str, event: Event, actor: str = "goodword"
) -> Entry:
    """Make an entry whose name sorts by its time.

    Within one moment the cause sorts before its effect.
    """
    name = f"{entry_time(at)}#{_PLACES.get(event.kind, _OTHERS)}#{new_id}"
    return Entry(subject, program, name, at, event, actor)


def entry_time(at: datetime) -> str:
    """Return the time (UTC) with which entry names begin; it sorts before all of that time."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def day_keys(program: str, start: datetime, end: datetime) -> tuple[str, ...]:
    """Return the shards of the entries from start until before end (UTC).

    Days of shards are UTC days, so that the writer of an entry need not know the program's time
    zone.
    """
    last = end - timedelta(microseconds=1)
    days = [start + timedelta(days=each) for each in range((last.date() - start.date()).days + 1)]
    return tuple(_day_key(program, day, shard) for day in days for shard in range(SHARDS))


def _day_key(program: str, at: datetime, shard: int) -> str:
    return f"{program}#{at:%Y-%m-%d}#{shard}"
