"""The writes of a transaction: those that belong together happen all, or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from goodword.domain.record import dataclass


class Record(Protocol):
    """A frozen dataclass of the domain that a table declares as its record."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class Revised(Record, Protocol):
    """A record that counts its revisions, so that a write can ask for the one that was read."""

    @property
    def revision(self) -> int:
        """Return the number of this revision; the first is 1."""
        ...


@dataclass(frozen=True, slots=True)
class Insert:
    """Put the record; fails if one of its key is there."""

    record: Record


@dataclass(frozen=True, slots=True)
class Update:
    """Put the record over the one whose revision is one less.

    Fails if that is not the one there.
    """

    record: Revised


@dataclass(frozen=True, slots=True)
class Check:
    """Fail unless the record is still there at this revision."""

    record: Revised


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete a record; it does not matter whether it is there."""

    record: Record


@dataclass(frozen=True, slots=True)
class Put:
    """Put the record, whether one of its key is there or not; never fails."""

    record: Record


@dataclass(frozen=True, slots=True)
class Reserve:
    """Add to a limit's counter; fails if that would pass the ceiling."""

    limit: str
    minor: int
    ceiling_minor: int


@dataclass(frozen=True, slots=True)
class Release:
    """Take back from a limit's counter what was reserved."""

    limit: str
    minor: int


@dataclass(frozen=True, slots=True)
class Increment:
    """Add to a count, which may be negative; never fails."""

    subject: str
    bucket: str
    by: int


Write = Insert | Update | Check | Remove | Put | Reserve | Release | Increment


class Commit(Protocol):
    """Make all of these writes, or none."""

    def __call__(self, writes: Sequence[Write]) -> None:
        """Commit the writes in one transaction.

        Raises Failed with the first write whose condition did not hold, or Contended where another
        transaction was under way on one of the records: read again and repeat.
        """
        ...
