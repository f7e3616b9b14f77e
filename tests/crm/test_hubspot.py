"""HubSpot's app and workflow webhooks."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from goodword.crm.hubspot.webhook import HubSpotApp, HubSpotWorkflow
from goodword.domain.crm_copy.fact import ObjectRef
from goodword.domain.errors import Forged, NotReady, Unreadable
from goodword.ports.services import SecretPair, WebhookRequest
from infra.twins.crm_signing import signed_request, stage_event

APP, WORKFLOW = HubSpotApp(), HubSpotWorkflow()
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
MILLISECONDS = int(NOW.timestamp() * 1000)
URL = "https://example.com/webhooks/hubspot"
SECRET = "client-secret-one"


def signed(body=b"[]", secret=SECRET, now=NOW, url=URL):
    headers, body, url = signed_request("hubspot", url, secret, body, now)
    return WebhookRequest("POST", url, headers, body)


def event(**fields):
    base = {
        "eventId": 100,
        "subscriptionType": "deal.propertyChange",
        "appId": 4242,
        "occurredAt": MILLISECONDS,
        "objectId": 77,
        "attemptNumber": 0,
        "propertyName": "dealstage",
        "propertyValue": "demo",
    }
    return base | fields


def read(*events):
    return APP.read(json.dumps(events).encode(), "hubspot")


@pytest.mark.parametrize("crm", [APP, WORKFLOW])
def test_the_published_vector_holds(crm):
    # HubSpot/hubspot-api-python, tests/spec/utils/test_signature.py.
    headers = {
        "x-hubspot-request-timestamp": "15000000",
        "x-hubspot-signature-v3": "HPW73RUtKmcYoEDADG0s6MmGFWUzWJKAW07r8RDgcQw=",
    }
    body = b"{'example_field':'example_value'}"
    request = WebhookRequest("POST", "https://www.example.com/webhook_uri", headers, body)
    secret = SecretPair("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy")
    crm.verify(request, secret, datetime.fromtimestamp(15000, UTC))


def test_only_twelve_encoded_characters_of_the_address_are_decoded():
    url = URL + "?a=%3A%2F%3f%40%21%24%27%28%29%2A%2C%3B&b=%26%20%3D"
    decoded = URL + "?a=:/?@!$'()*,;&b=%26%20%3D"
    request = signed(url=decoded)
    APP.verify(WebhookRequest("POST", url, request.headers, request.body), SecretPair(SECRET), NOW)
    wrong = signed(url=decoded.replace("%20", " "))
    with pytest.raises(Forged):
        APP.verify(WebhookRequest("POST", url, wrong.headers, wrong.body), SecretPair(SECRET), NOW)


def test_current_and_previous_secret_both_hold_and_no_third():
    APP.verify(signed(secret="old"), SecretPair(SECRET, "old"), NOW)
    with pytest.raises(Forged):
        APP.verify(signed(secret="older"), SecretPair(SECRET, "old"), NOW)


def test_a_missing_secret_of_ours_is_not_the_senders_fault():
    with pytest.raises(NotReady):
        APP.verify(signed(), SecretPair(""), NOW)


@pytest.mark.parametrize("field", ["method", "url", "body"])
def test_method_address_and_body_are_all_signed(field):
    changed = {"method": "PUT", "url": URL + "?x=1", "body": b"[ ]"}[field]
    request = signed()
    values = {"method": request.method, "url": request.url, "body": request.body} | {field: changed}
    with pytest.raises(Forged):
        APP.verify(WebhookRequest(headers=request.headers, **values), SecretPair(SECRET), NOW)


@pytest.mark.parametrize("minutes", [-6, 6, 5_256_000])
def test_a_valid_signature_of_another_time_is_refused(minutes):
    with pytest.raises(Forged):
        APP.verify(signed(now=NOW + timedelta(minutes=minutes)), SecretPair(SECRET), NOW)


def test_the_older_signature_without_a_time_does_not_count():
    headers = {"x-hubspot-signature": "a" * 64, "x-hubspot-signature-version": "v2"}
    with pytest.raises(Forged):
        APP.verify(WebhookRequest("POST", URL, headers, b""), SecretPair(SECRET), NOW)


def test_a_changed_stage_has_the_time_of_hubspot():
    (change,) = APP.read(
        stage_event("hubspot", "deal", "77", "dealstage", "demo", NOW, "1"), "hubspot"
    )
    assert change.object == ObjectRef("hubspot", "deal", "77")
    assert (change.property, change.value, change.version) == ("dealstage", "demo", NOW)
    assert (change.referral, change.emails, change.own) == (None, (), False)


@pytest.mark.parametrize(
    ("type_id", "kind"), [("0-1", "contact"), ("0-2", "company"), ("0-3", "deal")]
)
def test_newer_apps_name_the_type_by_its_id(type_id, kind):
    (change,) = read(event(subscriptionType="object.propertyChange", objectTypeId=type_id))
    assert change.object.kind == kind


@pytest.mark.parametrize(
    "fields",
    [
        {"subscriptionType": "object.propertyChange", "objectTypeId": "0-5"},
        {"subscriptionType": "object.propertyChange", "objectTypeId": ["0-3"]},
        {"subscriptionType": "ticket.propertyChange"},
        {"subscriptionType": "deal.somethingNew"},
        {"subscriptionType": "conversation.creation"},
    ],
)
def test_unknown_objects_and_subscriptions_are_passed_over(fields):
    assert len(read(event(**fields), event())) == 1


def test_each_of_a_hundred_events_is_read():
    changes = read(*(event(propertyValue=f"stage {number}") for number in range(100)))
    assert [change.value for change in changes] == [f"stage {number}" for number in range(100)]


def test_additional_addresses_of_a_contact_are_reported():
    more = {"propertyName": "hs_additional_emails", "propertyValue": "B@example.com;c@example.org"}
    (change,) = read(event(subscriptionType="contact.propertyChange", **more))
    assert change.emails == ("b@example.com", "c@example.org")
    properties = {
        "email": {"value": "a@example.com", "timestamp": 1772357400000},
        "hs_additional_emails": {"value": "b@example.com", "timestamp": 1772357400000},
    }
    whole = json.dumps({"vid": 601, "properties": properties}).encode()
    addresses = {change.emails for change in WORKFLOW.read(whole, "hubspot")}
    assert addresses == {("a@example.com", "b@example.com")}


def test_an_event_has_the_contacts_address_and_referral_id():
    contact = {"subscriptionType": "contact.propertyChange"}
    email, ours, deal = read(
        event(**contact, propertyName="email", propertyValue="ana@example.com"),
        event(**contact, propertyName="goodword_referral", propertyValue="r_1"),
        event(propertyName="email", propertyValue="ana@example.com"),
    )
    assert (email.emails, email.referral) == (("ana@example.com",), None)
    assert (ours.emails, ours.referral) == ((), "r_1")
    assert deal.emails == ()


def test_a_cleared_property_has_no_value():
    (change,) = read(event(propertyValue=""))
    assert change.value is None


@pytest.mark.parametrize(
    ("source", "who", "own"),
    [
        ("INTEGRATION", "4242", True),
        ("INTEGRATION", "99", False),
        ("CRM_UI", "4242", False),
        (None, None, False),
    ],
)
def test_only_changes_by_our_app_are_our_own(source, who, own):
    (change,) = read(event(changeSource=source, sourceId=who))
    assert change.own is own


@pytest.mark.parametrize(
    ("action", "name", "value"),
    [
        ("creation", "_created", "true"),
        ("deletion", "_deleted", "true"),
        ("privacyDeletion", "_deleted", "true"),
        ("restore", "_deleted", "false"),
    ],
)
def test_birth_and_end_of_an_object_are_facts_too(action, name, value):
    (change,) = read(event(subscriptionType=f"contact.{action}"))
    assert (change.object.kind, change.property, change.value) == ("contact", name, value)


def test_a_merge_names_the_remaining_object_for_each():
    fields = {"subscriptionType": "contact.merge", "primaryObjectId": 1, "mergedObjectIds": [2, 3]}
    assert [(e.object.id, e.property, e.value) for e in read(event(**fields))] == [
        ("2", "_merged_into", "1"),
        ("3", "_merged_into", "1"),
    ]
    into_new = read(event(**fields, newObjectId=9))
    assert [(e.object.id, e.value) for e in into_new] == [("1", "9"), ("2", "9"), ("3", "9")]


@pytest.mark.parametrize(
    "fields",
    [
        {"subscriptionType": "contact.associationChange", "associationType": "CONTACT_TO_DEAL"},
        {
            "subscriptionType": "object.associationChange",
            "fromObjectTypeId": "0-1",
            "toObjectTypeId": "0-3",
        },
    ],
)
def test_an_associated_contact_belongs_to_the_deal_until_dissociated(fields):
    ids = {"fromObjectId": 5, "toObjectId": 77}
    (tied,) = read(event(**fields, **ids, associationRemoved=False))
    assert (tied.object, tied.property, tied.value) == (
        ObjectRef("hubspot", "contact", "5"),
        "_association:deal:77",
        "true",
    )
    assert tied.deal == ObjectRef("hubspot", "deal", "77")
    (untied,) = read(event(**fields, **ids, associationRemoved=True))
    assert (untied.property, untied.value, untied.deal) == ("_association:deal:77", None, None)


def test_a_tie_to_something_unknown_is_passed_over():
    fields = {"subscriptionType": "deal.associationChange", "associationType": "DEAL_TO_LINE_ITEM"}
    assert read(event(**fields, fromObjectId=1, toObjectId=2)) == ()


@pytest.mark.parametrize(
    "bad",
    [
        5,
        event(subscriptionType=None),
        event(objectId=None),
        event(occurredAt=None),
        event(occurredAt="soon"),
        event(occurredAt=10**15),
        event(propertyName=None),
        event(propertyValue={}),
        event(propertyName="other", propertyValue=["a", "b"]),
        event(subscriptionType="contact.merge"),
        event(subscriptionType="contact.merge", mergedObjectIds=[5, {}]),
    ],
)
def test_an_unreadable_event_leaves_the_others(bad):
    first, unread, last = read(event(), bad, event(propertyValue="won"))
    assert (first.value, last.value) == ("demo", "won")
    assert isinstance(unread, Unreadable)


@pytest.mark.parametrize("bad", [{}, [event()] * 1001])
def test_a_body_out_of_shape_is_unreadable(bad):
    with pytest.raises(Unreadable):
        APP.read(json.dumps(bad).encode(), "hubspot")


def delivery(*events):
    return APP.delivery_id(WebhookRequest("POST", URL, {}, json.dumps(events).encode()))


def test_a_retry_is_the_same_delivery_in_any_order():
    one, two = event(eventId=1), event(eventId=2)
    assert delivery(one, two) == delivery(two | {"attemptNumber": 3}, one | {"attemptNumber": 3})


def test_two_events_that_share_an_id_are_still_two():
    assert delivery(event(objectId=1)) != delivery(event(objectId=2))


@pytest.mark.parametrize("body", [b"", b"{}", b"[5]", b"[" * 100_000, b"\xff"])
def test_an_unreadable_body_has_a_delivery_id(body):
    assert len(APP.delivery_id(WebhookRequest("POST", URL, {}, body))) == 64


def test_a_whole_deal_is_an_event_for_each_property():
    whole = {
        "portalId": 62515,
        "dealId": 77,
        "associations": {"associatedVids": [5], "associatedCompanyIds": [9]},
        "properties": {
            "dealstage": {"value": "demo", "timestamp": MILLISECONDS, "source": "CRM_UI"},
            "amount": {"value": "2500.50"},
            "hs_lastmodifieddate": {"value": str(MILLISECONDS - 60_000)},
            "history": {"value": ["not", "one", "thing"]},
        },
    }
    stage, amount, _ = WORKFLOW.read(json.dumps(whole).encode(), "hubspot")
    assert (stage.property, stage.value, stage.version) == ("dealstage", "demo", NOW)
    assert (amount.value, amount.version) == ("2500.50", NOW - timedelta(minutes=1))
    assert stage.company == ObjectRef("hubspot", "company", "9")


def test_a_whole_contacts_property_has_its_newest_versions_time():
    versions = [
        {"value": "sql", "timestamp": MILLISECONDS},
        {"value": "lead", "timestamp": MILLISECONDS - 9},
    ]
    whole = {
        "vid": 5,
        "properties": {
            "lifecyclestage": {"value": "sql", "versions": versions},
            "email": {"value": "ana@example.com", "versions": [{"timestamp": str(MILLISECONDS)}]},
            "goodword_referral": {"value": "r_1", "versions": [{"timestamp": MILLISECONDS}]},
        },
    }
    for change in WORKFLOW.read(json.dumps(whole).encode(), "hubspot"):
        assert change.object == ObjectRef("hubspot", "contact", "5")
        assert change.version == NOW
        assert (change.referral, change.emails) == ("r_1", ("ana@example.com",))


@pytest.mark.parametrize(
    "named",
    [{"objectId": 77, "objectTypeId": "0-3"}, {"id": "77", "objectType": "DEAL"}, {"dealId": 77}],
)
def test_a_whole_object_is_recognised_in_each_of_hubspots_shapes(named):
    whole = named | {"properties": {"dealstage": "demo"}, "updatedAt": "2026-03-01T09:30:00Z"}
    (change,) = WORKFLOW.read(json.dumps(whole).encode(), "hubspot")
    assert (change.object, change.version) == (ObjectRef("hubspot", "deal", "77"), NOW)


def test_a_whole_object_of_another_type_is_passed_over():
    assert WORKFLOW.read(b'{"ticketId": 4, "properties": {}}', "hubspot") == ()


@pytest.mark.parametrize("when", [None, "soon"])
def test_a_property_without_a_time_harms_no_other(when):
    stage = {"value": "demo", "timestamp": MILLISECONDS}
    whole = {
        "dealId": 77,
        "properties": {"other": {"value": "x", "timestamp": when}, "dealstage": stage},
    }
    unread, change = WORKFLOW.read(json.dumps(whole).encode(), "hubspot")
    assert isinstance(unread, Unreadable)
    assert (change.property, change.value, change.version) == ("dealstage", "demo", NOW)


@pytest.mark.parametrize("bad", [[], {"vid": 5}, {"vid": {}, "properties": {}}])
def test_a_whole_object_out_of_shape_is_unreadable(bad):
    with pytest.raises(Unreadable):
        WORKFLOW.read(json.dumps(bad).encode(), "hubspot")


def test_a_workflows_retry_is_the_same_delivery():
    first, retry = signed(b'{"vid": 5}'), signed(b'{"vid": 5}', now=NOW + timedelta(hours=1))
    assert WORKFLOW.delivery_id(first) == WORKFLOW.delivery_id(retry)
    assert WORKFLOW.delivery_id(first) != WORKFLOW.delivery_id(signed(b'{"vid": 6}'))
