"""The ledger: every move of money has two legs, and all of them sum to zero."""

from datetime import UTC, datetime

import pytest

from goodword.domain.credits.credit import STATUSES, Credit, Pending, make_reversal
from goodword.domain.credits.ledger import make_ledger_entry
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from tests.credits import altered

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
CREDIT = Credit(
    *("cr_1", "peers", 1, "demo", "rf_1", "cus_1", "ana"),
    Money(5000, "USD"),
    Pending(),
    AT,
    AT,
)
PLACE = {
    "pending": "owed",
    "held": "owed",
    "sending": "owed",
    "posted": "stripe",
    "over_limit": "program",
    "canceled": "program",
    "reversed": "program",
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("before", [None, *STATUSES])
def test_a_move_is_booked_where_money_changes_its_place(before, status):
    stored = None if before is None else altered(CREDIT, status=before)
    entry = make_ledger_entry(stored, altered(CREDIT, status=status, revision=12), AT)
    source = "program" if before is None else PLACE[before]
    if source == PLACE[status]:
        assert entry is None
        return
    assert (entry.source, entry.target) == (source, PLACE[status])
    assert (entry.credit, entry.entry, entry.at) == ("cr_1", "000012", AT)
    assert (entry.account, entry.minor, entry.currency) == ("cus_1", 5000, "USD")


def test_a_reversal_books_nothing_of_its_own():
    assert (
        make_ledger_entry(None, make_reversal(CREDIT, Reason("deal_lost"), AT, review=False), AT)
        is None
    )
