"""Signed requests as a CRM would send them: what is built here is taken there."""

from datetime import UTC, datetime

import pytest

from goodword.crm import KINDS, crm_for
from goodword.crm.stripe.webhook import complete
from goodword.ports.services import SecretPair, WebhookRequest
from infra.twins.crm_signing import signed_request, stage_event

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SECRETS = {
    "hubspot": "client-secret",
    "hubspot_workflow": "client-secret",
    "standard": "whsec_" + "MfKQ9r8G" * 4,
    "pipedrive": "goodword:open-sesame",
    "salesforce_flow": "shared",
    "salesforce_outbound": "shared/key:00D000000000001EAA",
}
WITH_STAGES = [kind for kind in KINDS if kind != "stripe"]


@pytest.mark.parametrize("kind", WITH_STAGES)
@pytest.mark.parametrize(
    "url", ["https://example.com/webhooks/crm", "https://example.com/webhooks/a%2Cb"]
)
def test_a_signed_stage_is_accepted_and_read_as_the_same(kind, url):
    one = "006000000000001AAA" if kind.startswith("salesforce") else "77"
    body = stage_event(kind, "deal", one, "stage", "demo", NOW, "an-event")
    headers, body, sent_to = signed_request(kind, url, SECRETS[kind], body, NOW)
    crm = crm_for(kind)
    crm.verify(WebhookRequest("POST", sent_to, headers, body), SecretPair(SECRETS[kind]), NOW)
    event = next(event for event in crm.read(body, "crm") if event.property == "stage")
    assert (event.object.kind, event.object.id, event.value, event.version) == (
        "deal",
        one,
        "demo",
        NOW,
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "hubspot"])
def test_a_contacts_address_and_our_id_are_sent_where_supported(kind):
    one = "003000000000001AAA" if kind.startswith("salesforce") else "5"
    body = stage_event(
        kind, "contact", one, "stage", "demo", NOW, "1", referral="r_1", emails=("ana@example.com",)
    )
    event = crm_for(kind).read(body, "crm")[0]
    assert (event.referral, event.emails) == ("r_1", ("ana@example.com",))


@pytest.mark.parametrize("kind", WITH_STAGES)
def test_the_company_travels_where_the_crm_can_carry_it(kind):
    sf = kind.startswith("salesforce")
    company = "001000000000001AAA" if sf else "9"
    body = stage_event(
        kind, "deal", DEAL if sf else "77", "stage", "demo", NOW, "1", company=company
    )
    event = crm_for(kind).read(body, "crm")[0]
    assert (event.company.id if event.company else None) == (None if kind == "hubspot" else company)


@pytest.mark.parametrize(("value", "result"), [("refunded", "refunded"), ("demo", "partial")])
def test_a_signed_refund_is_accepted_and_read_as_one(value, result):
    body = stage_event("stripe", "contact", "cus_9", "refund", value, NOW, "an-event")
    headers, body, sent_to = signed_request(
        "stripe", "https://example.com/webhooks/s", "whsec_a", body, NOW
    )
    crm = crm_for("stripe")
    crm.verify(WebhookRequest("POST", sent_to, headers, body), SecretPair("whsec_a"), NOW)
    (event,) = crm.read(complete(body, "", None), "stripe")
    assert (event.object.id, event.property, event.value) == ("cus_9", "refund", result)
    assert event.version == NOW


DEAL = "006000000000001AAA"


def test_a_custom_field_of_pipedrive_is_named_so():
    body = stage_event("pipedrive", "deal", "77", "custom:a1b2", "x", NOW, "1")
    (event,) = [
        event for event in crm_for("pipedrive").read(body, "crm") if event.property == "a1b2"
    ]
    assert event.value == "x"


def test_a_kind_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="rolodex"):
        signed_request("rolodex", "https://example.com", "x", b"", NOW)
    with pytest.raises(ValueError, match="rolodex"):
        stage_event("rolodex", "deal", "1", "stage", "x", NOW, "1")
