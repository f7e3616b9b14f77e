"""How a referral comes to be, and to whom it belongs."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.journeys.journey import Journey

pytestmark = pytest.mark.journey

PRACTICE = {"segment": "private_practice", "company_size": "4"}


def test_a_small_practice_that_can_be_reached_qualifies_from_its_signup_alone(journey: Journey) -> None:
    ana, robin = journey.customer(), journey.person()
    link = journey.link(ana, "private-practice")
    referral = journey.sign_up(link, robin, phone=robin.phone, **PRACTICE)
    journey.walk.await_balance(-5_000, ana.account)
    (credit,) = journey.await_credits(ana.account, ("posted", 5_000))
    assert (credit["milestone"], credit["referral"]) == ("qualified", referral)
    (milestone,) = journey.story(referral)["milestones"]
    assert milestone["answer"] == "met"
    assert milestone["for_customer"].startswith("50.00 USD comes off your next invoice")


@pytest.mark.parametrize(
    ("said", "answer", "reason"),
    [
        ({"segment": "private_practice", "company_size": "400"}, "not_met", "company size is 400"),
        ({"segment": "private_practice"}, "not_yet", "company size is not known"),
    ],
)
def test_who_does_not_fit_earns_nothing_and_the_story_says_why(
    journey: Journey, said: dict[str, str], answer: str, reason: str
) -> None:
    ana, robin = journey.customer(), journey.person()
    link = journey.link(ana, "private-practice")
    referral = journey.sign_up(link, robin, phone=robin.phone, **said)
    journey.walk.wait(
        lambda: [(each["answer"], each["reasons"]) for each in journey.story(referral)["milestones"]],
        [(answer, [reason])],
        "the verdict",
    )
    assert journey.credits(ana.account) == []


def test_the_form_of_a_page_signs_up_as_well_and_answers_with_a_page(journey: Journey) -> None:
    ana, robin = journey.customer(), journey.person()
    landed = journey.http.get(journey.follow(journey.link(ana)).headers["location"])
    assert f'action="{journey.demo.url}/v1/signups"' in landed.text
    token = parse_qs(urlsplit(str(landed.url)).query)["gw"][0]
    filled_in = {"gw": token, "name": robin.name, "email": robin.email, "phone": ""}
    answer = journey.http.post(f"{journey.demo.url}/v1/signups", data=filled_in)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Thank you" in answer.text
    assert len(journey.statement(ana.account)["referrals"]) == 1


def test_a_token_that_was_changed_signs_nobody_up(journey: Journey) -> None:
    ana, robin = journey.customer(), journey.person()
    token = journey.walk.follow(journey.link(ana))
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    answer = journey.http.post(
        f"{journey.demo.url}/v1/signups", json={"gw": forged, "name": robin.name, "email": robin.email}
    )
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert journey.statement(ana.account)["referrals"] == []


def test_a_contact_is_handed_over_only_with_the_words_of_an_attestation(journey: Journey) -> None:
    ana, robin = journey.customer(), journey.person()
    told = {
        "customer": ana.customer,
        "program": "demo-and-deal",
        "source": "form",
        "name": robin.name,
        "email": robin.email,
    }
    refused = journey.expect(422, "POST", "/v1/referrals", json=told)
    assert refused["where"] == "attestation"
    assert journey.statement(ana.account)["referrals"] == []

    words = "Robin asked me to pass this on."
    made = journey.expect(201, "POST", "/v1/referrals", json={**told, "attestation": words})
    assert (made["new"], made["source"], made["attestation"]) == (True, "form", words)
    story = journey.story(made["referral"])
    assert story["first_contact"].startswith(f"{ana.person.name} gave us your name on ")
    assert story["timeline"][0]["sentence"] == (
        "A customer handed over the contact and attested that they may."
    )


def test_the_same_person_twice_is_one_referral(journey: Journey) -> None:
    ana, robin = journey.customer(), journey.person()
    link = journey.link(ana)
    token = journey.walk.follow(link)
    first = journey.walk.sign_up(token, name=robin.name, email=robin.email)
    assert journey.walk.sign_up(token, name=robin.name, email=robin.email.upper()) == first
    assert journey.sign_up(link, robin) == first
    assert [each["referral"] for each in journey.statement(ana.account)["referrals"]] == [first]
    assert journey.kinds(first).count("later_try") == 1  # the second click; the token again is no try


def test_a_later_try_of_another_customer_stands_on_the_first_ones_timeline(journey: Journey) -> None:
    ana, ben, robin = journey.customer(), journey.customer(), journey.person()
    first = journey.sign_up(journey.link(ana), robin)
    later = journey.enter(ben, "demo-and-deal", robin)
    assert (later["new"], later["referral"]) == (False, first)
    assert later["reason"] == "another customer introduced this prospect before"
    (entry,) = [each for each in journey.story(first)["timeline"] if each["kind"] == "later_try"]
    assert later["reason"] in entry["sentence"]
    assert entry["data"] == {"customer": ben.customer, "source": "form"}
    assert journey.statement(ben.account)["referrals"] == []


def test_two_prospects_of_one_company_are_two_referrals_and_one_deal_pays_once(journey: Journey) -> None:
    ana, ben, crm = journey.customer(), journey.customer(), journey.crm()
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
    assert {each["for_customer"] for each in journey.story(second)["milestones"]} == {behind}


def test_an_event_that_comes_before_the_signup_waits_for_it(journey: Journey) -> None:
    ana, robin, crm = journey.customer(), journey.person(), journey.crm()
    crm.report("stage", "demo_attended", "83", emails=(robin.email,))
    journey.walk.wait(
        lambda: journey.deliveries(crm), ["1 events, 1 of them facts, 0 matched"], "the early event"
    )
    referral = journey.sign_up(journey.link(ana), robin)
    journey.walk.await_balance(-5_000, ana.account)
    assert journey.story(referral)["stage"] == "demo_attended"
