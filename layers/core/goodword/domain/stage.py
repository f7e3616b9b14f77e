"""The stages of a prospect's way through the sale, and what all facts together say of it.

Each CRM's own stages are mapped to these by its connection, so that a program can name a stage
without knowing the CRM.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from datetime import datetime
from typing import Final

from goodword.domain.record import dataclass

PIPELINE: Final = ("new", "contacted", "demo_booked", "demo_attended", "proposal", "won")
EXITS: Final = ("lost", "refunded")
STAGES: Final = PIPELINE + EXITS


def at_least(stage: str) -> frozenset[str]:
    """Return the stages that count as having reached this one: it and all that follow it."""
    return frozenset(PIPELINE[PIPELINE.index(stage) :])


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a prospect got.

    stage: where the sale stands now. since: when it came there. first: the earliest time of each
    stage that was ever reported.
    """

    stage: str = "new"
    since: datetime | None = None
    first: dict[str, datetime] = field(default_factory=dict)

    def reached(self, stage: str) -> datetime | None:
        """Return the time at which the prospect first reached this stage, or None."""
        times = [at for name, at in self.first.items() if name in at_least(stage)]
        return min(times, default=None)

    def stage_counts_as(self, stage: str) -> bool:
        """Say whether the stage of now is this one or one that follows it."""
        return self.stage in at_least(stage)


@dataclass(frozen=True, slots=True)
class StageReport:
    """What one object at a CRM says: its stage now, since when.

    The earliest time of each stage.
    """

    stage: str
    since: datetime
    first: dict[str, datetime]


def progress(reports: Iterable[StageReport]) -> Progress:
    """Combine what several objects say of one prospect.

    A refund outweighs all, unless the sale was first won after it: what was given back then, such
    as a check of a card, was not this sale's. Then the furthest stage of any object that is not
    lost; lost only where every object that says anything is lost or still new.
    """
    reports = list(reports)
    first: dict[str, datetime] = {}
    for report in reports:
        for stage, at in report.first.items():
            first[stage] = min(first.get(stage, at), at)
    won = first.get("won")
    counted = [
        each for each in reports if each.stage != "refunded" or won is None or each.since >= won
    ]
    if not counted:
        return Progress(first=first)
    leading = max(counted, key=lambda report: (_weight(report.stage), report.since))
    return Progress(leading.stage, leading.since, first)


def _weight(stage: str) -> int:
    if stage == "refunded":
        return len(PIPELINE) + 1
    if stage == "lost":  # above new: a lost deal says more than a new contact
        return 1
    return 0 if stage == "new" else PIPELINE.index(stage) + 1
