"""Stripe's events, polling of the CRM and the audit, under each function's own role."""

from __future__ import annotations

import pytest

from tests.journeys.journey import Crm, Journey, Person, Referrer

pytestmark = [pytest.mark.journey, pytest.mark.long]


def _posted(journey: Journey) -> tuple[Referrer, Person, Crm]:
    """Refer a prospect who becomes a customer: the balance has 50.00 and 200.00 USD."""
    ana, robin = journey.referrer(), journey.person()
    crm = journey.crm()
    journey.sign_up(journey.link(ana), robin)
    crm.report("stage", "won", journey.name("deal"), emails=(robin.email,))
    journey.walk.await_balance(-25_000, ana.account)
    return ana, robin, crm


def _used(journey: Journey, account: str) -> list[tuple[int, int]]:
    result = journey.statement(account)["credits"]
    return sorted((each["amount"]["minor"], each["applied"]["minor"]) for each in result)


def test_what_an_invoice_took_is_used_until_it_is_returned(journey: Journey) -> None:
    ana, _, _ = _posted(journey)
    journey.walk.bill("60.00", ana.account)
    journey.walk.wait(
        lambda: _used(journey, ana.account), [(5_000, 5_000), (20_000, 1_000)], "the use"
    )
    journey.walk.bill("300.00", ana.account)
    journey.walk.wait(
        lambda: _used(journey, ana.account), [(5_000, 5_000), (20_000, 20_000)], "the use"
    )
    invoices = journey.demo.stripe.state()["invoices"]
    (last,) = (
        name
        for name, each in invoices.items()
        if each["customer"] == ana.account and each["status"] == "open"
    )
    address = f"{journey.demo.stripe.url}/customers/{ana.account}/invoices/{last}/void"
    assert journey.http.post(address).status_code == 303
    journey.walk.wait(
        lambda: _used(journey, ana.account), [(5_000, 5_000), (20_000, 1_000)], "the use"
    )


def test_a_full_refund_of_the_prospect_reverses_the_credits(journey: Journey) -> None:
    ana, robin, _ = _posted(journey)
    prospect, twin = f"cus_{journey.name('robin').replace('-', '')}", journey.demo.stripe
    check, month = (f"ch_{prospect[4:]}{number}" for number in (1, 2))
    twin.switch("customers", id=prospect, currency="usd", email=robin.email)
    for name, amount in ((check, 100), (month, 12_000)):
        twin.switch(
            "charges",
            id=name,
            customer=prospect,
            amount=amount,
            receipt_email="billing@example.com",
        )
    twin.switch("charges", id=check, refunded=100, customer=prospect)
    journey.walk.wait(lambda: _asked(journey, prospect), 1, "the charge's delivery")
    assert [each[0] for each in journey.credits(ana.account)] == ["posted", "posted"]
    twin.switch("charges", id=month, refunded=12_000, customer=prospect)
    journey.walk.wait(
        lambda: [each for each in journey.credits(ana.account) if each[0] == "reversed"],
        [("reversed", 20_000)],
        "the credits",
    )


def _asked(journey: Journey, prospect: str) -> int:
    return len(
        [each for each in journey.rows("inbox") if "+asked" in str(each) and prospect in str(each)]
    )


def test_credit_notes_over_the_prospects_whole_invoice_reverse_the_credits(
    journey: Journey,
) -> None:
    ana, robin, _ = _posted(journey)
    prospect, twin = f"cus_{journey.name('robin').replace('-', '')}", journey.demo.stripe
    twin.switch("customers", id=prospect, currency="usd", email=robin.email)
    journey.walk.bill("120.00", prospect)
    (invoice,) = (
        name for name, each in twin.state()["invoices"].items() if each["customer"] == prospect
    )
    key = {"authorization": "Bearer sk_test_twin"}

    def credit(minor: int) -> None:
        said = {"invoice": invoice, "amount": str(minor)}
        assert (
            journey.http.post(f"{twin.url}/v1/credit_notes", data=said, headers=key).status_code
            == 200
        )

    credit(11_999)
    journey.walk.wait(lambda: _asked(journey, prospect), 1, "the note's delivery")
    assert [each[0] for each in journey.credits(ana.account)] == ["posted", "posted"]
    credit(1)
    journey.walk.wait(
        lambda: [each for each in journey.credits(ana.account) if each[0] == "reversed"],
        [("reversed", 20_000)],
        "the credits",
    )


def test_one_poll_finds_a_stage_with_a_dropped_webhook(journey: Journey) -> None:
    ana, robin = journey.referrer(), journey.person()
    stages = {
        "deal.dealstage": {
            "attribute": "stage",
            "values": {"held": "demo_attended", "open": "contacted"},
        }
    }
    crm = journey.crm(
        "hubspot", "a client secret", properties=stages, token="a private app's token"
    )
    referral = journey.sign_up(journey.link(ana), robin)
    twin = journey.demo.crm.state
    twin.put("hubspot", "contact", "9101", {"email": robin.email})
    twin.put("hubspot", "deal", "9102", {"dealstage": "open"})
    twin.tie("hubspot", "deal", "9102", "9101")
    crm.report("dealstage", "open", "9102")
    journey.walk.wait(lambda: journey.story(referral)["stage"], "contacted", "the stage")
    twin.put("hubspot", "deal", "9102", {"dealstage": "held"})
    polled = journey.demo.cloud.invoke("poll_crm")
    assert (polled["failed"], polled["finished"]) == ([], True)
    journey.await_credits(ana.account, ("posted", 5_000))


def test_the_audit_reports_manual_changes_at_stripe(journey: Journey) -> None:
    ana, _, _ = _posted(journey)
    one = journey.transactions(ana.account)[0]["id"]
    address = f"{journey.demo.stripe.url}/v1/customers/{ana.account}/balance_transactions/{one}"
    edited = {"metadata[goodword_credit]": "", "description": "tidied up"}
    key = {"authorization": "Bearer sk_test_twin"}
    assert journey.http.post(address, data=edited, headers=key).status_code == 200
    journey.demo.cloud.invoke("audit_ledger")
    found = journey.walk.ask("/v1/audits/latest")["differences"]
    assert [each["kind"] for each in found if each["account"] == ana.account] == ["metadata"]
    assert any('"LedgerDifferences"' in line for line in journey.demo.cloud.logs("audit_ledger"))
