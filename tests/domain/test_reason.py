"""A reason's arguments are of the kinds that its noun declares."""

from datetime import UTC, date, datetime

import pytest

from goodword.domain.money import Money
from goodword.domain.reason import Reason, fits

FITTING = [
    ("amount", Money(5000, "USD")),
    ("currency", "USD"),
    ("day", date(2027, 3, 17)),
    ("time", datetime(2027, 3, 17, tzinfo=UTC)),
    ("count", 3),
    ("stage", "won"),
    ("field", ("name", "email")),
    ("text", "see ticket 4411; thanks"),
    ("invoice", "1042"),
    ("id", ("cr_1", "cr_2")),
    ("reason", Reason("paused")),
    ("reasons", (Reason("paused"), Reason("over"))),
]
OTHERS = [
    ("amount", "50.00 USD"),
    ("currency", ("USD", "EUR")),
    ("day", datetime(2027, 3, 17, tzinfo=UTC)),
    ("time", date(2027, 3, 17)),
    ("count", True),
    ("count", "3"),
    ("invoice", ("1042", "1043")),
    ("stage", None),
    ("field", ("name", 1)),
    ("reason", "paused"),
    ("reasons", Reason("paused")),
    ("reasons", ("paused",)),
]


@pytest.mark.parametrize(("kind", "value"), FITTING)
def test_a_value_of_its_kind_fits(kind, value):
    assert fits(kind, value)


@pytest.mark.parametrize(("kind", "value"), OTHERS)
def test_a_value_of_another_kind_does_not_fit(kind, value):
    assert not fits(kind, value)


def test_reasons_of_one_code_and_arguments_are_equal():
    assert Reason("over", {"days": 180}) == Reason("over", {"days": 180})
