"""What an account has: on its way, on its balance, used."""

import pytest

from goodword.domain.credits.portal import sums_of
from goodword.domain.money import Money
from tests.steps.world import World


@pytest.fixture
def world():
    world = World()
    world.program()
    world.referrer()
    world.connection()
    return world


def test_sums_separate_used_from_remaining(world):
    world.referral()
    world.stage("demo_attended")
    world.post(world.credit().credit)
    credit = world.change_credit(applied_minor=2000, applied_on="1042")
    result = sums_of(
        {"posted#USD": 5000, "held#USD": 700, "pending#USD": 300, "canceled#USD": 9}, [credit]
    )
    assert result.pending == (Money(1000, "USD"),)
    assert result.posted == (Money(3000, "USD"),)
    assert result.applied == (Money(2000, "USD"),)


def test_nothing_is_no_amount(world):
    result = sums_of({"posted#USD": 0}, [])
    assert (result.pending, result.posted, result.applied) == ((), (), ())
