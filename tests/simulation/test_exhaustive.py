"""Every placement of two preemptions and one fault, from each of the start states, to the end."""

import pytest

from tests.simulation.exhaustive import STATES, explore
from tests.simulation.kept import describe_placement
from tests.simulation.runner import spread


@pytest.fixture(scope="module")
def explored():
    return list(spread(explore, range(len(STATES))))


def test_there_are_at_least_twelve_start_states():
    assert len(STATES) >= 12


@pytest.mark.long
@pytest.mark.parametrize("number", range(len(STATES)), ids=lambda number: STATES[number].__name__)
def test_no_placement_of_two_preemptions_and_a_fault_breaks_invariants(number, explored):
    found = explored[number]
    assert found.schedules > 100
    notified = [describe_placement(STATES[number].__name__, *each[:2]) for each in found.failed]
    assert not notified, "\n".join(notified)
