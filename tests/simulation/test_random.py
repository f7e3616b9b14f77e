"""Random schedules of the production steps: nothing that must hold may break, in any of them.

SCHEDULES in the environment says how many are played; `make check` asks for 24,000.
"""

import os

import pytest

from tests.simulation.coverage import FULL, NOT_CROSSED, STRIPE, boundaries, too_seldom, unlisted
from tests.simulation.faults import Coverage
from tests.simulation.kept import describe_schedule
from tests.simulation.runner import replay_command, run_many

SCHEDULES = int(os.environ.get("SCHEDULES", "1500"))
FIRST_SEED = 1


@pytest.fixture(scope="module")
def found():
    return run_many(FIRST_SEED, SCHEDULES, progress=False)


def test_no_schedule_breaks_what_must_hold(found):
    notified = [
        f"seed {each.seed}: {each.broken}; {replay_command(each.seed)}\n"
        f"{describe_schedule(each.seed)}"
        for each in found.failed
    ]
    assert not notified, "\n".join(notified)
    assert found.schedules == SCHEDULES


def test_every_boundary_that_is_crossed_is_in_the_table(found):
    assert not unlisted(found.coverage)
    assert not [name for name in NOT_CROSSED if found.coverage.crossed[name]]


@pytest.mark.long
@pytest.mark.skipif(SCHEDULES < FULL, reason="the floor is for a full run")
def test_every_fault_strikes_at_every_boundary_and_stripes_outcomes_occur(found):
    assert not too_seldom(found.coverage)


def test_a_cell_that_is_never_hit_is_named():
    nothing = Coverage()
    assert len(too_seldom(nothing)) == 5 * len(boundaries()) + len(STRIPE)
