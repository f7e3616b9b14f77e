"""From a referrer's link to two credits on the bill, with repeated and reordered events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.journeys.journey import Journey

pytestmark = pytest.mark.journey


def test_a_link_leads_to_demo_credit_and_deal_credit(journey: Journey) -> None:
    ana, robin, crm = journey.referrer(), journey.person(), journey.crm()
    referral = journey.sign_up(journey.link(ana), robin)

    crm.report("stage", "demo_attended", "77", emails=(robin.email,))
    journey.walk.await_balance(-5_000, ana.account)
    crm.report("stage", "won", "77", emails=(robin.email,))
    journey.walk.await_balance(-25_000, ana.account)

    credits_ = journey.await_credits(ana.account, ("posted", 5_000), ("posted", 20_000))
    assert {each["milestone"]: each["amount"]["text"] for each in credits_} == {
        "demo": "50.00 USD",
        "deal": "200.00 USD",
    }
    assert all("comes off your next invoice" in each["sentence"] for each in credits_)
    statement = journey.statement(ana.account)
    assert statement["sums"]["posted"] == [
        {"minor": 25_000, "currency": "USD", "text": "250.00 USD"}
    ]
    assert not any(
        statement["sums"][status]
        for status in ("pending", "sending", "held", "over_limit", "canceled")
    )

    story = journey.story(referral)
    assert (story["stage"], story["open"]) == ("won", False)
    result = [entry["sentence"] for entry in story["timeline"]]
    assert result[0] == "The referral was received: by a link."
    assert [each for each in result if each.startswith("The sale is at")] == [
        "The sale is at “demo attended”.",
        "The sale is at “won”.",
    ]
    assert [each for each in result if "was earned" in each and each.startswith("50.00 USD")]
    assert "200.00 USD was posted." in result
    posted = [entry["data"] for entry in story["timeline"] if entry["kind"] == "credit_posted"]
    assert all(each["transaction"].startswith("cbtxn_") for each in posted)
    assert story["timeline"][-1]["kind"] in ("credit_posted", "closed")


@pytest.mark.long
def test_what_the_crm_repeats_or_reorders_changes_nothing(journey: Journey) -> None:
    ana, robin, crm = journey.referrer(), journey.person(), journey.crm()
    referral = journey.sign_up(journey.link(ana), robin)
    now = datetime.now(UTC)
    attended = crm.event("stage", "demo_attended", "78", now, emails=(robin.email,))
    won = crm.event("stage", "won", "78", now + timedelta(seconds=2), emails=(robin.email,))
    booked = crm.event("stage", "demo_booked", "78", now - timedelta(days=1), emails=(robin.email,))

    assert crm.send(won).status_code == 200
    journey.walk.await_balance(-25_000, ana.account)  # who bought has seen enough of a demo
    before = journey.kinds(referral)
    for body in (won, attended, attended, booked, won):
        assert crm.send(body).status_code == 200
    journey.walk.wait(
        lambda: sorted(map(bool, journey.deliveries(crm))), [True] * 3, "the deliveries"
    )

    assert journey.credits(ana.account) == [("posted", 5_000), ("posted", 20_000)]
    assert journey.walk.balance(ana.account) == -25_000
    assert len(journey.transactions(ana.account)) == 2
    assert journey.story(referral)["stage"] == "won"
    assert journey.kinds(referral) == before
