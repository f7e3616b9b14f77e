"""Times as CRMs write them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.crm_copy.when import read_when

AT = datetime(2027, 2, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2027-02-10T15:00:00Z", AT),
        ("2027-02-10 15:00:00Z", AT),
        ("2027-02-10T15:00Z", AT),
        ("2027-02-10t15:00:00z", AT),
        ("2027-02-10t10:00-05:00", AT),
        ("2027-02-10T16:00:00+01", AT),
        ("2027-02-10T16:00:00.000+0100", AT),
        ("2027-02-10T15:00:00.1234567Z", AT + timedelta(microseconds=123456)),
        ("2027-02-10T15:00:00,5Z", AT + timedelta(microseconds=500_000)),
        ("2027-02-10", date(2027, 2, 10)),
    ],
)
def test_a_time_is_read_in_utc_and_a_day_stays(text, at):
    read = read_when(text)
    assert (read, type(read)) == (at, type(at))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2027-02-10T15:00:00",
        "2027-02-10T15",
        "2027-02-10T15Z",
        "2027-02-30",
        "2027-02-30T15:00Z",
        "2027-02-10T24:01Z",
        "0001-01-01T00:00:00+01:00",
        "2027-2-10",
        "10.02.2027",
        "1802271600000",
        "2027-02-10T15:00:00Z ",
        "yesterday",
    ],
)
def test_a_text_without_an_offset_is_no_time(text):
    assert read_when(text) is None


@given(st.integers(0, 4 * 10**9), st.integers(-23, 23))
def test_an_instant_that_is_written_is_read_again(seconds, offset):
    at = datetime.fromtimestamp(seconds, timezone(timedelta(hours=offset)))
    assert read_when(at.isoformat()) == at
