"""Each CRM reports in its own format and signature; what it leaves out is read from it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.journey import Crm, Journey, Person

pytestmark = [pytest.mark.journey, pytest.mark.long]

ORGANIZATION = "00D000000000001EAA"


def by_stage(name: str, attended: str, won: str) -> dict[str, Any]:
    values = {attended: "demo_attended", won: "won"}
    return {f"deal.{name}": {"attribute": "stage", "values": values}}


def _refer(journey: Journey) -> tuple[str, Person, str]:
    ana, robin = journey.referrer(), journey.person()
    return ana.account, robin, journey.sign_up(journey.link(ana), robin)


def _walk_both_stages(
    journey: Journey, crm: Crm, account: str, name: str, values: tuple[str, str], deal: str
) -> None:
    for value, minor in zip(values, (-5_000, -25_000), strict=True):
        crm.report(name, value, deal)
        journey.walk.await_balance(minor, account)


def test_hubspot_is_asked_for_the_contacts_of_a_changed_deal(journey: Journey) -> None:
    account, robin, referral = _refer(journey)
    stages = by_stage("dealstage", "presentationscheduled", "closedwon")
    crm = journey.crm(
        "hubspot", "a client secret", properties=stages, token="a private app's token"
    )
    twin = journey.demo.crm.state
    twin.put("hubspot", "contact", "9001", {"email": robin.email})
    twin.put("hubspot", "deal", "9002", {"dealstage": "closedwon"})
    twin.tie("hubspot", "deal", "9002", "9001")
    _walk_both_stages(
        journey, crm, account, "dealstage", ("presentationscheduled", "closedwon"), "9002"
    )
    (fact,) = journey.story(referral)["facts"]
    assert (fact["property"], fact["raw"], fact["value"]) == ("dealstage", "closedwon", "won")


def test_pipedrive_is_asked_for_the_persons_of_a_changed_deal(journey: Journey) -> None:
    account, robin, referral = _refer(journey)
    stages = by_stage("stage_id", "3", "5")
    crm = journey.crm("pipedrive", "goodword:a password", properties=stages, token="an API token")
    twin = journey.demo.crm.state
    twin.put("pipedrive", "contact", "41", {"email": robin.email})
    twin.put("pipedrive", "deal", "42", {"stage_id": "5"})
    twin.tie("pipedrive", "deal", "42", "41")
    _walk_both_stages(journey, crm, account, "stage_id", ("3", "5"), "42")
    assert journey.story(referral)["stage"] == "won"


def test_a_salesforce_flow_reports_an_opportunity_and_contacts_are_read(
    journey: Journey,
) -> None:
    account, robin, referral = _refer(journey)
    stages = by_stage("StageName", "Demo Held", "Closed Won")
    crm = journey.crm("salesforce_flow", "a shared secret", properties=stages, token="a session")
    deal = "006Hs00001JourA"
    twin = journey.demo.crm.state
    twin.put("salesforce", "contact", "003Hs00001JourA", {"Email": robin.email})
    twin.put("salesforce", "deal", deal, {"StageName": "Closed Won"})
    twin.tie("salesforce", "deal", deal, "003Hs00001JourA")
    _walk_both_stages(journey, crm, account, "StageName", ("Demo Held", "Closed Won"), deal)
    assert journey.story(referral)["stage"] == "won"


def test_a_salesforce_outbound_message_is_matched_by_id_and_acknowledged(
    journey: Journey,
) -> None:
    account, _, referral = _refer(journey)
    stages = by_stage("StageName", "Demo Held", "Closed Won")
    crm = journey.crm("salesforce_outbound", f"a secret:{ORGANIZATION}", properties=stages)
    answer = crm.report("StageName", "Demo Held", "006Hs00001JourB", referral=referral)
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert "<Ack>true</Ack>" in answer.text
    journey.walk.await_balance(-5_000, account)
    assert journey.story(referral)["stage"] == "demo_attended"


def test_a_forged_webhook_is_refused_and_leaves_no_trace(journey: Journey) -> None:
    stages = by_stage("stage", "attended", "won")
    crm = journey.crm("hubspot_workflow", "a client secret", properties=stages)
    body = crm.event("stage", "won", "84")
    before = len(journey.rows("inbox"))
    answer = crm.send(body, secret="another secret")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(journey.rows("inbox")) == before
    assert crm.send(body).status_code == 200  # the same body with the right secret is taken
    assert len(journey.rows("inbox")) == before + 1
