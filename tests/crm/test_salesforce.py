"""Salesforce's signed Flow and its SOAP outbound message."""

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from goodword.crm.salesforce.webhook import SalesforceFlow, SalesforceOutbound
from goodword.domain.crm_copy.fact import ObjectRef
from goodword.domain.errors import Forged, NotReady, Unreadable
from goodword.ports.services import SecretPair, WebhookRequest
from infra.twins.crm_signing import signed_request, stage_event

FLOW, OUTBOUND = SalesforceFlow(), SalesforceOutbound()
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
URL = "https://example.com/webhooks/salesforce"
DEAL, COMPANY, PERSON = (prefix + "000000000001AAA" for prefix in ("006", "001", "003"))
LEAD = "00Q000000000001EAA"
ORGANIZATION = "00D000000000001EAA"
SHARED = "shared"
SECRET = f"a:long&secret=ä:{ORGANIZATION}"


def flow(body=b"[]", secret=SHARED, now=NOW):
    headers, body, url = signed_request("salesforce_flow", URL, secret, body, now)
    return WebhookRequest("POST", url, headers, body)


def message(**changed):
    said = {
        "kind": "salesforce_outbound",
        "object_kind": "deal",
        "object_id": DEAL,
        "name": "StageName",
    }
    return stage_event(
        **(said | {"value": "Demo", "occurred_at": NOW, "event_id": "04l000000000001AAA"} | changed)
    )


def outbound(body=None, secret=SECRET):
    headers, body, url = signed_request("salesforce_outbound", URL, secret, body or message(), NOW)
    return WebhookRequest("POST", url, headers, body)


def test_the_flows_signature_is_hex_over_time_and_body():
    # Computed by: printf '1772357400.{}' | openssl dgst -sha256 -hmac shared
    headers = {
        "x-goodword-timestamp": "1772357400",
        "x-goodword-signature": "8970fb524e9f0231472fce889eb9a536c9edfdd2004dceb37269e1c94ef21b9a",
    }
    FLOW.verify(WebhookRequest("POST", URL, headers, b"{}"), SecretPair(SHARED), NOW)


def test_current_and_previous_secret_of_a_flow_both_hold():
    FLOW.verify(flow(secret="old"), SecretPair(SHARED, "old"), NOW)
    with pytest.raises(Forged):
        FLOW.verify(flow(secret="older"), SecretPair(SHARED, "old"), NOW)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_valid_flow_of_another_time_is_refused(minutes):
    with pytest.raises(Forged):
        FLOW.verify(flow(now=NOW + timedelta(minutes=minutes)), SecretPair(SHARED), NOW)


def test_each_field_of_a_record_has_its_systemmodstamp():
    body = stage_event(
        "salesforce_flow",
        "deal",
        DEAL,
        "StageName",
        "Demo",
        NOW,
        "1",
        referral="r_1",
        company=COMPANY,
    )
    events = {event.property: event for event in FLOW.read(body, "sf")}
    assert set(events) == {"StageName", "Goodword_Referral__c", "AccountId"}
    stage = events["StageName"]
    assert (stage.object, stage.value, stage.version) == (
        ObjectRef("sf", "deal", DEAL),
        "Demo",
        NOW,
    )
    assert (stage.referral, stage.company) == ("r_1", ObjectRef("sf", "company", COMPANY))


def record(sobject="Opportunity", **fields):
    base = {
        "attributes": {"type": sobject},
        "Id": DEAL,
        "SystemModstamp": "2026-03-01T09:30:00.000+0000",
    }
    return base | fields


def read(*records):
    return FLOW.read(json.dumps(records).encode(), "sf")


def test_a_single_record_needs_no_list():
    assert len(FLOW.read(json.dumps(record(StageName="Demo")).encode(), "sf")) == 1


def test_a_lead_is_a_contact_and_may_become_a_deal():
    fields = {
        "Id": LEAD,
        "Email": "ana@example.com",
        "ConvertedOpportunityId": DEAL,
        "ConvertedAccountId": COMPANY,
    }
    events = read(record("Lead", **fields))
    assert {event.object for event in events} == {ObjectRef("sf", "contact", LEAD)}
    assert events[0].emails == ("ana@example.com",)
    assert (events[0].deal, events[0].company) == (
        ObjectRef("sf", "deal", DEAL),
        ObjectRef("sf", "company", COMPANY),
    )


def test_a_converted_lead_is_merged_into_its_contact():
    events = read(record("Lead", Id=LEAD, Email="ana@example.com", ConvertedContactId=PERSON))
    (merged,) = (event for event in events if event.property == "_merged_into")
    assert (merged.object, merged.value) == (ObjectRef("sf", "contact", LEAD), PERSON)
    assert merged.tied_to == ObjectRef("sf", "contact", PERSON)
    assert merged.emails == ("ana@example.com",)


