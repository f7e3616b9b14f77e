"""A program is found by its name and version."""

import pytest

from goodword.domain.errors import MissingRecord, NotFound
from goodword.steps.programs.find_program import current_program, terms_of


def test_a_program_that_is_not_there_is_not_found(world):
    with pytest.raises(NotFound, match="unknown"):
        current_program("unknown", stores=world.stores)


def test_terms_are_found_by_their_version(world):
    first = world.stores.programs.latest("peers")
    world.program(name="Another name")
    assert terms_of("peers", first.version, stores=world.stores) == first


def test_missing_terms_are_a_server_error(world):
    with pytest.raises(MissingRecord, match="program version peers 99 is not stored"):
        terms_of("peers", 99, stores=world.stores)
