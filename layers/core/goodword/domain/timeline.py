"""The timeline: all that happened to one referral, one sentence each, with no personal data in it."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Final

from goodword.domain.record import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. entry: sorts by time and is unique. actor: who did it."""

    referral: str
    entry: str
    at: datetime
    kind: str
    sentence: str
    actor: str = "goodword"
    data: dict[str, str] = field(default_factory=dict)


# What one judgement writes at one moment is read in this order; what becomes of credits lies between.
_PLACES: Final = {"made": 1, "stage": 2, "flagged": 3, "verdict": 4, "closed": 9}
_OTHERS: Final = 5


def entry_for(referral: str, at: datetime, new_id: str, kind: str, sentence: str, **data: str) -> Entry:
    """Make an entry whose name sorts by its time, and within one moment the cause before its effect."""
    actor = data.pop("actor", "goodword")
    name = f"{at.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}#{_PLACES.get(kind, _OTHERS)}#{new_id}"
    return Entry(referral, name, at, kind, sentence, actor, data)
