"""Programs: the offer, the calendar, the amounts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from goodword.domain.errors import BadInput
from goodword.domain.money import Money
from goodword.domain.programs.program import Ends, Pause, check_calendar
from goodword.domain.reason import Reason

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
LATE_IN_FEBRUARY = datetime(2027, 3, 1, 4, 59, tzinfo=UTC)  # 23:59 in New York


def paused(program, until=date(2027, 3, 10), in_flight="wait"):
    return replace(program, pause=Pause(date(2027, 3, 1), until, in_flight))


def ended(program, in_flight="close"):
    return replace(program, ends=Ends(date(2027, 3, 1), in_flight))


def test_days_are_counted_in_the_programs_zone(program):
    assert program.day(LATE_IN_FEBRUARY) == date(2027, 2, 28)
    assert program.day(LATE_IN_FEBRUARY + timedelta(minutes=1)) == date(2027, 3, 1)


@pytest.mark.parametrize(("day", "hours"), [(13, 24), (14, 23)])
def test_a_day_ends_where_the_next_begins(program, day, hours):
    zoned = replace(program, time_zone="America/New_York")
    start, end = zoned.bounds(date(2027, 3, day))  # the clocks change on March 14
    assert start == datetime(2027, 3, day, 5, tzinfo=UTC)
    assert end - start == timedelta(hours=hours)
    assert zoned.bounds(date(2027, 3, day + 1))[0] == end
    assert (zoned.day(start), zoned.day(end)) == (date(2027, 3, day), date(2027, 3, day + 1))


def test_before_it_starts_it_takes_no_referral(program):
    starts_at = datetime(2027, 1, 1, 5, tzinfo=UTC)  # midnight in New York
    assert program.refusal(starts_at - timedelta(seconds=1)) == Reason(
        "program_not_begun", {"day": date(2027, 1, 1)}
    )
    assert program.refusal(starts_at) is None


def test_from_its_last_day_on_it_takes_no_referral(program):
    assert ended(program).refusal(LATE_IN_FEBRUARY) is None
    assert ended(program).refusal(AT) == Reason("program_ended", {"day": date(2027, 3, 1)})


@pytest.mark.parametrize(
    ("day", "refusal"),
    [
        (AT - timedelta(days=1), None),
        (AT, Reason("program_on_pause", {"day": date(2027, 3, 10)})),
        (AT + timedelta(days=9), None),
    ],
)
def test_in_a_pause_it_takes_no_referral(program, day, refusal):
    assert paused(program).refusal(day) == refusal


def test_a_pause_without_an_end_lasts(program):
    assert paused(program, until=None).refusal(AT + timedelta(days=999)) == Reason(
        "program_on_pause"
    )


def test_open_referrals_go_on_unless_the_calendar_stops_them(program):
    assert program.in_flight(AT) == "continue"
    assert paused(program).in_flight(AT) == "wait"
    assert paused(program).in_flight(AT + timedelta(days=30)) == "continue"
    assert ended(program).in_flight(LATE_IN_FEBRUARY) == "continue"
    assert ended(program).in_flight(AT) == "close"
    assert paused(ended(program, "continue")).in_flight(AT) == "continue"


def test_a_milestone_pays_in_the_accounts_currency(program):
    milestone = program.milestone("demo")
    assert milestone.amount_in("EUR") == Money(4500, "EUR")
    assert milestone.amount_in("JPY") is None
    assert [milestone.amount_for(each) for each in ("EUR", "", "JPY")] == [
        Money(4500, "EUR"),
        Money(5000, "USD"),
        Money(5000, "USD"),
    ]


@pytest.mark.parametrize(
    ("posting", "above", "needed"),
    [
        ("automatic", (), False),
        ("approve", (), True),
        ("approve", (Money(5000, "USD"),), False),
        ("approve", (Money(4999, "USD"),), True),
        ("approve", (Money(5000, "EUR"),), True),
    ],
)
def test_a_small_credit_needs_no_approval(program, posting, above, needed):
    terms = replace(program, posting=posting, approve_above=above)
    assert terms.needs_approval(Money(5000, "USD")) is needed


def test_a_referral_closes_after_its_last_local_day(program):
    last = datetime(2028, 2, 29, 23, 59, 59, 999999, tzinfo=program.zone)
    assert program.deadline(AT) == last
    assert program.day(program.deadline(AT)) == program.day(AT) + timedelta(days=365)


def test_a_calendar_that_contradicts_itself_is_refused(program):
    check_calendar(program)
    check_calendar(paused(ended(program)))
    check_calendar(paused(program, until=None))
    with pytest.raises(BadInput) as refused:
        check_calendar(replace(program, ends=Ends(program.starts, "close")))
    assert refused.value.where == "ends.on"
    with pytest.raises(BadInput) as refused:
        check_calendar(paused(program, until=date(2027, 3, 1)))
    assert refused.value.where == "pause.until"
