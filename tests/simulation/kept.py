"""Schedules that once found something, kept for good: each is played again in every run of the tests.

A seed is worth what its schedule does, and that changes with whatever draws from the seed. So each seed is
kept with the mutant that it catches. Once it no longer does, `python -m tests.simulation.kept` names the
first seed that does, and that takes its place. What exhaustive schedules found is kept as a start state.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

from tests.simulation.mutants import MUTANTS, Mutant, mutated
from tests.simulation.runner import run_seed


@dataclass(frozen=True)
class Kept:
    """One seed. mutant: the one that it catches; found: what it shows; mended: when the code was."""

    seed: int
    mutant: str
    found: str
    mended: str = ""


KEPT: Final[tuple[Kept, ...]] = ()
# Found by playing start states exhaustively; the state stays among them.
KEPT_STATES: Final[dict[str, str]] = {
    "later_than_promised": "A worker found what a 500 had left late, took the credit, and died before it adopted"
    " that; the next one sent the new key: two credits. Mended by a search before every send of a later key.",
}


def mutant_of(name: str) -> Mutant:
    """Return a mutant by its name."""
    return next(each for each in MUTANTS if each.name == name)


def catches(seed: int, mutant: Mutant) -> str:
    """Play a seed on a mutant; return the invariant that catches it, or nothing."""
    with mutated(mutant):
        return run_seed(seed).invariant


def main() -> None:
    """Name the first seed, from the given one on, that catches each mutant."""
    first, most = (int(word) for word in (sys.argv[1:] or ["1", "1500"]))
    for mutant in MUTANTS:
        with mutated(mutant):
            for seed in range(first, first + most):
                found = run_seed(seed)
                if found.invariant:
                    print(f'    Kept({seed}, "{mutant.name}", "{found.invariant}"),', flush=True)
                    break


if __name__ == "__main__":
    main()
