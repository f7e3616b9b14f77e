"""Play seeds from the command line: `python -m tests.simulation FIRST COUNT`, which prints what broke."""

import sys
import time

from tests.simulation.runner import run_many


def main() -> int:
    """Play the seeds on all cores and say what came of them."""
    first, count = (int(word) for word in (sys.argv[1:] or ["1", "20000"]))
    began = time.monotonic()
    found = run_many(first, count)
    for each in found.failed:
        print(f"seed {each.seed}: {each.invariant}: {each.broken}", *each.tail, sep="\n  ")
    seconds = time.monotonic() - began
    broken = len(found.failed)
    print(f"{found.schedules} schedules, {found.crossings} port calls, {broken} broken, {seconds:.0f} s")
    return 1 if found.failed else 0


if __name__ == "__main__":
    sys.exit(main())
