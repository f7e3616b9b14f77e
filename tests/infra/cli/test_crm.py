"""goodword crm send: signed as the CRM would, and taken by our own verifiers."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from goodword.crm import crm_for
from goodword.ports.services import SecretPair, WebhookRequest
from tests.infra.cli.service import URL, Command, Service, answer, problem

SECRET = "whsec_" + "Z29vZHdvcmQtdGVzdC1zZWNyZXQtMzItYnl0ZXM="
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
STAGE = ("--object", "deal:77", "--set", "stage=demo_attended")


@pytest.fixture
def goodword(goodword: Command, service: Service) -> Command:
    goodword.environ["GOODWORD_CRM_SECRET"] = SECRET
    service.respond(answer())
    return goodword


def verified(
    service: Service, kind: str, secret: str, url: str, place: int = -1
) -> dict[str, str | None]:
    """Give a request to the verifier of its kind, and return what it reads."""
    asked = service.asked[place]
    request = WebhookRequest(asked.method, url, dict(asked.headers), asked.content)
    crm = crm_for(kind)
    crm.verify(request, SecretPair(secret, None), NOON)
    return {event.property: event.value for event in crm.read(asked.content, "crm")}


def test_a_standard_event_holds_at_our_own_verifier(goodword: Command, service: Service) -> None:
    result = goodword(
        "crm", "send", "crm", *STAGE, "--email", "robin@example.org", "--referral", "rf_1"
    )
    assert (result.exit_code, result.stdout) == (0, "crm took deal:77 stage=demo_attended.\n")
    assert service.lines == ["POST /webhooks/crm"]
    assert verified(service, "standard", SECRET, f"{URL}/webhooks/crm") == {
        "stage": "demo_attended"
    }
    shown = service.body()
    assert shown["timestamp"] == "2027-03-01T12:00:00.000Z"
    assert (shown["data"]["emails"], shown["data"]["referral"]) == (["robin@example.org"], "rf_1")


def test_no_key_goes_to_a_webhook_and_none_is_needed(goodword: Command, service: Service) -> None:
    del goodword.environ["GOODWORD_KEY"]
    assert goodword("crm", "send", "crm", *STAGE).exit_code == 0
    assert "authorization" not in service.asked[0].headers


@pytest.mark.parametrize(
    ("kind", "secret", "id_"),
    [
        ("hubspot", "client secret", "77"),
        ("hubspot_workflow", "client secret", "77"),
        ("pipedrive", "user:password", "77"),
        ("salesforce_flow", "flow secret", "006000000000001AAA"),
        ("salesforce_outbound", "path-secret:00D000000000001EAA", "006000000000001AAA"),
    ],
)
def test_each_crm_is_played_in_its_own_terms(
    goodword: Command, service: Service, kind: str, secret: str, id_: str
) -> None:
    goodword.environ["GOODWORD_CRM_SECRET"] = secret
    said = ("--object", f"deal:{id_}", "--set", "StageName=won", "--kind", kind)
    assert goodword("crm", "send", "crm", *said).exit_code == 0
    assert verified(service, kind, secret, str(service.asked[0].url))["StageName"] == "won"


def test_hubspot_signs_the_public_url_instead_of_the_called_one(
    goodword: Command, service: Service
) -> None:
    goodword.environ |= {
        "GOODWORD_CRM_SECRET": "client secret",
        "GOODWORD_URL": "http://127.0.0.1:8700",
    }
    said = (*STAGE, "--kind", "hubspot", "--public-url", "https://refer.example.com/")
    assert goodword("crm", "send", "hubspot", *said).exit_code == 0
    assert str(service.asked[0].url) == "http://127.0.0.1:8700/webhooks/hubspot"
    assert verified(service, "hubspot", "client secret", f"{URL}/webhooks/hubspot") == {
        "stage": "demo_attended"
    }


def test_each_property_is_an_event_of_its_own(goodword: Command, service: Service) -> None:
    said = (
        "--set",
        "amount=1200.00 USD",
        "--set",
        "a=b=c",
        "--occurred-at",
        "2027-02-01T00:00:00+01:00",
    )
    shown = goodword.json("crm", "send", "crm", *STAGE, *said)
    assert shown["sent"] == {"stage": "demo_attended", "amount": "1200.00 USD", "a": "b=c"}
    assert [service.body(place)["timestamp"] for place in range(3)] == [
        "2027-01-31T23:00:00.000Z"
    ] * 3


def test_the_secret_comes_from_standard_input_and_is_never_printed(
    goodword: Command, service: Service
) -> None:
    del goodword.environ["GOODWORD_CRM_SECRET"]
    result = goodword("crm", "send", "crm", *STAGE, stdin=f"{SECRET}\n")
    assert (result.exit_code, SECRET in result.output) == (0, False)
    assert verified(service, "standard", SECRET, f"{URL}/webhooks/crm")


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        (("--object", "deal", "--set", "a=b"), "--object"),
        (("--object", "deal:", "--set", "a=b"), "--object"),
        (("--object", "mood:1", "--set", "a=b"), "--object"),
        (("--object", "referral:rf_1", "--set", "a=b", "--kind", "hubspot"), "--object"),
        (("--object", "deal:seven", "--set", "a=b", "--kind", "hubspot"), "--object or the secret"),
        (("--object", "deal:7", "--set", "a"), "--set"),
        (("--object", "deal:7", "--set", "=b"), "--set"),
        (("--object", "deal:7", "--set", "a=b", "--kind", "telex"), "--kind"),
        (("--object", "deal:7", "--set", "a=b", "--occurred-at", "now"), "--occurred-at"),
        (("--object", "deal:7", "--set", "a=b", "--occurred-at", "2027-01-01"), "--occurred-at"),
    ],
)
def test_an_event_that_no_crm_sends_is_refused_before_sending(
    goodword: Command, service: Service, parts: tuple[str, ...], where: str
) -> None:
    result = goodword("crm", "send", "crm", *parts)
    assert (result.exit_code, service.asked) == (2, [])
    assert f"where: {where}\n" in result.stderr


def test_a_secret_that_is_none_is_refused_without_quoting_it(
    goodword: Command, service: Service
) -> None:
    goodword.environ["GOODWORD_CRM_SECRET"] = "whsec_a"
    result = goodword("crm", "send", "crm", *STAGE)
    assert (result.exit_code, "whsec_a\n" in result.output, service.asked) == (2, False, [])
    del goodword.environ["GOODWORD_CRM_SECRET"]
    assert goodword("crm", "send", "crm", *STAGE).exit_code == 2


def test_a_refused_signature_is_reported(goodword: Command, service: Service) -> None:
    service.answers = [problem(401, "The signature or key does not hold.", "webhook-signature")]
    result = goodword("crm", "send", "crm", *STAGE)
    assert (result.exit_code, "error (401): The signature" in result.stderr) == (1, True)


def test_a_referral_of_ours_is_an_object_of_standard(goodword: Command, service: Service) -> None:
    assert (
        goodword("crm", "send", "crm", "--object", "referral:rf_1", "--set", "a=b").exit_code == 0
    )
    assert json.loads(service.asked[0].content)["data"]["object"] == {
        "kind": "referral",
        "id": "rf_1",
    }
