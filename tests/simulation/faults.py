"""What can go wrong at a port call, where it can, and the count of what did.

A boundary is one call of one port from one place of the production code, such as `post_credit._take
commit`. Its name is read off the call itself, so a new call in a step is a new boundary.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from types import CodeType
from typing import Final, Literal

FaultKind = Literal[
    "crash before", "crash after", "reply lost before", "reply lost after", "throttle"
]
KINDS: Final[tuple[FaultKind, ...]] = (
    "crash before",
    "crash after",
    "reply lost before",
    "reply lost after",
    "throttle",
)
# What Stripe does with a send, beside what the way to it does.
SendKind = Literal[
    "200", "late effect", "500 no effect", "500 immediate effect", "500 late effect", "401", "never"
]
SENDS: Final[tuple[SendKind, ...]] = (
    "200",
    "late effect",
    "500 no effect",
    "500 immediate effect",
    "500 late effect",
    "401",
)
# What a send came to, as the report counts it.
STRIPE_OUTCOMES: Final = (
    "200",
    "replay of 200",
    "replay of 500",
    "409",
    "429",
    "401",
    "404",
    "time-out before",
    "time-out after",
    "late effect",
    "500 no effect",
    "500 immediate effect",
    "500 late effect",
    "late effect came",
    "500 late effect came",
)

PASSED_OVER = frozenset(
    {
        *("_move", "move", "_moves", "commit_move", "repeat", "look_up"),
        *("<genexpr>", "<listcomp>", "<dictcomp>"),
    }
)
_names: dict[tuple[CodeType, str], str] = {}


def boundary_of(port: str) -> str:
    """Name the boundary that is being crossed: the step's module and function, and the port."""
    frame = sys._getframe(2)
    while not (module := frame.f_globals["__name__"]).startswith("goodword.steps.") or (
        frame.f_code.co_name in PASSED_OVER
    ):
        if frame.f_back is None:
            return f"outside {port}"
        frame = frame.f_back
    known = _names.get((frame.f_code, port))
    if known is None:
        known = f"{module.rpartition('.')[2]}.{frame.f_code.co_name} {port}"
        _names[frame.f_code, port] = known
    return known


@dataclass
class Coverage:
    """The counts of crossed boundaries, of faults there, and of Stripe's outcomes."""

    crossed: Counter[str] = field(default_factory=Counter)
    struck: Counter[tuple[str, FaultKind]] = field(default_factory=Counter)
    stripe: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, other: Coverage) -> None:
        """Add what another schedule came across."""
        self.crossed.update(other.crossed)
        self.struck.update(other.struck)
        self.stripe.update(other.stripe)
        self.seen.update(other.seen)


class Faults:
    """Draw what goes wrong; each seed has its own intensity.

    aims: boundaries with the faults that are to strike at their first crossings, so that rare
    places are hit as well. few: hardly any others, which would keep a worker from getting there.
    healed: no more faults are drawn.
    """

    def __init__(
        self, chance: Random, aims: dict[str, tuple[FaultKind, ...]], *, few: bool = False
    ) -> None:
        self.chance = chance
        self.aims = aims
        self.rate = chance.choice((0.0, 0.0, 0.01) if few else (0.0, 0.01, 0.03, 0.06, 0.12))
        self.send_rate = chance.choice((0.1, 0.4, 0.7, 0.9))
        weights = [chance.choice((1, 1, 3)) for _ in SENDS]
        self.send_weights = [*weights[:-1], weights[-1] * 0.3]
        self.healed = False

    def at(self, boundary: str) -> FaultKind | None:
        """Draw the fault of one crossing, or none."""
        if self.healed:
            return None
        aimed = self.aims.get(boundary)
        if aimed:
            self.aims[boundary] = aimed[1:]
            return aimed[0]
        if self.rate and self.chance.random() < self.rate:
            return self.chance.choice(KINDS)
        return None

    def send(self) -> SendKind:
        """Draw what Stripe does with a send that reaches it."""
        if self.healed or self.chance.random() >= self.send_rate:
            return "200"
        return self.chance.choices(SENDS, self.send_weights)[0]
