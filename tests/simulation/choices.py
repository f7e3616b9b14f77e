"""A schedule as the list of its choices: what is kept of one that once found something.

A seed means its schedule only until something else draws from it; the list says what was
chosen. A replay on steps that have changed since follows it as far as it fits: from
the first choice that is of another kind, or out of range, chance goes on as the seed has it, and
`drifted` says where that was. Ids are kept apart, so that a step which makes one more of them
shifts no choice.
"""

from __future__ import annotations

import base64
import json
import textwrap
import zlib
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from tests.simulation.boundaries import Aim

WIDTH = 100


@dataclass(frozen=True)
class Choices:
    """What a schedule drew. numbers: a number under one, or of how many choices which; ids.

    In hex.
    """

    seed: int
    aim: Aim
    numbers: tuple[float | tuple[int, int], ...]
    ids: tuple[str, ...]

    def pack(self) -> str:
        """Write it as text of short lines."""
        notified = json.dumps(asdict(self), separators=(",", ":")).encode()
        return "\n".join(
            textwrap.wrap(base64.b64encode(zlib.compress(notified, 9)).decode(), WIDTH)
        )


def unpack(text: str) -> Choices:
    """Read what `pack` wrote."""
    notified: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode("".join(text.split()))))
    aim = notified["aim"]
    strikes = {name: tuple(kinds) for name, kinds in aim["strikes"].items()}
    numbers = tuple(tuple(each) if isinstance(each, list) else each for each in notified["numbers"])
    made = Aim(**aim | {"strikes": strikes, "yields": tuple(aim["yields"])})
    return Choices(notified["seed"], made, numbers, tuple(notified["ids"]))


class Noted(Random):
    """The chance of a seed, which notes what it draws."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.numbers: list[float | tuple[int, int]] = []
        self.ids: list[str] = []

    def random(self) -> float:
        """Draw a number under one."""
        self.numbers.append(super().random())
        return self.numbers[-1]

    # What choice, randint, randrange and shuffle draw from.
    def _randbelow(self, options: int) -> int:
        drawn = options
        while drawn >= options:  # as Random does it, so that the seed means the same
            drawn = super().getrandbits(options.bit_length())
        self.numbers.append((options, drawn))
        return drawn

    def getrandbits(self, bits: int) -> int:
        """Draw an id."""
        self.ids.append(f"{super().getrandbits(bits):x}")
        return int(self.ids[-1], 16)


class Followed(Random):
    """Follow a list of choices. drifted: where it fitted no more; empty as long as it does."""

    def __init__(self, kept: Choices) -> None:
        super().__init__(kept.seed)
        self._numbers, self._ids = kept.numbers, iter(kept.ids)
        self._place = 0
        self.drifted = ""

    def random(self) -> float:
        """Take the next number under one."""
        listed = self._next(0)
        return listed if isinstance(listed, float) else super().random()

    def _randbelow(self, options: int) -> int:
        listed = self._next(options)
        if isinstance(listed, tuple):
            return listed[1]
        drawn = options
        while drawn >= options:
            drawn = super().getrandbits(options.bit_length())
        return drawn

    def getrandbits(self, bits: int) -> int:
        """Take the next id."""
        listed = next(self._ids, "")
        return int(listed, 16) if listed else super().getrandbits(bits)

    def _next(self, options: int) -> float | tuple[int, int] | None:
        """Return the next choice of the list; None after its end, and once it fits no more."""
        if self.drifted or self._place == len(self._numbers):
            return None
        listed = self._numbers[self._place]
        self._place += 1
        if (listed[0] if isinstance(listed, tuple) else 0) == options:
            return listed
        self.drifted = f"choice {self._place} of {len(self._numbers)} is another one now"
        return None
