"""Random schedules of the production steps: nothing that must hold may break, in any of them."""

import os

from tests.simulation.runner import run_many

SCHEDULES = int(os.environ.get("SCHEDULES", "20000"))
FIRST_SEED = 1


def test_no_schedule_breaks_what_must_hold():
    found = run_many(FIRST_SEED, SCHEDULES, progress=False)
    told = [f"seed {each.seed}: {each.invariant}: {each.broken}" for each in found.failed]
    assert not told, "\n".join(told)
    assert found.schedules == SCHEDULES
