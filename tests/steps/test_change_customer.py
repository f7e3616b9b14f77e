"""A customer changes what is theirs to say, and shows no more than was signed off."""

import pytest

from goodword.domain.errors import BadInput, Forbidden, NotFound
from goodword.domain.sign_off import SignOffWish, shown_now, signed_off
from goodword.domain.story import story_told
from goodword.ports import Update
from goodword.steps.change_customer import change_locale, change_shown, change_story
from tests.steps.world import World


@pytest.fixture
def world():
    world = World()
    world.program(stories=True, sign_off=["hospital"])
    world.customer()
    return world


@pytest.fixture
def program(world):
    return world.stores.programs.latest("peers")


def test_a_language_is_kept_and_the_same_again_writes_nothing(world):
    after = change_locale("ana", "es", stores=world.stores)
    assert (after.locale, after.revision) == ("es", 2)
    assert change_locale("ana", "es", stores=world.stores).revision == 2


def test_who_needs_no_sign_off_shows_what_they_like(world, program):
    for shown in ("nothing", "name", "company"):
        assert change_shown("ana", shown, program, stores=world.stores).shown == shown


def test_who_was_signed_off_shows_less_and_never_more(world, program):
    world.customer(
        "bo", segment="hospital", shown="company", signed_shown="company", signed_off_at=world.clock()
    )
    with pytest.raises(Forbidden):
        change_shown("bo", "name", program, stores=world.stores)
    assert change_shown("bo", "nothing", program, stores=world.stores).shown == "nothing"
    assert change_shown("bo", "company", program, stores=world.stores).shown == "company"


def test_what_is_chosen_in_a_program_that_asks_nobody_is_not_shown_where_one_asks(world, program):
    free = world.program(program="free", stories=True)
    world.customer("bo", segment="hospital")
    asked = world.stores.customers.get("bo")
    world.stores.commit([Update(signed_off(asked, SignOffWish("company", "yes"), "hash", world.clock()))])
    change_shown("bo", "name", free, stores=world.stores)
    bo = change_story("bo", "From 40 to 12.", free, publish=True, stores=world.stores)
    assert (shown_now(free, bo), shown_now(program, bo)) == ("name", "company")
    assert story_told(free, bo, inside=False) == "From 40 to 12."
    assert story_told(program, bo, inside=False) == ""


def test_who_waits_for_a_sign_off_shows_nothing(world, program):
    world.customer("bo", segment="hospital", shown="nothing")
    with pytest.raises(Forbidden):
        change_shown("bo", "nothing", program, stores=world.stores)


def test_a_story_is_shown_at_once_where_nobody_needs_to_sign_it_off(world, program):
    after = change_story("ana", "From 40 to 12.", program, publish=True, stores=world.stores)
    assert (after.story, after.story_shown) == ("From 40 to 12.", True)


def test_a_story_waits_where_somebody_does(world, program):
    world.customer("bo", segment="hospital", signed_off_at=world.clock())
    after = change_story("bo", "From 40 to 12.", program, publish=True, stores=world.stores)
    assert (after.story, after.story_shown) == ("From 40 to 12.", False)


def test_a_program_without_stories_takes_none(world):
    with pytest.raises(BadInput, match="takes no stories"):
        change_story("ana", "One.", world.program(), publish=True, stores=world.stores)


def test_nobody_changes_whom_there_is_not(world):
    with pytest.raises(NotFound):
        change_locale("nobody", "es", stores=world.stores)