def test_a_lead_that_is_not_converted_became_nothing():
    events = read(record("Lead", Id=LEAD, Email="ana@example.com", ConvertedContactId=None))
    assert {event.property for event in events} == {"Email", "ConvertedContactId"}


def test_a_merged_record_names_the_one_that_remains():
    other = PERSON[:14] + ("9" if PERSON[14] != "9" else "8")
    (merged,) = read(record("Contact", Id=other, IsDeleted=True, MasterRecordId=PERSON))
    assert (merged.property, merged.value) == ("_merged_into", PERSON)


def test_a_person_account_is_a_company_and_its_contact():
    events = read(
        record(
            "Account",
            Id=COMPANY,
            Name="Ana Example",
            IsPersonAccount=True,
            PersonContactId=PERSON,
            PersonEmail="Ana@Example.com",
            Segment__pc="private_practice",
            Goodword_Referral__pc="r_1",
        )
    )
    account, contact = ObjectRef("sf", "company", COMPANY), ObjectRef("sf", "contact", PERSON)
    of_contact = {event.property: event for event in events if event.object == contact}
    assert {event.object for event in events} == {account, contact}
    assert {event.emails for event in events} == {("ana@example.com",)}
    assert of_contact["Email"].value == "Ana@Example.com"
    assert of_contact["Segment__c"].value == "private_practice"
    assert {(event.referral, event.company) for event in of_contact.values()} == {("r_1", account)}
    (tie,) = (event for event in events if event.property.startswith("_association"))
    assert (tie.object, tie.tied_to) == (contact, account)


def test_a_business_account_has_no_address():
    events = read(record("Account", Id=COMPANY, Name="Example Clinic", PersonContactId=None))
    assert {(event.object.kind, event.emails) for event in events} == {("company", ())}


def test_fifteen_and_eighteen_characters_are_one_object():
    (event,) = read(record(Id=DEAL[:15], StageName="Demo"))
    assert event.object.id == DEAL


def test_the_last_modified_date_stands_in_for_a_missing_systemmodstamp():
    fields = {
        "SystemModstamp": None,
        "LastModifiedDate": "2026-03-01T09:00:00Z",
        "StageName": "Demo",
    }
    (event,) = read(record(**fields))
    assert event.version == NOW - timedelta(minutes=30)


def test_a_deleted_record_says_only_that():
    (event,) = read(record(IsDeleted=True, StageName="Demo"))
    assert (event.property, event.value) == ("_deleted", "true")


def test_other_types_and_nested_records_are_passed_over():
    assert read(record("Case"), record("Opportunity", Account={"Name": "Example Clinic"})) == ()


@pytest.mark.parametrize(
    "bad",
    [
        5,
        {},
        record(Id="77"),
        record(Id=None),
        record(SystemModstamp=None),
        record(AccountId="x", StageName="B"),
    ],
)
def test_an_unreadable_record_leaves_the_others(bad):
    first, unread, last = read(record(StageName="Demo"), bad, record(StageName="Won"))
    assert (first.value, last.value) == ("Demo", "Won")
    assert isinstance(unread, Unreadable)


def test_more_records_than_a_flow_sends_are_unreadable():
    with pytest.raises(Unreadable):
        read(*[record()] * 201)


def test_the_same_records_are_the_same_delivery():
    assert FLOW.delivery_id(flow()) == FLOW.delivery_id(flow(now=NOW + timedelta(minutes=1)))
    assert FLOW.delivery_id(flow()) != FLOW.delivery_id(flow(b"[{}]"))


def test_key_and_organization_together_open_the_door():
    OUTBOUND.verify(outbound(), SecretPair(SECRET), NOW)
    OUTBOUND.verify(outbound(), SecretPair(SECRET[:-3]), NOW)
    OUTBOUND.verify(
        outbound(secret=f"old:{ORGANIZATION}"), SecretPair(SECRET, f"old:{ORGANIZATION}"), NOW
    )


@pytest.mark.parametrize(
    "url",
    [
        URL,
        f"{URL}?key=",
        f"{URL}?key=wrong",
        f"{URL}?key=right&key=right",
        f"{URL}?KEY=right",
        f"{URL}#key=right",
        f"{URL}?" + "a=1&" * 50 + "key=right",
        f"{URL}?key=ri\tght",
        f"{URL}?key=right%0A",
    ],
)
def test_an_address_without_the_one_key_is_forged(url):
    with pytest.raises(Forged):
        OUTBOUND.verify(
            WebhookRequest("POST", url, {}, message()), SecretPair(f"right:{ORGANIZATION}"), NOW
        )


@pytest.mark.parametrize("organization", ["00D000000000002EAA", "", "x", "00D000000000001AAB"])
def test_another_organization_with_the_right_key_is_forged(organization):
    with pytest.raises(Forged):
        OUTBOUND.verify(outbound(message(organization_id=organization)), SecretPair(SECRET), NOW)


