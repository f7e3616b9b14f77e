"""A program file becomes the program's next version."""

from dataclasses import replace

import pytest

from goodword.domain.errors import BadInput, MatchRequired, OutOfDate
from goodword.domain.programs.program import Program
from goodword.ports.writes import Insert
from goodword.steps.programs.apply_program import apply_program
from goodword.steps.programs.find_program import current_program


@pytest.fixture
def terms(world):
    return replace(
        world.stores.programs.latest("peers"), program="fresh", version=0, applied_at=None
    )


def apply(world, terms, text="text one", if_match="0"):
    def read(given, program):
        assert (given, program) == (text, "fresh")
        return terms

    return apply_program("fresh", text, if_match, read=read, stores=world.stores, now=world.clock)


@pytest.mark.parametrize("if_match", ["0", '"0"', ' "0" '])
def test_a_new_program_is_version_one(world, terms, if_match):
    made = apply(world, terms, if_match=if_match)
    assert (made.version, made.source, made.applied_at) == (1, "text one", world.clock())
    assert current_program("fresh", stores=world.stores) == made


def test_each_text_is_the_next_version_and_earlier_ones_remain(world, terms):
    first = apply(world, terms)
    second = apply(world, replace(terms, name="Other"), "text two", "1")
    assert second.version == 2
    assert world.stores.programs.get("fresh", 1) == first


@pytest.mark.parametrize("if_match", ["1", "0", None, "nonsense"])
def test_the_same_text_again_is_the_same_version(world, terms, if_match):
    first = apply(world, terms)
    world.clock.advance(days=1)
    assert apply(world, terms, if_match=if_match) == first
    assert world.stores.programs.get("fresh", 2) is None


def test_a_write_must_say_which_version_it_has_seen(world, terms):
    with pytest.raises(MatchRequired) as refused:
        apply(world, terms, if_match=None)
    assert '"0"' in refused.value.remedy


@pytest.mark.parametrize("if_match", ["0", "2", "", "*"])
def test_a_write_over_another_version_is_refused(world, terms, if_match):
    apply(world, terms)
    with pytest.raises(OutOfDate, match="the current version is 1"):
        apply(world, terms, "text two", if_match)


def test_of_two_who_apply_at_once_one_is_reported(world, terms):
    other = replace(terms, version=1, source="theirs")
    world.tables.meanwhile.append(lambda: world.stores.commit([Insert(other)]))
    with pytest.raises(OutOfDate):
        apply(world, terms)
    assert world.stores.programs.latest("fresh").source == "theirs"


def test_a_file_that_does_not_hold_changes_nothing(world):
    def read(text, program):
        raise BadInput("no", where="file:1", remedy="mend")

    before = world.tables.all(Program)
    with pytest.raises(BadInput):
        apply_program("peers", "text", "1", read=read, stores=world.stores, now=world.clock)
    assert world.tables.all(Program) == before
