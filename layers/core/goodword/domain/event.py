"""An event: one thing that happened, as a kind with typed data. Sentences are made in messages/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from goodword.domain.reason import Argument
from goodword.domain.record import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    kind: of one noun's vocabulary. data: by name, of the declared kinds.
    """

    kind: str
    data: Mapping[str, Argument] = field(default_factory=dict)
