"""Stages: how far a deal got by its history, and which of several leads."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.stage import PIPELINE, STAGES, Progress, StageRun, at_least, furthest

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)


def minute(number):
    return AT + timedelta(minutes=number)


def went(*stages):
    """Return the progress through these stages, a minute each."""
    return Progress(tuple(StageRun(stage, minute(place)) for place, stage in enumerate(stages)))


def test_a_stage_counts_with_all_that_follow_it():
    assert at_least("proposal") == {"proposal", "won"}
    assert at_least("new") == set(PIPELINE)


def test_where_nothing_is_said_the_prospect_is_new():
    assert furthest([]) == furthest([Progress()]) == Progress()
    assert (Progress().stage, Progress().since) == ("new", None)


@pytest.mark.parametrize(
    ("stages", "since"),
    [
        (("demo_attended",), 0),
        (("demo_booked", "won"), 1),
        (("demo_attended", "proposal"), 0),
        (("demo_attended", "lost"), 0),
        (("demo_attended", "lost", "demo_attended"), 0),
        (("demo_attended", "refunded"), 0),
        (("demo_attended", "demo_booked"), None),
        (("demo_attended", "demo_booked", "lost"), None),
        (("demo_attended", "lost", "demo_booked", "lost"), None),
        (("demo_attended", "demo_booked", "demo_attended"), 2),
        (("demo_booked", "lost"), None),
        ((), None),
    ],
)
def test_a_stage_is_reached_since_the_present_unbroken_run(stages, since):
    assert went(*stages).reached("demo_attended") == (None if since is None else minute(since))


def test_an_exit_that_undoes_a_stage_ends_its_run():
    again = went("won", "lost", "won")
    assert (again.reached("won"), again.reached("won", ("lost",))) == (minute(0), minute(2))
    assert went("won", "lost").reached("won", ("lost",)) is None


@pytest.mark.parametrize(
    ("stages", "leading"),
    [
        (("demo_booked",), "demo_booked"),
        (("demo_booked", "proposal", "contacted"), "proposal"),
        (("won", "lost"), "won"),
        (("contacted", "lost"), "contacted"),
        (("new", "lost"), "lost"),
        (("lost", "lost"), "lost"),
        (("won", "refunded"), "refunded"),
        (("lost", "refunded"), "refunded"),
        (("new", "new"), "new"),
    ],
)
def test_the_furthest_deal_that_is_not_lost_leads(stages, leading):
    assert furthest([went(stage) for stage in stages]).stage == leading
    assert furthest([went(stage) for stage in reversed(stages)]).stage == leading


def test_of_two_at_one_stage_the_later_says_since_when():
    assert furthest([went("new", "won"), went("won")]).since == minute(1)


def test_a_refund_before_the_win_is_not_of_this_sale():
    assert went("new", "new", "won").refunded(minute(1)).stage == "won"
    assert went("new", "new", "won").refunded(minute(2)).stage == "refunded"
    assert went("new").refunded(minute(1)).stage == "refunded"
    assert went("won", "lost").refunded(minute(5)).stage == "refunded"


@given(st.lists(st.sampled_from(STAGES), max_size=8))
def test_a_reached_stage_was_entered_and_not_left(stages):
    progress = went(*stages)
    for stage in PIPELINE:
        since = progress.reached(stage)
        later = [run.stage for run in progress.runs if since is not None and run.since >= since]
        assert all(each not in PIPELINE or each in at_least(stage) for each in later)
