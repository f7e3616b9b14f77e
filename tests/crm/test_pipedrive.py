"""Pipedrive's webhooks v2."""

import base64
import json
from datetime import UTC, datetime

import pytest

from goodword.crm.pipedrive.webhook import Pipedrive
from goodword.domain.crm_copy.amount import read_amount
from goodword.domain.crm_copy.connection import Connection, PropertyMapping
from goodword.domain.crm_copy.fact import ObjectRef
from goodword.domain.errors import Forged, NotReady, Unreadable
from goodword.domain.money import Money
from goodword.ports.services import SecretPair, WebhookRequest
from infra.twins.crm_signing import signed_request, stage_event
from tests.cases.load import only

CRM = Pipedrive()
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
URL = "https://example.com/webhooks/pipedrive"
SECRET = "goodword:open sesame: ä"


def sent(authorization, body=b"{}"):
    return WebhookRequest("POST", URL, {"authorization": authorization}, body)


def basic(text):
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def read(**fields):
    return CRM.read(json.dumps(fields).encode(), "pipedrive")


def meta(**fields):
    return {
        "action": "change",
        "entity": "deal",
        "entity_id": "77",
        "timestamp": "2026-03-01T09:30:00.000Z",
    } | fields


def test_user_and_password_open_the_door_whatever_the_time():
    headers, body, url = signed_request("pipedrive", URL, SECRET, b"{}", NOW)
    CRM.verify(
        WebhookRequest("POST", url, headers, body), SecretPair(SECRET), NOW.replace(year=2030)
    )


def test_the_known_example_of_basic_auth_holds():
    # RFC 7617, section 2.1: user "test", password "123£".
    CRM.verify(sent("Basic dGVzdDoxMjPCow=="), SecretPair("test:123£"), NOW)


def test_current_and_previous_password_both_hold():
    CRM.verify(sent(basic("goodword:old")), SecretPair(SECRET, "goodword:old"), NOW)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic ",
        "Bearer x",
        basic("goodword:"),
        basic("goodword:Open"),
        "Basic äöü",
        "Basic \ud800",
    ],
)
def test_anything_else_is_forged(authorization):
    with pytest.raises(Forged):
        CRM.verify(sent(authorization), SecretPair(SECRET), NOW)


@pytest.mark.parametrize("secret", ["", "nopassword", ":", "user:", ":password"])
def test_a_malformed_secret_of_ours_is_not_the_senders_fault(secret):
    with pytest.raises(NotReady):
        CRM.verify(sent(basic(secret)), SecretPair(secret), NOW)


def test_each_field_of_a_deal_has_the_changes_time():
    body = stage_event(
        "pipedrive", "deal", "77", "stage_id", "4", NOW, "e1", company="9", referral="r_1"
    )
    events = {event.property: event for event in CRM.read(body, "pipedrive")}
    stage = events["stage_id"]
    assert (stage.object, stage.value, stage.version) == (
        ObjectRef("pipedrive", "deal", "77"),
        "4",
        NOW,
    )
    assert stage.company == ObjectRef("pipedrive", "company", "9")
    assert stage.referral == "r_1"
    assert events["goodword_referral"].value == "r_1"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (5, "5"),
        (None, None),
        ("", None),
        (True, "true"),
        ({"type": "varchar", "value": "x"}, "x"),
        ({"type": "varchar", "value": None}, None),
        ({"type": "double", "value": 1.5}, "1.5"),
        ({"type": "enum", "id": 36}, "36"),
        ({"type": "enum", "id": None}, None),
        ({"type": "user", "id": 7}, "7"),
        ({"type": "set", "values": [{"id": 36}, {"id": 37}]}, "36,37"),
        ({"type": "set", "value": [36, 37]}, "36,37"),
        ([36, 37], "36,37"),
        ([], None),
        ({"type": "monetary", "value": 150000, "currency": "JPY"}, "150000 JPY"),
        ({"type": "monetary", "value": 99.5, "currency": "EUR"}, "99.5 EUR"),
        ({"type": "monetary", "value": None, "currency": "JPY"}, None),
        ({"value": 150000, "currency": "JPY"}, "150000 JPY"),
        ({"type": "date", "value": "2027-02-10"}, "2027-02-10"),
        (
            {"type": "daterange", "from": "2027-02-10", "until": "2027-02-12"},
            "2027-02-10/2027-02-12",
        ),
        ({"value": "2027-02-10", "until": "2027-02-12"}, "2027-02-10/2027-02-12"),
        ({"type": "time", "value": "10:00:00", "timezone_id": 75}, "10:00:00"),
    ],
)
def test_a_custom_field_is_read_in_each_documented_shape(field, value):
    (event,) = read(meta=meta(), data={"custom_fields": {"a1": field}})
    assert (event.property, event.value) == ("a1", value)


