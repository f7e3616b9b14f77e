"""How a referral comes to be, and to whom it belongs."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.journeys.journey import Journey

pytestmark = [pytest.mark.journey, pytest.mark.long]

PRACTICE = {"segment": "private_practice", "company_size": "4"}


def test_a_small_reachable_practice_qualifies_from_its_signup_alone(
    journey: Journey,
) -> None:
    ana, robin = journey.referrer(), journey.person()
    link = journey.link(ana, "private-practice")
    referral = journey.sign_up(link, robin, phone=robin.phone, **PRACTICE)
    journey.walk.await_balance(-5_000, ana.account)
    (credit,) = journey.await_credits(ana.account, ("posted", 5_000))
    assert (credit["milestone"], credit["referral"]) == ("qualified", referral)
    (milestone,) = journey.story(referral)["milestones"]
    assert milestone["answer"] == "met"
    assert milestone["for_referrer"].startswith("50.00 USD comes off your next invoice")


def test_an_html_form_signs_up_and_gets_a_page(journey: Journey) -> None:
    ana, robin = journey.referrer(), journey.person()
    landed = journey.http.get(journey.follow(journey.link(ana)).headers["location"])
    assert f'action="{journey.demo.url}/v1/signups"' in landed.text
    token = parse_qs(urlsplit(str(landed.url)).query)["gw"][0]
    filled_in = {"gw": token, "name": robin.name, "email": robin.email, "phone": ""}
    answer = journey.http.post(f"{journey.demo.url}/v1/signups", data=filled_in)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Thank you" in answer.text
    assert len(journey.statement(ana.account)["referrals"]) == 1


def test_two_prospects_of_one_company_have_one_paid_deal(
    journey: Journey,
) -> None:
    ana, ben, crm = journey.referrer(), journey.referrer(), journey.crm()
    robin = journey.person()
    sam = journey.person("sam", domain=robin.email.partition("@")[2])
    first = journey.sign_up(journey.link(ana), robin)
    second = journey.sign_up(journey.link(ben), sam)
    assert first != second
    crm.report("stage", "won", "81", emails=(robin.email,))
    journey.await_credits(ana.account, ("posted", 5_000), ("posted", 20_000))
    crm.report("stage", "won", "82", emails=(sam.email,))
    journey.walk.wait(lambda: journey.story(second)["stage"], "won", "the second one's stage")

    assert journey.credits(ben.account) == []
    assert journey.walk.balance(ben.account) == 0
    behind = "This one didn't meet the terms."
    assert {each["for_referrer"] for each in journey.story(second)["milestones"]} == {behind}


def test_an_event_before_the_signup_waits_for_a_person(journey: Journey) -> None:
    ana, robin, crm = journey.referrer(), journey.person(), journey.crm()
    crm.report("stage", "demo_attended", "83", emails=(robin.email,))
    journey.walk.wait(
        lambda: journey.deliveries(crm),
        [{"events": "1", "facts": "1", "matched": "0"}],
        "the early event",
    )
    referral = journey.sign_up(journey.link(ana), robin)
    (credit,) = journey.await_credits(ana.account, ("held", 5_000))
    assert credit["hold"] == "met_before_referral"
    journey.decide(credit["credit"], "approve")
    journey.walk.await_balance(-5_000, ana.account)
    assert journey.story(referral)["stage"] == "demo_attended"
