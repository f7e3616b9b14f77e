"""Erasing over HTTP: nothing of the person is left in any table.

The same again answers alike.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest

from goodword.domain.access.api_key import Scope
from tests.api.cloud import Cloud
from tests.api.test_webhooks import signed

CANARIES = ("Canary", "canary", "5550147")
PROSPECT = {
    "name": "Robin Canary",
    "email": "robin.canary@canary-practice.example.org",
    "phone": "+1 212 555 0147",
    "company": "Canary Practice",
    "region": "canary",
}


def report(cloud: Cloud, stage: str, name: str) -> None:
    """Let the CRM report a stage, in a body that names the person.

    Apply it as the stream would.
    """
    event = {
        "type": "object.changed",
        "timestamp": datetime.now(UTC).isoformat(),
        "data": {
            "object": {"kind": "deal", "id": "77"},
            "properties": {"stage": stage, "note": "Robin Canary was glad"},
            "emails": [PROSPECT["email"]],
        },
    }
    body = json.dumps(event).encode()
    assert cloud.send("POST", "/webhooks/crm", body, **signed(body, name)).status == 200
    app = import_module("functions.crm_copy.apply_event.app")
    app.wire.cache_clear()
    for item in cloud.items("inbox"):
        record = {"dynamodb": {"Keys": {"delivery": item["delivery"]}, "SequenceNumber": "1"}}
        assert app.handler({"Records": [record]}, None) == {"batchItemFailures": []}
    app.wire.cache_clear()


def found(cloud: Cloud, *canaries: str) -> list[str]:
    dump = json.dumps(cloud.contents(), ensure_ascii=False)
    return [canary for canary in canaries if canary in dump]


@pytest.fixture
def result(furnished: Cloud) -> tuple[Cloud, str]:
    """Give a deployment with a referral of which a CRM has reported."""
    referral = furnished.enter(**PROSPECT, attestation="Robin Canary agreed").json["referral"]
    report(furnished, "crm demo_attended", "msg_one")
    assert found(furnished, *CANARIES) == list(CANARIES)
    return furnished, referral


def test_a_prospect_is_taken_out_of_every_table(result: tuple[Cloud, str]) -> None:
    cloud, referral = result
    sums = cloud.send("GET", "/v1/accounts/cus_1/statement", scope="read").json["sums"]
    money = cloud.items("credits"), cloud.items("ledger"), cloud.items("counts")

    answer = cloud.send("POST", f"/v1/referrals/{referral}/erase", scope="admin")

    assert answer.status == 200
    assert answer.json["erased"] == referral
    assert found(cloud, *CANARIES) == []
    assert (cloud.items("credits"), cloud.items("ledger"), cloud.items("counts")) == money
    assert sums["pending"] == [{"minor": 5000, "currency": "USD", "text": "50.00 USD"}]
    assert cloud.send("GET", "/v1/accounts/cus_1/statement", scope="read").json["sums"] == sums


def test_the_same_again_answers_alike_and_changes_nothing(result: tuple[Cloud, str]) -> None:
    cloud, referral = result
    first = cloud.send("POST", f"/v1/referrals/{referral}/erase", scope="admin")
    before = cloud.contents()

    assert cloud.send("POST", f"/v1/referrals/{referral}/erase", scope="admin") == first
    assert cloud.contents() == before


def test_what_the_crm_reports_afterwards_is_dropped(result: tuple[Cloud, str]) -> None:
    cloud, referral = result
    cloud.send("POST", f"/v1/referrals/{referral}/erase", scope="admin")

    report(cloud, "crm demo_attended", "msg_two")

    assert found(cloud, *CANARIES) == []
    assert cloud.items("unmatched") == []


def test_the_answer_says_what_is_still_stored_and_until_when(result: tuple[Cloud, str]) -> None:
    cloud, referral = result
    answer = cloud.send("POST", f"/v1/referrals/{referral}/erase", scope="admin").json

    at = datetime.fromisoformat(answer["erased_at"])
    until = {each["place"]: each["until"] for each in answer["still_stored"]}
    assert (datetime.fromisoformat(until["logs"]) - at).days == 30
    assert until["the CRM"] is None
    assert {"referrals", "identities", "facts", "inbox", "unmatched"} <= {
        each["store"] for each in answer["stores"] if each["emptied"]
    }


def test_the_story_of_an_erased_referral_can_be_reported(result: tuple[Cloud, str]) -> None:
    cloud, referral = result
    cloud.send("POST", f"/v1/referrals/{referral}/erase", scope="admin")

    story = cloud.send("GET", f"/v1/referrals/{referral}", scope="read").json

    assert story["prospect"] == {"name": "", "email": "", "phone": "", "company": "", "said": {}}
    assert story["erased_at"] is not None
    assert story["timeline"][-1]["actor"] == "key adminKey0001"


def test_a_referrer_is_taken_out_of_every_table(furnished: Cloud) -> None:
    who = {
        "referrer": "c-7",
        "name": "Kim Canary",
        "email": "kim.canary@example.com",
        "crm_id": "canary-9",
    }
    assert furnished.enroll(**who).status == 201
    assert found(furnished, "Canary", "canary") == ["Canary", "canary"]

    first = furnished.send("POST", "/v1/referrers/c-7/erase", scope="admin")
    again = furnished.send("POST", "/v1/referrers/c-7/erase", scope="admin")

    assert first == again
    assert first.json["erased"] == "c-7"
    assert found(furnished, "Canary", "canary") == []
    shown: dict[str, Any] = furnished.send("GET", "/v1/referrers/c-7", scope="read").json
    assert (shown["name"], shown["erased_at"]) == ("", first.json["erased_at"])


@pytest.mark.parametrize("what", ["referrals/rf_unknown", "referrers/unknown"])
def test_an_unknown_person_is_not_found(furnished: Cloud, what: str) -> None:
    furnished.refused(404, "POST", f"/v1/{what}/erase", scope="admin")


@pytest.mark.parametrize("scope", ["crm", "read"])
@pytest.mark.parametrize("what", ["referrals/rf_unknown", "referrers/ana"])
def test_only_an_admin_may_erase(furnished: Cloud, what: str, scope: Scope) -> None:
    furnished.refused(403, "POST", f"/v1/{what}/erase", scope=scope)


@pytest.mark.parametrize("what", ["referrals/rf_unknown", "referrers/ana"])
def test_erasure_requires_a_key(furnished: Cloud, what: str) -> None:
    furnished.refused(401, "POST", f"/v1/{what}/erase")
    furnished.refused(400, "POST", f"/v1/{what}/erase?now=1", scope="admin")
