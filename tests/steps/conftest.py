"""What the tests of the steps start from."""

import pytest

from tests.steps.world import World


@pytest.fixture
def world() -> World:
    """Give a world with the program, its referrer Ana, her link, and the CRM."""
    made = World()
    made.program()
    made.referrer()
    made.link()
    made.connection()
    made.clock.advance(hours=1)
    return made


@pytest.fixture
def bare() -> World:
    """Give a world in which nothing is there yet but Ana and the CRM."""
    made = World()
    made.referrer()
    made.connection()
    return made
