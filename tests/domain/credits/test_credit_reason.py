"""What may happen to a credit is declared for each of its statuses."""

import pytest

from goodword.domain.credits.credit import STATUSES
from goodword.domain.credits.credit_reason import (
    CREDIT_EVENTS,
    CURRENCY_HOLDS,
    HOLDS,
    decided_by_person,
)


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_of_a_credit_is_an_event(status):
    assert f"credit_{status}" in CREDIT_EVENTS


def test_holds_for_a_currency_are_holds():
    assert set(HOLDS) >= CURRENCY_HOLDS


def test_what_a_person_typed_is_kept_as_typed():
    typed = "duplicate: see ticket 4411; ask Ana"
    assert decided_by_person(typed).args == {"typed": typed}
