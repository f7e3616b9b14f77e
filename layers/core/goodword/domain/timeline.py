"""The timeline: all that happened to one referral, one sentence each, with no personal data in it."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

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


def entry_for(referral: str, at: datetime, new_id: str, kind: str, sentence: str, **data: str) -> Entry:
    """Make an entry whose name sorts by its time."""
    actor = data.pop("actor", "goodword")
    name = f"{at.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}#{new_id}"
    return Entry(referral, name, at, kind, sentence, actor, data)
