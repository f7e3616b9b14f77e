"""The latest audit over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

from goodword.domain.credits.audit import Audit, Difference
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from tests.api.cloud import Cloud

AT = datetime(2027, 3, 1, 4, tzinfo=UTC)
DIFFERENCE = Difference(
    Reason("missing", {"here": Money(5000, "USD")}), "cus_1", "cr_1_demo", "cbtxn_1"
)
LATEST = "/v1/audits/latest"


def test_the_latest_audit_is_reported(cloud: Cloud) -> None:
    for day in ("2027-02-28", "2027-03-01"):
        cloud.stores.audits.put(Audit(day, AT, 2, 3, 1, (DIFFERENCE,), ("cus_2",), 4, "cus_1"))

    result = cloud.send("GET", LATEST, scope="read")

    assert (result.status, result.headers["cache-control"]) == (200, "no-store")
    assert result.json == {
        "day": "2027-03-01",
        "at": "2027-03-01T04:00:00.000000Z",
        "accounts": 2,
        "credits": 3,
        "count": 1,
        "differences": [
            {
                "kind": "missing",
                "args": {"here": {"minor": 5000, "currency": "USD", "text": "50.00 USD"}},
                "sentence": "50.00 USD is posted here, and Stripe has no such transaction",
                "account": "cus_1",
                "credit": "cr_1_demo",
                "transaction": "cbtxn_1",
            }
        ],
        "unread": ["cus_2"],
        "left": 4,
        "complete": False,
    }


def test_before_the_first_audit_there_is_none(cloud: Cloud) -> None:
    problem = cloud.refused(404, "GET", LATEST, scope="read")

    assert problem["detail"] == "no audit has run yet"


def test_an_audit_needs_a_key_and_takes_no_query(cloud: Cloud) -> None:
    cloud.refused(401, "GET", LATEST)
    cloud.refused(400, "GET", f"{LATEST}?day=2027-03-01", scope="read")
