"""Each way to break the protocol is caught by what must hold; one that is not is a hole in it."""

import pytest

from tests.simulation.mutants import MUTANTS, hunt


def test_there_are_at_least_fifteen_ways_to_break_it():
    assert len({each.name for each in MUTANTS}) == len(MUTANTS) >= 15


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
def test_a_mutant_is_caught(mutant):
    found = hunt(mutant)
    assert found.by, f"{mutant.name} survived {found.after} schedules: {mutant.breaks}"
