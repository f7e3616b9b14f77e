"""The rows of the table: the figure, the goal, and whether a miss is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# Goals that are missed by at most this much, each with its reason in docs/performance.md.
KNOWN = {
    "USD a million clicks: 1,000 links, one click each a minute": 2.53,
    "USD a million clicks: a million a month, evenly on 1,000 links": 2.73,
    "calls of AWS from the webhook to the posted credit, halved from 28": 20,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table.

    met: whether the goal was met. base: the origin of the figure, if not this run. known: whether
    the miss is documented.
    """

    goal: str
    what: str
    figure: str
    wanted: str = ""
    met: bool = True
    base: str = ""
    known: bool = False

    def line(self) -> str:
        """Return the row as Markdown."""
        notes = ["" if self.met else "missed, and known" if self.known else "missed", self.base]
        last = ", ".join(note for note in notes if note)
        return f"| {self.goal} | {self.what} | {self.figure} | {self.wanted} | {last} |"


def figure(goal: str, what: str, value: float) -> Row:
    """Make the row of a figure without a goal, for comparison."""
    return Row(goal, what, f"{value:.2f}")


def at_most(goal: str, what: str, value: float, most: float) -> Row:
    """Make the row of a figure with a maximum."""
    if isinstance(value, int):
        return Row(
            goal, what, f"{value:,}", f"≤ {most:,}", value <= most, known=is_known(what, value)
        )
    shown = f"{value:.2f}"
    # compared unrounded, so that a miss below the shown precision counts
    if float(shown) <= most < value:
        shown = f"{value:.4f}"
    return Row(goal, what, shown, f"≤ {most:.2f}", value <= most, known=is_known(what, value))


def is_known(what: str, value: float) -> bool:
    """Return whether this miss is documented and no worse than documented."""
    return value <= KNOWN.get(what, 0.0)


def missed(rows: Iterable[Row]) -> list[str]:
    """Return the misses that are not documented, and the documented ones that are now met."""
    return [
        *(
            f"goal {row.goal} is missed: {row.what}: {row.figure}, wanted {row.wanted}"
            for row in rows
            if not row.met and not row.known
        ),
        *(
            f"goal {row.goal} is met now, and documented as missed: {row.what}"
            for row in rows
            if row.met and row.what in KNOWN
        ),
    ]
