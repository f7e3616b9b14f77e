"""The stages of a sale, and how far one deal got by its dated history.

Each CRM's own stages are mapped to these by its connection, so that a program can name a stage
without knowing the CRM.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
class StageRun:
    """A stage from its beginning until the next run begins."""

    stage: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one deal got: its stages, the present one last."""

    runs: tuple[StageRun, ...] = ()

    @property
    def stage(self) -> str:
        """Return where the sale stands now."""
        return self.runs[-1].stage if self.runs else "new"

    @property
    def since(self) -> datetime | None:
        """Return since when it stands there; None where the CRM never said a stage."""
        return self.runs[-1].since if self.runs else None

    def reached(self, stage: str, undone_by: Sequence[str] = ()) -> datetime | None:
        """Return since when the sale has reached this stage, or None where it has not.

        It has while it is at the stage or a later one, or was lost from there. A step back takes
        back what lies above it. An exit does so where it undoes the stage; else it does not, and
        does not make the stage younger.
        """
        since: datetime | None = None
        for run in self.runs:
            if run.stage in EXITS and run.stage not in undone_by:
                continue
            if run.stage not in at_least(stage):
                since = None
            elif since is None:
                since = run.since
        return since

    def refunded(self, at: datetime) -> Progress:
        """Return the progress of a sale whose money went back at this time.

        What was given back before the sale was won, such as a check of a card, was not this sale's.
        """
        won = self.reached("won")
        if won is not None and at < won:
            return self
        return Progress((*self.runs, StageRun("refunded", at)))


def furthest(several: Iterable[Progress]) -> Progress:
    """Return the progress that leads.

    A refund outweighs all, then comes the furthest stage of any that is not lost; lost only where
    each that says anything is lost or still new.
    """
    said = [each for each in several if each.runs]
    return max(
        said, key=lambda each: (_weight(each.stage), each.runs[-1].since), default=Progress()
    )


def _weight(stage: str) -> int:
    if stage == "refunded":
        return len(PIPELINE) + 1
    if stage == "lost":  # above new: a lost deal says more than a new contact
        return 1
    return 0 if stage == "new" else PIPELINE.index(stage) + 1
