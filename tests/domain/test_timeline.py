"""Entries sort by their time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.timeline import entry_for

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)


def test_an_entry_says_what_happened_when_and_who_did_it():
    entry = entry_for("rf_1", AT, "en_1", "made", "It was made.", actor="key-1", credit="cr_1")
    assert entry.entry == "2027-03-01T09:00:00.000000Z#1#en_1"
    assert (entry.referral, entry.at, entry.kind, entry.sentence) == ("rf_1", AT, "made", "It was made.")
    assert (entry.actor, entry.data) == ("key-1", {"credit": "cr_1"})


def test_what_nobody_did_the_house_did():
    assert entry_for("rf_1", AT, "en_1", "made", "It was made.").actor == "goodword"


def test_of_one_moment_the_cause_is_read_before_its_effect():
    kinds = ("closed", "credit_held", "verdict", "flagged", "stage", "made")
    names = [entry_for("rf_1", AT, f"en_{place}", kind, "s").entry for place, kind in enumerate(kinds)]
    assert sorted(names) == names[::-1]


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_entries_sort_as_their_times_do(one, other):
    times = [AT + timedelta(microseconds=each) for each in (one, other)]
    names = [entry_for("rf_1", at, "en", "k", "s").entry for at in times]
    assert (names[0] < names[1]) == (times[0] < times[1])
