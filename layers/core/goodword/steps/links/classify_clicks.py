"""Classify and count the clicks of a batch of the stream, after the redirect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import datetime, timedelta

from goodword.domain.identity import source_of_codes
from goodword.domain.links.click import Click, Kind, judge
from goodword.domain.record import dataclass
from goodword.ports.stores import Stores, Visits

KEPT_SOURCES = 20_000
KEPT_VISITS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Seen:
    """A click from the stream.

    number: its place in the order of its shard.
    """

    number: int
    click: Click


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome of a batch.

    counted: clicks that had not been counted yet. failed: the first click's number and the error of
    each link and day that could not be counted.
    """

    counted: int
    failed: tuple[tuple[int, Exception], ...] = ()

    @property
    def first_failed(self) -> int | None:
        """Return the first click to retry; counted ones after it are recognized as repeats."""
        return min((number for number, _ in self.failed), default=None)


@dataclass(slots=True)
class _Known:
    codes: set[str] = field(default_factory=set)
    noted: int = 0  # how many different links the table had for the source when it was last written


class Sources:
    """The links that each source followed, as far as this process knows.

    Most sources follow one link, which needs no write. From the second link on the table is used,
    which includes other processes.
    """

    def __init__(self, visits: Visits, most: int = KEPT_SOURCES) -> None:
        self._visits = visits
        self._most = most
        self._known: dict[str, _Known] = {}

    def follow(self, clicks: Sequence[Click]) -> dict[str, int]:
        """Record the links that a batch's sources followed, and return the count of each source."""
        followed: dict[str, tuple[set[str], datetime]] = {}
        for click in clicks:
            followed.setdefault(click.source, (set(), click.at))[0].add(click.code)
        return {
            source: self._note(source, codes, at + KEPT_VISITS)
            for source, (codes, at) in followed.items()
        }

    def _note(self, source: str, codes: set[str], until: datetime) -> int:
        known = self._known.pop(source, None) or _Known()
        self._known[source] = known  # the newest is the last
        if len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        new = codes - known.codes
        if new and len(known.codes | codes) > 1:
            # The first link was not written yet.
            known.noted = self._visits.note(
                source_of_codes(source), new if known.noted else known.codes | codes, until
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
    """Classify and add up the clicks of a batch, one write for each link and day.

    A repeat counts once. The links are read at this time, since the delivery of a mail is reported
    after its scanner clicked. shard: the part of the stream that the batch is from; numbers only
    grow within it. is_crawler: returns whether an agent is on the list of crawlers.
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
        except Exception as error:  # an error does not stop the count of the batch's other links
            failed.append((min(number for number, _ in kinds), error))
    return Judged(counted, tuple(failed))
