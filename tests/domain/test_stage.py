"""Stages: what several objects together say of one prospect."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.stage import PIPELINE, STAGES, Progress, StageReport, at_least, progress

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)


def report(stage, minutes=0, **first):
    at = AT + timedelta(minutes=minutes)
    return StageReport(
        stage, at, {name: AT + timedelta(minutes=m) for name, m in first.items()} or {stage: at}
    )


def test_a_stage_counts_with_all_that_follow_it():
    assert at_least("proposal") == {"proposal", "won"}
    assert at_least("new") == set(PIPELINE)


def test_where_nothing_is_said_the_prospect_is_new():
    assert progress([]) == Progress("new", None, {})


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
def test_the_furthest_object_that_is_not_lost_leads(stages, leading):
    assert progress([report(stage) for stage in stages]).stage == leading
    assert progress([report(stage) for stage in reversed(stages)]).stage == leading


def test_what_was_given_back_before_the_sale_was_won_is_not_of_this_sale():
    card_check = report("refunded", 3)
    assert progress([card_check, report("won", 5)]).stage == "won"
    assert progress([report("won", 5), card_check]).stage == "won"
    assert progress([card_check, report("won", 3)]).stage == "refunded"
    assert progress([card_check, report("lost", 9, won=2, lost=9)]).stage == "refunded"
    assert progress([card_check]).stage == "refunded"
    assert progress([card_check, report("proposal", 5)]).stage == "refunded"


def test_of_two_at_one_stage_the_later_says_since_when():
    assert progress([report("won", 5), report("won", 3)]).since == AT + timedelta(minutes=5)


def test_the_earliest_time_of_each_stage_is_kept():
    found = progress([report("won", contacted=3, won=9), report("lost", contacted=1, lost=4)])
    assert {name: (at - AT).seconds // 60 for name, at in found.first.items()} == {
        "contacted": 1,
        "won": 9,
        "lost": 4,
    }


def test_a_stage_is_reached_with_it_or_with_any_that_follows():
    found = progress([report("lost", demo_attended=5, won=9, lost=10)])
    assert found.reached("demo_booked") == AT + timedelta(minutes=5)
    assert found.reached("won") == AT + timedelta(minutes=9)
    assert progress([report("lost")]).reached("contacted") is None


def test_the_stage_of_now_counts_as_those_before_it():
    assert Progress("proposal").stage_counts_as("demo_attended")
    assert not Progress("proposal").stage_counts_as("won")
    assert not Progress("lost").stage_counts_as("contacted")


@given(
    st.lists(st.builds(report, st.sampled_from(STAGES), st.integers(0, 9)), max_size=6),
    st.randoms(use_true_random=False),
)
def test_the_order_of_reports_makes_no_difference(reports, random):
    shuffled = list(reports)
    random.shuffle(shuffled)
    assert progress(shuffled) == progress(reports)
