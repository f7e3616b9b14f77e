"""Play seeds from the command line: `python -m tests.simulation FIRST COUNT`.

Report the outcome.
"""

import sys
import time

from tests.simulation.coverage import FLOOR, FULL, least, table, too_seldom, unlisted
from tests.simulation.kept import describe_schedule
from tests.simulation.mutants import MUTANTS, Hunt, hunt_by_place
from tests.simulation.runner import Sum, replay_command, run_many, spread


def main() -> int:
    """Play the seeds on all cores, hunt the mutants, and print both results.

    1 where anything is wrong.
    """
    first, count = (int(part) for part in (sys.argv[1:] or ["1", "24000"]))
    began = time.monotonic()
    if count > 1:
        print(
            f"Playing {count:,} schedules, seeds {first:,} and on, "
            f"then hunting {len(MUTANTS)} mutants …\n"
        )
    found = run_many(first, count)
    for each in found.failed:
        print(f"seed {each.seed}: {each.broken}", *each.tail, replay_command(each.seed), sep="\n  ")
        print(describe_schedule(each.seed))
    wrong = bool(found.failed)
    if count > 1:
        wrong |= _coverage(found)
        wrong |= _mutants()
    seconds = time.monotonic() - began
    broken = len(found.failed)
    print(
        f"{found.schedules:,} schedules, {found.crossings:,} port calls, "
        f"{broken} broken, {seconds:.0f} s"
    )
    print("What must hold did not." if wrong else "All that must hold held.")
    return int(wrong)


def _coverage(found: Sum) -> bool:
    """Print the table; say whether a cell of a full run is below the floor."""
    print("How often each call of a port was crossed, and each fault struck there:\n")
    print(*table(found.coverage), "", sep="\n")
    cell, hits = least(found.coverage)
    print(f"The rarest cell: {cell}, {hits:,} times.")
    missing = [f"Not in the table: {name}" for name in unlisted(found.coverage)]
    if found.schedules >= FULL:
        missing += [f"Too seldom: {each}" for each in too_seldom(found.coverage)]
        print(*missing or [f"Each cell at least {FLOOR} times, as the gate asks."], "", sep="\n")
    else:
        print(
            *missing,
            f"At least {FLOOR} times is asked of {FULL:,} schedules and more.",
            "",
            sep="\n",
        )
    return bool(missing)


def _mutants() -> bool:
    """Hunt the mutants and print what caught each; say whether one survived."""
    print("Ways to break the protocol, and what caught each after so many schedules:\n")
    hunts: list[Hunt] = list(spread(hunt_by_place, range(len(MUTANTS))))
    for each in hunts:
        caught = f"caught after {each.after:,} by {each.by}" if each.by else "SURVIVED"
        print(f"{each.mutant:42} {caught}\n    {each.breaks}.")
    killed = sum(bool(each.by) for each in hunts)
    print(f"\n{killed} of {len(hunts)} mutants caught\n")
    return killed < len(hunts)


if __name__ == "__main__":
    sys.exit(main())
