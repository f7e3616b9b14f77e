"""A person is erased on a whole cloud.

From every table, by a function that may do this and nothing else.
"""

from __future__ import annotations

import json

import pytest

from tests.journeys.journey import Journey

pytestmark = [pytest.mark.journey, pytest.mark.long]
TABLES = (
    "referrals",
    "referrers",
    "identities",
    "facts",
    "inbox",
    "unmatched",
    "timeline",
    "credits",
    "visits",
    "search_terms",
)


def found(journey: Journey, *traces: str) -> list[str]:
    """Return which traces of a person any table that may hold people has."""
    dump = json.dumps([journey.rows(table) for table in TABLES], default=str, ensure_ascii=False)
    return [trace for trace in traces if trace in dump]


def test_prospect_and_referrer_are_erased_and_the_credit_remains(journey: Journey) -> None:
    ana, robin, crm = journey.referrer(), journey.person(), journey.crm()
    traces = (robin.name, robin.email, ana.person.name, ana.person.email)
    referral = journey.sign_up(journey.link(ana), robin, phone=robin.phone)
    crm.report("stage", "demo_attended", "701", emails=(robin.email,))
    journey.walk.await_balance(-5_000, ana.account)
    assert found(journey, *traces) == list(traces)

    first = journey.expect(200, "POST", f"/v1/referrals/{referral}/erase")
    journey.expect(200, "POST", f"/v1/referrers/{ana.referrer}/erase")

    assert found(journey, *traces) == []
    assert journey.credits(ana.account) == [("posted", 5_000)]
    assert journey.expect(200, "POST", f"/v1/referrals/{referral}/erase") == first

    crm.report("stage", "won", "701", emails=(robin.email,))
    journey.walk.wait(lambda: all(journey.deliveries(crm)), True, "the delivery")
    journey.walk.wait(lambda: found(journey, *traces), [], "what the later delivery brought")
    assert journey.story(referral)["stage"] == "demo_attended"
    assert journey.credits(ana.account) == [("posted", 5_000)]
