"""Referrals over HTTP: entered by hand, and read with their timeline."""

from __future__ import annotations

import pytest

from tests.api.cloud import Cloud
from tests.world import PROSPECT

ENTERED = {"referrer": "ana", "program": "peers", "source": "verbal", **PROSPECT}


def test_a_referral_is_entered_and_its_story_reported(furnished: Cloud) -> None:
    made = furnished.enter(company="Example Practice", segment="private_practice", company_size=7)
    story = furnished.send("GET", f"/v1/referrals/{made.json['referral']}", scope="read")

    assert made.status == 201
    assert made.json["new"] is True
    assert made.json["prospect"]["phone"] == "+12125550123"
    assert made.json["prospect"]["said"] == {"segment": "private_practice", "company_size": "7"}
    assert story.status == 200
    assert [each["kind"] for each in story.json["timeline"]] == ["made"]
    assert (
        story.json["milestones"][0]["for_referrer"] == "50.00 USD is yours once they attend a demo."
    )


def test_internal_fields_of_a_referral_are_not_shown(furnished: Cloud) -> None:
    made = furnished.enter()

    assert not {"keys", "revision", "click"} & made.json.keys()


def test_a_later_referral_of_a_prospect_is_closed_with_reason(
    furnished: Cloud,
) -> None:
    first, again = furnished.enter(), furnished.enter(source="crm")

    assert (first.status, again.status) == (201, 200)
    assert again.json["referral"] == first.json["referral"]
    assert again.json["new"] is False
    assert again.json["reason"] == {
        "code": "referred_before_by_same_referrer",
        "args": {},
        "sentence": "the same referrer introduced this prospect before",
    }


def test_a_contact_that_is_handed_over_needs_an_attestation(furnished: Cloud) -> None:
    body = {**ENTERED, "source": "form", "attestation": "  "}

    problem = furnished.refused(422, "POST", "/v1/referrals", scope="crm", json=body)

    assert problem["where"] == "attestation"


WRONG: dict[str, dict[str, object]] = {
    "source": {"source": "link"},
    "referrer": {"referrer": "a b"},
    "program": {"program": None},
    "email": {"email": "robin"},
    "phone": {"phone": "12"},
    "name": {"name": "12"},
    "company_size": {"company_size": 0},
    "gw": {"gw": "a.b.c.d"},
    "attestation": {"attestation": "x" * 501},
    "company": {"company": ["x"]},
    "product": {"product": "a\x00b"},
}


@pytest.mark.parametrize("field", WRONG)
def test_a_field_that_is_not_right_is_named(furnished: Cloud, field: str) -> None:
    body = {**ENTERED, **WRONG[field]}

    problem = furnished.refused(422, "POST", "/v1/referrals", scope="crm", json=body)

    assert problem["where"] == field


@pytest.mark.parametrize("field", ["referrer", "program"])
def test_a_referral_needs_an_existing_referrer_and_program(furnished: Cloud, field: str) -> None:
    furnished.refused(404, "POST", "/v1/referrals", scope="crm", json={**ENTERED, field: "unknown"})


@pytest.mark.parametrize("name", ["rf_nothing", "a%20b", "%00", "%ED%A0%80"])
def test_a_referral_that_there_is_not_is_not_found(furnished: Cloud, name: str) -> None:
    furnished.refused(404, "GET", f"/v1/referrals/{name}", scope="read")


def test_no_referral_is_entered_without_the_key_that_hashes_addresses(furnished: Cloud) -> None:
    furnished.forget_secret("keys/identities")

    problem = furnished.refused(503, "POST", "/v1/referrals", scope="crm", json=ENTERED)

    assert "Nothing was changed" in problem["remedy"]
