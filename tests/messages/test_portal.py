"""What a referrer sees of an introduction: coarse, by when.

No name that they did not give us.
"""

from dataclasses import replace
from datetime import date

import pytest

from goodword.domain.programs.program import Ends, Pause
from goodword.domain.referrals.erasure import close_for_erasure, erase_prospect
from goodword.messages.portal import closed_sentence, line_of, whom
from tests.steps.world import World


@pytest.fixture
def world():
    world = World()
    world.program()
    world.referrer()
    world.connection()
    return world


def line(world, referral):
    kept = world.kept(referral)
    program = world.stores.programs.get(kept.program, kept.version)
    credits_ = {name: world.stores.credits.get(name) for name in kept.credits()}
    return line_of(program, kept, credits_, world.clock(), currency="", earns="yes")


@pytest.mark.parametrize(
    ("source", "who"),
    [
        ("form", "Pat"),
        ("verbal", "Pat"),
        ("link", "Someone who came through your link"),
        ("crm", "Someone you introduced"),
        ("import", "Someone you introduced"),
    ],
)
def test_a_prospect_is_named_only_if_the_referrer_named_them(world, source, who):
    assert str(whom(world.kept(world.referral(source=source)))) == who


def test_a_name_is_shown_unchanged(world):
    referral = world.referral(source="form", contact={"name": "100% %(amount)s"})
    assert str(whom(world.kept(referral))) == "100% %(amount)s"


@pytest.mark.parametrize("source", ["form", "link", "crm"])
def test_an_erased_prospect_has_no_name_from_any_source(world, source):
    stored = world.kept(world.referral(source=source))
    erased = erase_prospect(stored)
    marked = close_for_erasure(stored, world.clock())
    said = {str(whom(each)) for each in (erased, marked)}
    assert said == {"Someone whose data was erased"}


def test_each_possible_credit_has_its_sentence_and_nearest_end(world):
    result = line(world, world.referral())
    assert [str(each) for each in result.sentences] == [
        "50.00 USD is yours once they attend a demo.",
        "200.00 USD is yours once they become a customer.",
    ]
    assert result.made_on == date(2027, 3, 1)
    assert result.open_until == date(2028, 2, 29)


def test_the_end_of_a_window_is_reported(world):
    referral = world.referral()
    world.stage("contacted")
    assert line(world, referral).open_until == date(2027, 8, 28)


def test_nothing_of_the_pipeline_is_reported(world):
    referral = world.referral()
    before = line(world, referral).sentences
    world.stage("contacted")
    world.stage("proposal", id="78")
    after = line(world, referral).sentences
    parts = " ".join(str(each) for each in (*before, *after))
    assert "contacted" not in parts
    assert "proposal" not in parts


def test_what_is_closed_is_open_until_no_day(world):
    referral = world.referral()
    world.clock.advance(days=400)
    world.qualify(referral)
    result = line(world, referral)
    assert result.open_until is None
    assert any("so this closed" in str(each) for each in result.sentences)


def test_the_same_sentence_is_said_once(world):
    first = world.referral()
    world.referrer("cy")
    second = world.referral("sam@practice.example", "cy")
    world.stage("won", emails=("pat@practice.example",))
    world.stage("won", id="78", emails=("sam@practice.example",))
    assert len(line(world, first).sentences) == 2
    assert len(line(world, second).sentences) == 1


@pytest.mark.parametrize(
    ("day", "result"),
    [
        (
            date(2026, 12, 31),
            "This program starts on 1 January 2027. Please share it from then on.",
        ),
        (date(2027, 1, 1), None),
        (
            date(2027, 2, 1),
            "This program is paused. It takes introductions again from 1 March 2027 on.",
        ),
        (date(2027, 3, 1), None),
        (
            date(2027, 9, 1),
            "This program ended on 1 September 2027. It takes no more introductions.",
        ),
    ],
)
def test_a_closed_program_says_so_and_until_when(world, day, result):
    calendar = {
        "starts": date(2027, 1, 1),
        "pause": Pause(date(2027, 2, 1), date(2027, 3, 1), "continue"),
        "ends": Ends(date(2027, 9, 1), "continue"),
    }
    program = replace(world.stores.programs.latest("peers"), **calendar)
    closed = program.closed_on(day)
    assert (None if closed is None else str(closed_sentence(closed))) == result


def test_a_pause_without_an_end_promises_none(world):
    paused = replace(
        world.stores.programs.latest("peers"), pause=Pause(date(2027, 2, 1), None, "wait")
    )
    result = closed_sentence(paused.closed_on(date(2028, 2, 1)))
    assert str(result) == "This program is paused. It takes no new introductions for now."
