"""Limits: which counters a credit takes from."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from goodword.domain.money import Money
from goodword.domain.programs.limit import limits_for
from goodword.domain.programs.program import Limits
from goodword.domain.reason import Reason

USD = Money(5000, "USD")
NEW_YEAR_IN_LONDON = datetime(2027, 1, 1, 1, tzinfo=UTC)  # still 2026 in New York
AT = datetime(2027, 5, 15, 9, tzinfo=UTC)


def limits(program, at=AT, amount=USD, **more):
    terms = replace(program, limits=Limits(**more))
    return limits_for(terms, "cus_1", amount, at, current=terms)


def test_without_limits_there_is_no_counter(program):
    assert limits(program) == ()


def test_an_account_counts_by_year_in_the_programs_zone(program):
    (limit,) = limits(
        program, NEW_YEAR_IN_LONDON, account_year=(Money(9, "EUR"), Money(50000, "USD"))
    )
    assert limit.limit == "account#cus_1#peers#USD#2026"
    assert limit.ceiling_minor == 50000
    assert limit.why == Reason("account_limit_reached", {"amount": Money(50000, "USD")})


@pytest.mark.parametrize(
    ("period", "at", "name"),
    [
        ("month", AT, "2027-05"),
        ("quarter", AT, "2027-Q2"),
        ("quarter", NEW_YEAR_IN_LONDON, "2026-Q4"),
        ("quarter", datetime(2027, 3, 31, tzinfo=UTC), "2027-Q1"),
        ("year", AT, "2027"),
        ("total", AT, "total"),
    ],
)
def test_a_budget_counts_by_its_period(program, period, at, name):
    (limit,) = limits(program, at, budget=(Money(1, "EUR"), Money(7, "USD")), budget_period=period)
    assert limit.limit == f"program#peers#USD#{name}"
    assert limit.ceiling_minor == 7
    assert limit.why == Reason("budget_used_up", {"amount": Money(7, "USD")})


def test_an_amount_of_another_currency_takes_from_no_counter(program):
    assert limits(program, amount=Money(1, "EUR"), account_year=(USD,), budget=(USD,)) == ()


def test_both_kinds_hold_at_once(program):
    assert len(limits(program, account_year=(USD,), budget=(USD,))) == 2


@pytest.mark.parametrize(
    ("own", "current", "ceiling"),
    [((7,), (9,), 9), ((9,), (7,), 9), ((), (7,), None), ((7,), (), None)],
)
def test_the_higher_of_old_and_present_limit_counts(program, own, current, ceiling):
    terms, latest = (
        replace(program, limits=Limits(account_year=tuple(Money(each, "USD") for each in amounts)))
        for amounts in (own, current)
    )
    found = limits_for(terms, "cus_1", USD, AT, current=latest)
    assert [each.ceiling_minor for each in found] == ([] if ceiling is None else [ceiling])
