"""Entries sort by their time, and are listed by program and day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.event import Event
from goodword.domain.timeline import (
    SHARDS,
    account_subject,
    day_keys,
    entry_for,
    link_subject,
    referral_of,
    referral_subject,
)

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
MADE = Event("made", {"source": "link"})
SUBJECT = referral_subject("rf_1")


def test_an_entry_says_what_happened_when_and_who_did_it():
    entry = entry_for(SUBJECT, "peers", AT, "en_1", MADE, actor="key-1")
    assert entry.entry == "2027-03-01T09:00:00.000000Z#1#en_1"
    assert (entry.subject, entry.program, entry.at) == ("referral#rf_1", "peers", AT)
    assert (entry.event, entry.actor) == (MADE, "key-1")


def test_what_no_person_did_goodword_did():
    assert entry_for(SUBJECT, "peers", AT, "en_1", MADE).actor == "goodword"


def test_of_one_moment_the_cause_is_read_before_its_effect():
    kinds = ("closed", "credit_held", "verdict", "flagged", "stage", "made")
    names = [
        entry_for(SUBJECT, "peers", AT, f"en_{place}", Event(kind)).entry
        for place, kind in enumerate(kinds)
    ]
    assert sorted(names) == names[::-1]


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_entries_sort_as_their_times_do(one, other):
    times = [AT + timedelta(microseconds=each) for each in (one, other)]
    names = [entry_for(SUBJECT, "peers", at, "en", MADE).entry for at in times]
    assert (names[0] < names[1]) == (times[0] < times[1])


def test_subjects_of_different_kinds_never_meet():
    made = [each("x") for each in (referral_subject, link_subject, account_subject)]
    assert made == ["referral#x", "link#x", "account#x"]


def test_only_a_referral_is_read_from_a_subject():
    assert referral_of(referral_subject("rf_1")) == "rf_1"
    assert [referral_of(each("rf_1")) for each in (account_subject, link_subject)] == ["", ""]


@given(st.integers(0, 10**6), st.integers(0, 3 * 86_400))
def test_an_entry_is_listed_in_one_part_of_its_day(number, seconds):
    at = AT + timedelta(seconds=seconds)
    entry = entry_for(SUBJECT, "peers", at, f"en_{number}", MADE)
    keys = day_keys("peers", at, at + timedelta(seconds=1))
    assert entry.day_key() in keys
    assert entry.day_key() == entry_for(SUBJECT, "peers", at, f"en_{number}", MADE).day_key()


def test_entries_of_a_day_are_spread_over_all_parts():
    entries = [entry_for(SUBJECT, "peers", AT, f"en_{each}", MADE) for each in range(200)]
    assert len({each.day_key() for each in entries}) == SHARDS


def test_an_entry_of_no_program_is_listed_nowhere():
    entry = entry_for(SUBJECT, "peers", AT, "en_1", MADE)
    assert replace(entry, program="").day_key() is None


def test_a_day_has_the_shards_of_its_utc_days():
    start = datetime(2027, 3, 1, 5, tzinfo=UTC)
    days = {key.split("#")[1] for key in day_keys("peers", start, start + timedelta(days=1))}
    assert days == {"2027-03-01", "2027-03-02"}
    midnight = datetime(2027, 3, 1, tzinfo=UTC)
    assert len(day_keys("peers", midnight, midnight + timedelta(days=1))) == SHARDS
