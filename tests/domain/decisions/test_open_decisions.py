"""What a person may decide on a credit."""

from datetime import UTC, datetime

import pytest

from goodword.domain.credits.credit import Credit, Pending, Reverses, make_reversal
from goodword.domain.decisions.open_decisions import open_decisions
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from tests.credits import altered

AT = datetime(2027, 3, 1, tzinfo=UTC)
OWED = Credit(
    *("cr_1", "peers", 1, "demo", "rf_1", "cus_1", "ana"),
    Money(5000, "USD"),
    Pending(),
    AT,
    AT,
)


@pytest.mark.parametrize(
    ("credit", "decisions"),
    [
        ({}, ("cancel",)),
        ({"status": "held"}, ("approve", "cancel")),
        ({"status": "held", "sent_at": AT, "tries": 2}, ("approve",)),
        (
            {
                "status": "held",
                "holds": (Reason("server_error_unresolved"),),
                "sent_at": AT,
                "tries": 2,
            },
            ("approve", "cancel"),
        ),
        ({"status": "pending", "sent_at": AT}, ()),
        ({"status": "sending"}, ()),
        ({"status": "over_limit"}, ("cancel",)),
        ({"status": "posted"}, ("reverse",)),
        ({"status": "canceled"}, ()),
        ({"status": "reversed"}, ()),
        ({"status": "posted", "reverses": Reverses("cr_0")}, ()),
    ],
)
def test_what_may_be_decided_follows_from_how_the_credit_stands(credit, decisions) -> None:
    assert open_decisions(altered(OWED, **credit)) == decisions


@pytest.mark.parametrize(
    ("status", "decisions"), [("held", ()), ("pending", ()), ("canceled", ("reverse",))]
)
def test_what_is_being_taken_back_is_not_taken_back_again(status, decisions) -> None:
    posted = altered(OWED, status="posted", reversal="cr_1_reversal")
    reversal = altered(make_reversal(posted, Reason("deal_lost"), AT, review=False), status=status)
    assert open_decisions(posted, reversal) == decisions


@pytest.mark.parametrize(
    ("kind", "earns", "decisions"),
    [
        ("credit", "no", ("cancel",)),
        ("credit", "ask", ("approve", "cancel")),
        ("credit", "yes", ("approve", "cancel")),
        ("reversal", "no", ("approve", "cancel")),
    ],
)
def test_a_credit_of_a_non_earner_can_only_be_canceled(kind, earns, decisions) -> None:
    reverses = Reverses("cr_0") if kind == "reversal" else None
    held = altered(OWED, status="held", reverses=reverses)
    assert open_decisions(held, None, earns) == decisions
