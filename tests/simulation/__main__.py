"""Play seeds from the command line: `python -m tests.simulation FIRST COUNT`, and report what came of it."""

import sys
import time

from tests.simulation.coverage import FLOOR, FULL, table, too_seldom, unlisted
from tests.simulation.mutants import MUTANTS, Hunt, hunt_by_place
from tests.simulation.runner import Sum, replay_command, run_many, spread


def main() -> int:
    """Play the seeds on all cores, hunt the mutants, and say what came of both; 1 where anything is wrong."""
    first, count = (int(word) for word in (sys.argv[1:] or ["1", "20000"]))
    began = time.monotonic()
    found = run_many(first, count)
    for each in found.failed:
        print(f"seed {each.seed}: {each.broken}", *each.tail, replay_command(each.seed), sep="\n  ")
    wrong = bool(found.failed)
    if count > 1:
        wrong |= _coverage(found)
        wrong |= _mutants()
    seconds = time.monotonic() - began
    broken = len(found.failed)
    print(f"{found.schedules:,} schedules, {found.crossings:,} port calls, {broken} broken, {seconds:.0f} s")
    return int(wrong)


def _coverage(found: Sum) -> bool:
    """Print the table; say whether a cell of a full run is below the floor."""
    print(*table(found.coverage), "", sep="\n")
    missing = unlisted(found.coverage) + (too_seldom(found.coverage) if found.schedules >= FULL else [])
    print(*missing or [f"every cell at least {FLOOR} times" if found.schedules >= FULL else ""], "", sep="\n")
    return bool(missing)


def _mutants() -> bool:
    """Hunt the mutants and print what caught each; say whether one survived."""
    hunts: list[Hunt] = list(spread(hunt_by_place, range(len(MUTANTS))))
    for each in hunts:
        caught = f"caught after {each.after:,} by {each.by}" if each.by else "SURVIVED"
        print(f"{each.mutant:42} {caught}\n    {each.breaks}.")
    killed = sum(bool(each.by) for each in hunts)
    print(f"\n{killed} of {len(hunts)} mutants caught\n")
    return killed < len(hunts)


if __name__ == "__main__":
    sys.exit(main())
