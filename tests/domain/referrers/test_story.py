"""A story is a few sentences of text, and shown only as it was signed off."""

from dataclasses import replace

import pytest

from goodword.domain.errors import BadInput
from goodword.domain.referrers.sign_off import story_seen
from goodword.domain.referrers.story import STORY_MOST, read_story, visible_story, with_story
from tests.steps.world import World

STORY = "Waiting times fell from 40 to 12 minutes."


@pytest.fixture
def bo():
    return World().referrer("bo")


def test_a_story_is_one_paragraph_of_text():
    assert read_story("  From 40\r\n to   12. ") == "From 40 to 12."
    assert read_story("") == ""


def test_a_story_that_is_too_long_is_refused():
    assert read_story("x" * STORY_MOST)
    with pytest.raises(BadInput, match="401 characters") as refused:
        read_story("x" * (STORY_MOST + 1))
    assert refused.value.where == "story"


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\ue000"])
def test_a_story_has_no_control_characters(sign):
    with pytest.raises(BadInput, match="control"):
        read_story(f"From 40{sign} to 12")


@pytest.mark.parametrize(
    ("publish", "freely", "shown"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_a_new_story_is_shown_without_a_required_sign_off(bo, publish, freely, shown):
    after = with_story(bo, STORY, publish=publish, freely=freely)
    assert (after.story, after.story_shown) == (STORY, shown)


def test_a_story_stays_signed_off_while_unchanged_and_wanted(bo):
    signed = replace(bo, story=STORY, signed_off_at=bo.created_at, signed_story=story_seen(STORY))
    assert with_story(signed, STORY, publish=True, freely=False).story_shown
    hidden = with_story(signed, STORY, publish=False, freely=False)
    assert not hidden.story_shown
    assert with_story(hidden, STORY, publish=True, freely=False).story_shown
    assert not with_story(signed, STORY + " And more.", publish=True, freely=False).story_shown


def test_no_story_is_not_shown(bo):
    assert not with_story(bo, "", publish=True, freely=True).story_shown


def test_a_story_is_internal_until_its_sign_off(bo):
    program = World().program(stories=True, sign_off=["hospital"])
    waits = replace(bo, segment="hospital", story=STORY)
    assert visible_story(program, waits, internal_only=True) == STORY
    assert visible_story(program, waits, internal_only=False) == ""
    signed = replace(
        waits,
        signed_off_at=bo.created_at,
        signed_shown="name",
        signed_story=story_seen(STORY),
        story_shown=True,
    )
    assert visible_story(program, signed, internal_only=False) == STORY
    assert visible_story(program, replace(signed, shown="nothing"), internal_only=False) == ""
    assert visible_story(program, replace(signed, story="Another."), internal_only=False) == ""


def test_a_program_without_stories_shows_none(bo):
    result = replace(bo, story=STORY, story_shown=True)
    assert visible_story(World().program(), result, internal_only=True) == ""
