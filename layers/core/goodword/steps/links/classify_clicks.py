"""Tell people from machines, after the redirect, and count both: a batch of the stream at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import datetime, timedelta

from goodword.domain.links.click import Click, Kind, judge
from goodword.domain.record import dataclass
from goodword.ports.stores import Stores, Visits

KEPT_SOURCES = 20_000
KEPT_VISITS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Seen:
    """A click as the stream brought it. number: its place in the order of its shard."""

    number: int
    click: Click


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome of a batch.

    counted: clicks that had not been counted yet. failed: of each link and day that could not be
    counted, the number of its first click and why.
    """

    counted: int
    failed: tuple[tuple[int, Exception], ...] = ()

    @property
    def first_failed(self) -> int | None:
        """Return from which click on the batch comes again; what was counted after it is known."""
        return min((number for number, _ in self.failed), default=None)


@dataclass(slots=True)
class _Known:
    codes: set[str] = field(default_factory=set)
    noted: int = 0  # how many different links the table knew of when it was last written


class Sources:
    """Which links each source followed, as far as this process saw.

    Most sources follow one link, and that needs no write. From the second on the table is asked,
    which knows what other processes saw.
    """

    def __init__(self, visits: Visits, most: int = KEPT_SOURCES) -> None:
        self._visits = visits
        self._most = most
        self._known: dict[str, _Known] = {}

    def follow(self, clicks: Sequence[Click]) -> dict[str, int]:
        """Note what a batch's sources followed and return of each how many different links that makes."""
        followed: dict[str, tuple[set[str], datetime]] = {}
        for click in clicks:
            followed.setdefault(click.source, (set(), click.at))[0].add(click.code)
        return {
            source: self._note(source, codes, at + KEPT_VISITS)
            for source, (codes, at) in followed.items()
        }

    def _note(self, source: str, codes: set[str], until: datetime) -> int:
        known = self._known.pop(source, None) or _Known()
        self._known[source] = known  # the newest stands last
        if len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        new = codes - known.codes
        if new and len(known.codes | codes) > 1:
            # The first of all was not written down yet.
            known.noted = self._visits.note(
                f"codes#{source}", new if known.noted else known.codes | codes, until
            )
        known.codes |= codes
        return max(known.noted, len(known.codes))


def classify_clicks(
    seen: Sequence[Seen],
    shard: str,
    *,
    is_crawler: Callable[[str], bool],
    sources: Sources,
    stores: Stores,
) -> Judged:
    """Judge the clicks of a batch and add them up, one write for each link and day; a repeat counts once.

    The links are read by now, since the delivery of a mail is reported after its scanner clicked.

    shard: the part of the stream that the batch is of; within it numbers only grow. is_crawler:
    says whether an agent is on the kept list.
    """
    codes = sources.follow([each.click for each in seen])
    links = stores.links.get_many({each.click.code for each in seen})
    sums: dict[tuple[str, str], list[tuple[int, Kind]]] = {}
    for number, click in ((each.number, each.click) for each in seen):
        link = links.get(click.code)
        kind = judge(
            click,
            known_agent=is_crawler(click.agent),
            codes_of_source=codes[click.source],
            mailed_at=None if link is None else link.mailed_at,
        )
        sums.setdefault((click.code, f"{click.at:%Y-%m-%d}"), []).append((number, kind))
    counted, failed = 0, []
    for (code, day), kinds in sums.items():
        try:
            counted += stores.counts.add_clicks(code, day, shard, kinds)
        except Exception as error:  # the other links of the batch are counted all the same
            failed.append((min(number for number, _ in kinds), error))
    return Judged(counted, tuple(failed))
