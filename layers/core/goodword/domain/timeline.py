"""The timeline: what happened to each subject, one event each, with no personal data of a prospect.

A subject is what an entry is about: a referral, a referrer, a link or an account. Its text is made
here alone.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import Final

from goodword.domain.event import Event
from goodword.domain.record import dataclass

# A day of a program is spread over so many parts, so that a busy day is no single hot partition.
SHARDS: Final = 4
_REFERRAL: Final = "referral"


def referral_subject(referral: str) -> str:
    """Name a referral as a subject."""
    return f"{_REFERRAL}#{referral}"


def link_subject(code: str) -> str:
    """Name a link as a subject."""
    return f"link#{code}"


def account_subject(account: str) -> str:
    """Name a billing account as a subject."""
    return f"account#{account}"


def referral_of(subject: str) -> str:
    """Return the referral that a subject names; empty where it names something else."""
    kind, _, name = subject.partition("#")
    return name if kind == _REFERRAL else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    entry: sorts by time and is unique. program: whose day it counts for; empty where it is of no
    program. actor: who did it.
    """

    subject: str
    program: str
    entry: str
    at: datetime
    event: Event
    actor: str = "goodword"

    def day_key(self) -> str | None:
        """Return the part of its program's day that it is listed in, or None without a program."""
        if not self.program:
            return None
        shard = zlib.crc32(self.entry.encode()) % SHARDS
        return _day_key(self.program, self.at, shard)


# What one judgement writes at one moment is read in this order; what becomes of credits lies
# between.
_PLACES: Final = {"made": 1, "stage": 2, "flagged": 3, "verdict": 4, "closed": 9}
_OTHERS: Final = 5


def entry_for(
    subject: str, program: str, at: datetime, new_id: str, event: Event, actor: str = "goodword"
) -> Entry:
    """Make an entry whose name sorts by its time.

    Within one moment the cause before its effect.
    """
    name = f"{entry_time(at)}#{_PLACES.get(event.kind, _OTHERS)}#{new_id}"
    return Entry(subject, program, name, at, event, actor)


def entry_time(at: datetime) -> str:
    """Return the time (UTC) with which names of entries begin; it sorts before all of them."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def day_keys(program: str, start: datetime, end: datetime) -> tuple[str, ...]:
    """Return the parts in which the entries from start until before end (UTC) are listed.

    Parts are of UTC days: the writer of an entry need not know the program's time zone.
    """
    last = end - timedelta(microseconds=1)
    days = [start + timedelta(days=each) for each in range((last.date() - start.date()).days + 1)]
    return tuple(_day_key(program, day, shard) for day in days for shard in range(SHARDS))


def _day_key(program: str, at: datetime, shard: int) -> str:
    return f"{program}#{at:%Y-%m-%d}#{shard}"