def test_one_secrets_key_does_not_go_with_the_others_organization():
    old = "old:00D000000000002EAA"
    with pytest.raises(Forged):
        OUTBOUND.verify(outbound(secret=f"old:{ORGANIZATION}"), SecretPair(SECRET, old), NOW)


@pytest.mark.parametrize("secret", ["", "only", f":{ORGANIZATION}", "key:", "key:00D"])
def test_a_malformed_secret_of_ours_is_not_the_senders_fault(secret):
    with pytest.raises(NotReady):
        OUTBOUND.verify(outbound(), SecretPair(secret), NOW)


def test_nobody_without_the_key_makes_us_parse_xml():
    with pytest.raises(Forged):
        OUTBOUND.verify(
            WebhookRequest("POST", f"{URL}?key=wrong", {}, b"<"), SecretPair(SECRET), NOW
        )


def test_every_field_of_a_notification_is_an_event():
    body = message(
        object_kind="contact",
        object_id=PERSON,
        name="Title",
        value="<Dr> & Co",
        emails=("ana@example.com",),
    )
    events = {event.property: event for event in OUTBOUND.read(body, "sf")}
    assert set(events) == {"Title", "Email"}
    assert events["Title"].value == "<Dr> & Co"
    assert events["Title"].object == ObjectRef("sf", "contact", PERSON)
    assert events["Title"].emails == ("ana@example.com",)
    assert events["Title"].version == NOW


def notifications(
    inner, root='<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
):
    return (
        f'{root}<notifications xmlns="http://soap.sforce.com/2005/09/outbound">{inner}</notifications>'
        "</e:Body></e:Envelope>"
    ).encode()


OTHER = (
    "<Notification><Id>x</Id>"
    '<sObject xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="sf:Case" '
    'xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>500</sf:Id></sObject></Notification>'
)


def inner(body):
    return body.decode().partition("</OrganizationId>")[2].partition("</notifications>")[0]


@pytest.mark.parametrize(
    "bad",
    [
        "<Notification><Id>x</Id></Notification>",
        inner(message(object_id="77")),
        inner(message(name="SystemModstamp", value="soon")),
    ],
)
def test_an_unreadable_notification_leaves_the_others(bad):
    several = bad + inner(message(value="Won"))
    body = message().decode().replace("</notifications>", f"{several}</notifications>")
    first, unread, last = OUTBOUND.read(body.encode(), "sf")
    assert (first.value, last.value) == ("Demo", "Won")
    assert isinstance(unread, Unreadable)


def test_each_of_a_hundred_notifications_is_read():
    several = "".join(inner(message(value=f"Stage {number}")) for number in range(1, 100))
    body = message(value="Stage 0").decode()
    body = body.replace("</notifications>", f"{several}</notifications>")
    events = OUTBOUND.read(body.encode(), "sf")
    assert [event.value for event in events] == [f"Stage {number}" for number in range(100)]


def test_two_hundred_records_of_a_flow_are_read():
    events = read(*(record(StageName=f"Stage {number}") for number in range(200)))
    assert [event.value for event in events] == [f"Stage {number}" for number in range(200)]


def test_a_hundred_notifications_are_read_and_other_types_ignored():
    assert OUTBOUND.read(notifications(OTHER * 100), "sf") == ()


BOMB = (
    '<?xml version="1.0"?>'
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<x>&b;</x>"
)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"<",
        b"{}",
        b"\xff\xfe<\x00",
        BOMB.encode(),
        b'<!DOCTYPE x SYSTEM "file:///etc/hostname"><x/>',
        b'<?xml version="1.0" encoding="utf-7"?><x',
        b"<a>" * 50_000,
        b"<x/>",
        notifications(""),
        notifications(OTHER * 101),
    ],
)
def test_a_message_out_of_shape_or_with_entities_is_unreadable(bad):
    with pytest.raises(Unreadable):
        OUTBOUND.read(bad, "sf")


def test_a_retry_is_known_by_its_notifications_ids():
    first = outbound(message())
    later = outbound(message(value="Won", occurred_at=NOW + timedelta(hours=1)))
    other = outbound(message(event_id="04l000000000002AAA"))
    assert OUTBOUND.delivery_id(first) == OUTBOUND.delivery_id(later)
    assert OUTBOUND.delivery_id(first) != OUTBOUND.delivery_id(other)
    assert len(OUTBOUND.delivery_id(outbound(b"<"))) == 64


def test_salesforce_is_acknowledged_in_its_own_terms():
    content_type, body = OUTBOUND.acknowledge()
    assert content_type.startswith("text/xml")
    ack = ElementTree.fromstring(body).find(".//{http://soap.sforce.com/2005/09/outbound}Ack")  # noqa: S314
    assert ack is not None
    assert ack.text == "true"
