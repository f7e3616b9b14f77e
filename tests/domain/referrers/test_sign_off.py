"""Sign-off: nothing is shown or earned beyond what an approver of the same company allowed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from goodword.domain.errors import BadInput
from goodword.domain.referrers.sign_off import (
    SignOffWish,
    asked,
    check_approver,
    declined,
    less_of,
    may_ask_to_earn,
    shown_now,
    signed_off,
    story_seen,
    up_to,
    waits_for_sign_off,
)
from tests.steps.world import World

AT = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def bo(world):
    return world.referrer("bo", segment="hospital", shown="name", earns="ask", story="It works.")


def test_only_segments_that_the_program_names_need_a_sign_off(world, bo):
    program = world.program(sign_off=["hospital"])
    assert waits_for_sign_off(program, bo)
    assert shown_now(program, bo) == "nothing"
    assert not waits_for_sign_off(program, replace(bo, segment="practice"))
    assert not waits_for_sign_off(program, replace(bo, segment=""))
    signed = replace(bo, signed_off_at=AT, signed_shown="company")
    assert not waits_for_sign_off(program, signed)
    assert shown_now(program, signed) == "company"
    assert shown_now(program, replace(signed, shown="nothing")) == "nothing"
    assert shown_now(program, replace(signed, segment="practice")) == "name"


@pytest.mark.parametrize(
    ("allowed", "kept"),
    [
        (SignOffWish("name", "yes", True), SignOffWish("company", "no", False)),
        (SignOffWish("nothing", "yes"), SignOffWish("nothing", "no")),
        (SignOffWish("company", "no"), SignOffWish("company", "no")),
    ],
)
def test_an_approver_allows_no_more_than_was_asked(allowed, kept):
    assert allowed.at_most(SignOffWish("company", "no", False)) == kept


def test_earning_and_story_need_both_to_say_yes():
    asked_for = SignOffWish("name", "yes", True)
    assert SignOffWish("name", "yes", True).at_most(asked_for) == asked_for
    assert SignOffWish("name", "no", False).at_most(asked_for) == SignOffWish("name", "no", False)


def test_less_is_less():
    assert less_of("name", "company") == "company"
    assert less_of("nothing", "company") == "nothing"
    assert up_to("company") == ("company", "nothing")
    assert up_to("name") == ("name", "company", "nothing")


@pytest.mark.parametrize(
    ("own", "approver", "what"),
    [
        ("bo@referrer.example", "chief@other.example", "not at your company"),
        ("bo@referrer.example", "bo@referrer.example", "your own address"),
        ("bo@referrer.example", "bo+chief@referrer.example", "your own address"),
        ("bo@gmail.com", "chief@gmail.com", "public mail provider"),
        ("bo@referrer.example", "chief@sub.referrer.example", "not at your company"),
    ],
)
def test_an_approver_must_be_a_colleague(bo, own, approver, what):
    with pytest.raises(BadInput, match=what) as refused:
        check_approver(approver, replace(bo, email=own))
    assert refused.value.where == "approver"


def test_a_colleague_may_be_asked(bo):
    assert check_approver("chief@referrer.example", bo) == "chief@referrer.example"


def test_who_signed_off_and_when_stays_on_the_referrer(bo):
    after = signed_off(asked(bo, "tk_1"), SignOffWish("company", "yes", True), "hash", AT)
    assert (after.shown, after.earns, after.story_shown) == ("company", "yes", True)
    assert (after.signed_off_by, after.signed_off_at, after.asked) == ("hash", AT, "")
    assert (after.signed_shown, after.signed_story) == ("company", story_seen(bo.story))
    assert after.revision == bo.revision + 2


def test_a_story_that_is_not_there_is_not_shown(bo):
    assert not signed_off(
        replace(bo, story=""), SignOffWish("name", "yes", True), "hash", AT
    ).story_shown


def test_who_declines_at_first_leaves_nothing_shown_and_nothing_earned(bo):
    after = declined(asked(bo, "tk_1"), "hash", AT)
    assert (after.shown, after.earns, after.story_shown) == ("nothing", "no", False)
    assert (after.declined_at, after.signed_off_at, after.signed_off_by, after.asked) == (
        AT,
        None,
        "hash",
        "",
    )


def test_who_declines_more_leaves_what_was_signed_off(bo):
    signed = signed_off(bo, SignOffWish("company", "yes"), "first", AT)
    after = declined(asked(signed, "tk_2"), "second", AT)
    assert (after.shown, after.earns, after.signed_off_by) == ("company", "yes", "first")
    assert after.declined_at == AT


def test_an_approver_is_not_asked_for_ruled_out_credits(bo):
    assert may_ask_to_earn(bo)
    assert not may_ask_to_earn(replace(bo, earns="no"))
    assert may_ask_to_earn(replace(bo, earns="no", signed_off_by="hash"))


def test_two_stories_are_distinguished():
    assert story_seen("40 became 12.") != story_seen("40 became 11.")
