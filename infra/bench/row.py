"""The lines of the table: what was counted, what was wanted.

Whether a miss is one that is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# Goals that are missed by so much at most, each with its reason in docs/performance.md.
KNOWN = {
    "USD a million clicks: 1,000 links, one click each a minute": 2.53,
    "USD a million clicks: a million a month, evenly on 1,000 links": 2.73,
    "calls of AWS from the webhook to the posted credit, halved from 28": 20,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. met: whether the goal was. base: where the figure is from, if not from here.

    known: whether a miss is one of those that are told and explained.
    """

    goal: str
    what: str
    figure: str
    wanted: str = ""
    met: bool = True
    base: str = ""
    known: bool = False

    def line(self) -> str:
        """Return the line as Markdown."""
        notes = ["" if self.met else "missed, and known" if self.known else "missed", self.base]
        last = ", ".join(note for note in notes if note)
        return f"| {self.goal} | {self.what} | {self.figure} | {self.wanted} | {last} |"


def figure(goal: str, what: str, value: float) -> Row:
    """Make the line of something that has no goal of its own, beside which others are read."""
    return Row(goal, what, f"{value:.2f}")


def at_most(goal: str, what: str, value: float, most: float) -> Row:
    """Make the line of a figure that is to be no more than this."""
    if isinstance(value, int):
        return Row(
            goal, what, f"{value:,}", f"≤ {most:,}", value <= most, known=is_known(what, value)
        )
    shown = f"{value:.2f}"
    if float(shown) <= most < value:  # a miss by less than what is shown is a miss
        shown = f"{value:.4f}"
    return Row(goal, what, shown, f"≤ {most:.2f}", value <= most, known=is_known(what, value))


def is_known(what: str, value: float) -> bool:
    """Say whether that this is missed is told, and is no worse than that."""
    return value <= KNOWN.get(what, 0.0)


def missed(rows: Iterable[Row]) -> list[str]:
    """Name what is missed without being known.

    What is told as missed and is not missed any more.
    """
    return [
        *(
            f"goal {row.goal} is missed: {row.what}: {row.figure}, wanted {row.wanted}"
            for row in rows
            if not row.met and not row.known
        ),
        *(
            f"goal {row.goal} is met by now, and told as missed: {row.what}"
            for row in rows
            if row.met and row.what in KNOWN
        ),
    ]
