"""Facts: events merge the same way in any order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.crm_copy.fact import MOST_CHANGES, Change, Fact, ObjectRef, merge

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
DEAL = ObjectRef("crm", "deal", "77")


def fact(value="won", minutes=0, **more):
    at = AT + timedelta(minutes=minutes)
    change = Change(at, value)
    made = Fact("rf_1", DEAL, "stage", "stage", value, f"raw {value}", at, 1, (change,))
    return replace(made, **more)


FACTS = st.builds(
    fact,
    st.sampled_from(["new", "demo", "won", "lost"]),
    st.integers(0, 5),
    deliveries=st.frozensets(st.sampled_from("abc")).map(lambda names: tuple(sorted(names))),
)


def test_a_fact_is_named_by_its_object_and_property():
    assert fact().fact == "crm/deal/77/stage"


def test_what_is_received_first_is_taken_as_it_is():
    assert merge(None, fact()) == fact()


def test_the_newer_version_gives_the_value_and_changes_are_kept():
    joined = merge(fact("demo", 0), fact("won", 1))
    assert (joined.value, joined.raw, joined.version) == (
        "won",
        "raw won",
        AT + timedelta(minutes=1),
    )
    assert joined.changes == (Change(AT, "demo"), Change(AT + timedelta(minutes=1), "won"))


def test_an_older_version_gives_no_value_but_is_kept():
    joined = merge(fact("won", 5), fact("demo", 1))
    assert (joined.value, joined.version) == ("won", AT + timedelta(minutes=5))
    assert [each.value for each in joined.changes] == ["demo", "won"]


@pytest.mark.parametrize(
    ("result", "since"),
    [
        ([("true", 0), ("true", 3)], 0),
        ([("true", 0), ("false", 1), ("true", 3)], 3),
        ([("false", 0), ("true", 1), ("true", 3)], 1),
        ([("true", 0), ("", 1), ("true", 3)], 3),
    ],
)
def test_a_value_lasts_since_the_first_of_equal_neighbors(result, since):
    forth, back = (
        reduce(merge, [fact(*each) for each in order]) for order in (result, result[::-1])
    )
    assert forth.since() == back.since() == AT + timedelta(minutes=since)


def test_a_long_text_lasts_since_it_was_reported():
    assert fact("x" * 200, 7, changes=()).since() == AT + timedelta(minutes=7)


def test_of_many_changes_the_earliest_are_kept():
    result = [fact(f"{number}", number) for number in range(MOST_CHANGES + 9)]
    forth, back = reduce(merge, result), reduce(merge, reversed(result))
    assert forth == back
    assert [each.value for each in forth.changes] == [f"{number}" for number in range(MOST_CHANGES)]
    assert forth.value == f"{MOST_CHANGES + 8}"


def test_the_revision_is_that_of_what_is_stored():
    assert merge(fact("demo", 0, revision=7), fact("won", 1)).revision == 7
    assert merge(fact("won", 1, revision=7), fact("demo", 0)).revision == 7


def test_every_request_that_reported_something_is_named_up_to_a_hundred():
    assert merge(fact(deliveries=("b",)), fact("demo", 1, deliveries=("a",))).deliveries == (
        "a",
        "b",
    )
    many = tuple(f"{number:03d}" for number in range(100))
    assert merge(fact(deliveries=many), fact("demo", 1, deliveries=("100",))).deliveries == (
        *many[1:],
        "100",
    )


@given(FACTS, FACTS)
def test_the_order_of_two_makes_no_difference(one, other):
    assert merge(one, other) == merge(other, one)


@given(FACTS, FACTS, FACTS)
def test_how_they_are_grouped_makes_no_difference(one, two, three):
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(FACTS, FACTS)
def test_the_same_again_makes_no_difference(one, other):
    joined = merge(one, other)
    assert merge(joined, one) == joined
    assert merge(joined, other) == joined


@given(st.lists(FACTS, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_any_order_of_many_gives_one_fact(facts, random):
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert reduce(merge, shuffled, None) == reduce(merge, facts, None)


@pytest.mark.parametrize("change", [{"raw": "signed"}, {"mapping": 2}, {"attribute": "segment"}])
def test_two_ways_of_saying_one_value_at_one_time_merge_the_same_in_any_order(change):
    one, other = fact(), fact(**change)
    assert merge(one, other) == merge(other, one)