@pytest.mark.parametrize("field", [{}, {"type": "set", "values": [{}]}, [[1]], {"id": {"a": 1}}])
def test_a_custom_field_of_no_known_shape_is_left_out(field):
    data = {"status": "won", "label_ids": [3], "custom_fields": {"a1": field}}
    assert [event.property for event in read(meta=meta(), data=data)] == ["status"]


def test_an_option_of_a_pipedrive_field_is_read_by_its_id():
    case = only("typed_fields", "an option of a Pipedrive field is read by its id")
    ((name, mapping),) = case["given"]["connections"][0]["maps"].items()
    fact = fact_of(case, name, PropertyMapping(mapping["attribute"], mapping["values"]))
    assert (fact.attribute, fact.value, fact.raw) == ("segment", "private_practice", "41")


def test_a_pipedrive_money_field_has_its_own_currency():
    case = only("typed_fields", "a Pipedrive money field has its own currency, not the deal's")
    ((name, attribute),) = case["given"]["connections"][0]["maps"].items()
    fact = fact_of(case, name, PropertyMapping(attribute), currency="USD")
    assert read_amount(fact.value, "USD") == Money(250000, "JPY")


def fact_of(case, name, mapping, **more):
    """Read the case's delivery and return what its mapped property means."""
    (event,) = case["events"]
    events = CRM.read(event["raw"].encode(), "pipedrive")
    wanted = name.removeprefix("deal.")
    (found,) = (each for each in events if each.property == wanted)
    connection = Connection("pipedrive", 1, "pipedrive", ("peers",), {name: mapping}, **more)
    assert connection.unread(found) is None
    return connection.interpret("rf_1", found)


def test_a_persons_addresses_come_with_the_primary_first():
    emails = [
        {"value": "b@example.com", "primary": False},
        {"value": "a@example.com", "primary": True},
        "x",
    ]
    (event,) = read(meta=meta(entity="person"), data={"name": "Ana", "emails": emails})
    assert event.object.kind == "contact"
    assert event.emails == ("a@example.com", "b@example.com")


def test_an_organization_is_a_company_and_belongs_to_none():
    (event,) = read(meta=meta(entity="organization"), data={"name": "Example Clinic"})
    assert (event.object.kind, event.company) == ("company", None)


def test_a_deletion_and_a_merge_are_distinguished():
    (gone,) = read(meta=meta(action="delete"), data=None)
    (merged,) = read(meta=meta(action="delete", merged_to_id="78"), data=None)
    assert (gone.property, gone.value) == ("_deleted", "true")
    assert (merged.property, merged.value) == ("_merged_into", "78")


def test_the_time_may_be_whole_seconds():
    (event,) = read(meta=meta(timestamp=int(NOW.timestamp())), data={"status": "won"})
    assert event.version == NOW


@pytest.mark.parametrize("entity", ["lead", "activity", "user", "something new"])
def test_other_entities_are_passed_over(entity):
    assert read(meta=meta(entity=entity), data={}) == ()


@pytest.mark.parametrize(
    "bad",
    [
        [],
        {},
        {"meta": {"entity": 5}},
        {"meta": meta(entity_id=None), "data": {}},
        {"meta": meta(timestamp="soon"), "data": {}},
        {"meta": meta(), "data": None},
        {"meta": meta(), "data": {"org_id": {"id": []}}},
        {"meta": meta(action="delete", merged_to_id=[]), "data": None},
    ],
)
def test_a_body_out_of_shape_is_unreadable(bad):
    with pytest.raises(Unreadable):
        CRM.read(json.dumps(bad).encode(), "pipedrive")


def delivery(**fields):
    body = json.dumps(
        {"meta": meta(id="m1", webhook_id="5", attempt=1) | fields, "data": {}}
    ).encode()
    return CRM.delivery_id(sent(basic(SECRET), body))


def test_a_later_change_is_another_delivery_than_a_retry():
    assert delivery() == delivery(attempt=3)
    assert (
        len({delivery(), delivery(timestamp="2026-03-01T09:31:00Z"), delivery(webhook_id="6")}) == 3
    )


@pytest.mark.parametrize("body", [b"", b"[]", b'{"meta": 5}', b"[" * 100_000])
def test_an_unreadable_body_has_a_delivery_id(body):
    assert len(CRM.delivery_id(sent("", body))) == 64
