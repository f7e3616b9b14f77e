"""Standard Webhooks, in our own generic shape."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from goodword.crm.standard.webhook import StandardWebhooks
from goodword.domain.crm_copy.fact import ObjectRef
from goodword.domain.errors import Forged, NotReady, Unreadable
from goodword.ports.services import SecretPair, WebhookRequest
from infra.twins.crm_signing import signed_request, stage_event
from tests.cases.load import variants

CRM = StandardWebhooks()
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUFB" * 12
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
URL = "https://example.com/webhooks/other"


def signed(body=b"{}", secret=SECRET, now=NOW, **changed):
    headers, body, url = signed_request("standard", URL, secret, body, now)
    return WebhookRequest("POST", url, headers | changed, body)


def with_signature(value):
    request = signed()
    return WebhookRequest("POST", URL, request.headers | {"webhook-signature": value}, request.body)


def test_the_published_vector_holds():
    # standard-webhooks/standard-webhooks, libraries/*/tests: the "sign function works" vector.
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    request = WebhookRequest("POST", URL, headers, b'{"test": 2432232314}')
    CRM.verify(request, SecretPair(SECRET), datetime.fromtimestamp(1614265330, UTC))


def test_the_sdk_and_this_verifier_accept_the_same():
    now = datetime.now(UTC)
    body = '{"name": "Zoë"}'
    signature = Webhook(SECRET).sign("msg_1", now, body)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    CRM.verify(WebhookRequest("POST", URL, headers, body.encode()), SecretPair(SECRET), now)
    ours = signed(b"{}", now=now)
    assert Webhook(SECRET).verify(ours.body, ours.headers) == {}


@pytest.mark.parametrize(
    "change", [("webhook-id", "msg_2"), ("webhook-timestamp", "1"), ("webhook-signature", "v1,")]
)
def test_the_sdk_refuses_what_we_refuse(change):
    now = datetime.now(UTC)
    request = signed(now=now)
    request.headers.update([change])
    with pytest.raises(Forged):
        CRM.verify(request, SecretPair(SECRET), now)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(request.body, request.headers)


def test_two_signatures_during_rotation_need_one_that_holds():
    good = signed().headers["webhook-signature"]
    CRM.verify(with_signature(f"v1,AAAA v2,x {good}"), SecretPair(SECRET), NOW)


def test_current_and_previous_secret_both_hold():
    CRM.verify(signed(secret=OTHER), SecretPair(SECRET, OTHER), NOW)
    with pytest.raises(Forged):
        CRM.verify(signed(secret=OTHER), SecretPair(SECRET), NOW)


def test_another_spelling_of_the_same_base64_is_not_the_signature():
    good = signed().headers["webhook-signature"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = good[:-2] + alphabet[alphabet.index(good[-2]) ^ 1] + "="
    with pytest.raises(Forged):
        CRM.verify(with_signature(twin), SecretPair(SECRET), NOW)


def test_more_signatures_than_anyone_rotates_are_refused():
    good = signed().headers["webhook-signature"]
    with pytest.raises(Forged):
        CRM.verify(with_signature(" ".join([good] * 11)), SecretPair(SECRET), NOW)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_valid_signature_of_another_time_is_refused(minutes):
    with pytest.raises(Forged):
        CRM.verify(signed(now=NOW + timedelta(minutes=minutes)), SecretPair(SECRET), NOW)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_AAAA", "plain", "whsec_ää", "whsec_" + "A" * 100]
)
def test_a_malformed_secret_of_ours_is_not_the_senders_fault(secret):
    with pytest.raises(NotReady):
        CRM.verify(signed(), SecretPair(secret), NOW)


def test_the_version_is_the_bodys_time_and_never_the_headers():
    occurred = NOW - timedelta(hours=3)
    body = stage_event("standard", "deal", "77", "stage", "demo", occurred, "e1")
    (event,) = CRM.read(body, "other")
    assert event.version == occurred


def test_each_property_is_an_event_with_addresses_and_id():
    body = stage_event(
        "standard",
        "deal",
        "77",
        "stage",
        "demo_attended",
        NOW,
        "e1",
        referral="r_1",
        emails=("ana@example.com",),
        company="9",
    )
    message = json.loads(body)
    message["data"]["properties"]["amount"] = 2500
    stage, amount = CRM.read(json.dumps(message).encode(), "other")
    assert (stage.property, stage.value) == ("stage", "demo_attended")
    assert (amount.property, amount.value) == ("amount", "2500")
    for event in (stage, amount):
        assert event.object == ObjectRef("other", "deal", "77")
        assert event.referral == "r_1"
        assert event.emails == ("ana@example.com",)
        assert event.company == ObjectRef("other", "company", "9")
        assert event.deal is None
        assert not event.own


def message(**data):
    whole = {"object": {"kind": "deal", "id": "77"}, "properties": {"stage": "x"}} | data
    return {"type": "object.changed", "timestamp": "2026-03-01T09:30:00Z", "data": whole}


def test_a_referral_can_be_addressed_by_our_own_id():
    body = json.dumps(message(object={"kind": "referral", "id": "r_9"})).encode()
    (event,) = CRM.read(body, "other")
    assert event.referral == "r_9"


def test_a_property_may_carry_our_id():
    body = json.dumps(message(properties={"goodword_referral": "r_5"})).encode()
    (event,) = CRM.read(body, "other")
    assert event.referral == "r_5"


def test_deleted_and_merged_objects_say_so():
    gone = message() | {"type": "object.deleted"}
    merged = message(into="78") | {"type": "object.merged"}
    assert [(e.property, e.value) for e in CRM.read(json.dumps(gone).encode(), "o")] == [
        ("_deleted", "true")
    ]
    assert [(e.property, e.value) for e in CRM.read(json.dumps(merged).encode(), "o")] == [
        ("_merged_into", "78")
    ]


def test_an_event_of_another_type_is_left_alone():
    assert CRM.read(b'{"type": "invoice.paid"}', "other") == ()


@pytest.mark.parametrize("bad", [{"other": ["a", "b"]}, {"other": {}}, {"": "x"}, {"x" * 256: "x"}])
def test_an_unreadable_property_leaves_the_others(bad):
    body = message(properties={"stage": "won"} | bad | {"amount": 5})
    stage, unread, amount = CRM.read(json.dumps(body).encode(), "other")
    assert (stage.value, amount.value) == ("won", "5")
    assert isinstance(unread, Unreadable)


@pytest.mark.parametrize(
    "bad",
    [
        [],
        {},
        {"type": 5},
        message() | {"timestamp": 5},
        message() | {"data": []},
        message(object={"kind": "ship", "id": "1"}),
        message(object={"kind": ["deal"], "id": "1"}),
        message(object={"kind": "deal"}),
        message(properties=[]),
        message(properties={str(n): n for n in range(501)}),
        message(emails="ana@example.com"),
        message(referral=["r"]),
        message(deal={"id": 1}),
    ],
)
def test_a_body_out_of_shape_is_unreadable(bad):
    with pytest.raises(Unreadable):
        CRM.read(json.dumps(bad).encode(), "other")


def test_a_retry_has_the_same_delivery_id():
    first, retry = signed(b"{}"), signed(b"{}", now=NOW + timedelta(minutes=1))
    assert CRM.delivery_id(first) == CRM.delivery_id(retry)
    assert CRM.delivery_id(first) != CRM.delivery_id(signed(b"{ }"))
    assert len(CRM.delivery_id(signed(**{"webhook-id": "x" * 5000}))) == 64


@pytest.mark.parametrize(
    "case", variants("typed_fields", "a time without seconds or in small letters is read")
)
def test_a_time_without_seconds_or_in_small_letters_is_read(case):
    (sent,) = case["events"]
    (event,) = CRM.read(sent["raw"].encode(), "crm")
    assert event.version.replace(microsecond=0) == sent["at"]
    assert (event.property, event.value) == ("stage", "won")


def test_a_day_is_no_time_of_a_change():
    body = {"type": "object.changed", "timestamp": "2027-02-10", "data": {}}
    with pytest.raises(Unreadable) as unread:
        CRM.read(json.dumps(body).encode(), "crm")
    assert unread.value.where == "timestamp"
