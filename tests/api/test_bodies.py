"""Bodies: for every invalid body the answer is a 4xx with a reason, and nothing is written."""

from __future__ import annotations

import base64
import json

import pytest

from goodword.domain.access.api_key import Scope
from tests.api.cloud import Cloud
from tests.world import CONNECTION, PROSPECT, REFERRER

# Every route that takes a JSON object: method, address, scope, a body that it takes, headers that
# it needs.
JSON_ROUTES: dict[str, tuple[str, str, Scope | None, dict[str, object], dict[str, str]]] = {
    "connection": ("PUT", "/v1/connections/crm", "admin", CONNECTION, {"if_match": '"1"'}),
    "key": (
        "POST",
        "/v1/keys",
        "admin",
        {"scopes": ["read"], "label": "office"},
        {"idempotency_key": "k"},
    ),
    "referrer": ("POST", "/v1/referrers", "crm", {**REFERRER, "referrer": "kim"}, {}),
    "link": (
        "POST",
        "/v1/referrers/ana/links",
        "crm",
        {"program": "peers"},
        {"idempotency_key": "l"},
    ),
    "link change": ("PATCH", "/v1/links/spring", "crm", {"paused": True}, {}),
    "signup": ("POST", "/v1/signups", None, {"gw": "a.b.c.d", **PROSPECT}, {}),
    "referral": (
        *("POST", "/v1/referrals", "crm"),
        {"referrer": "ana", "program": "peers", "source": "verbal", **PROSPECT},
        {},
    ),
    "approval": ("POST", "/v1/credits/cr_one/approve", "admin", {"reason": "it is fine"}, {}),
    "canceling": ("POST", "/v1/credits/cr_one/cancel", "admin", {"reason": "it is not"}, {}),
}
routes = pytest.mark.parametrize("route", JSON_ROUTES)

UNREADABLE = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "a text": b'"name"',
    "a number": b"1",
    "null": b"null",
    "two objects": b"{}{}",
    "a comment": b"{} // really",
    "a trailing comma": b'{"name": "Kim",}',
    "NaN": b'{"name": NaN}',
    "infinity": b'{"name": -Infinity}',
    "a field twice": b'{"name": "Kim", "name": "Ana"}',
    "an inner field twice": b'{"name": {"a": 1, "a": 2}}',
    "a number of 5000 digits": b'{"name": ' + b"9" * 5000 + b"}",
    "lists 30000 deep": b'{"name": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "objects 9000 deep": b'{"a":' * 9000 + b"1" + b"}" * 9000,
    "Latin-1": '{"name": "Zoë"}'.encode("latin-1"),
    "UTF-16": '{"name": "Zoe"}'.encode("utf-16"),
    "bytes that are no text": b"\xff\xfe\x00\x01",
    "a surrogate in its bytes": b'{"name": "\xed\xa0\x80"}',
    "a byte order mark": b'\xef\xbb\xbf{"name": "Kim"}',
    "gzip": bytes.fromhex("1f8b08000000000002ffabae0500430b6a5402000000"),
}


def send_refused(
    cloud: Cloud, status: int, route: str, body: bytes | str, media: str
) -> dict[str, object]:
    method, target, scope, _, headers = JSON_ROUTES[route]
    return cloud.refused(status, method, target, body, scope=scope, content_type=media, **headers)


@routes
@pytest.mark.parametrize("body", UNREADABLE)
def test_what_is_no_json_object_is_refused_as_unreadable(
    furnished: Cloud, route: str, body: str
) -> None:
    problem = send_refused(furnished, 400, route, UNREADABLE[body], "application/json")

    assert problem["where"] == "body"
    assert problem["remedy"]
    assert "sys." not in str(problem["detail"])


@routes
def test_a_field_that_is_not_known_is_refused_by_name(furnished: Cloud, route: str) -> None:
    method, target, scope, body, headers = JSON_ROUTES[route]

    problem = furnished.refused(
        422, method, target, scope=scope, json={**body, "amuont": "50.00 USD"}, **headers
    )

    assert problem["where"] == "amuont"


@routes
def test_an_unknown_field_is_named_without_its_control_characters(
    furnished: Cloud, route: str
) -> None:
    method, target, scope, body, headers = JSON_ROUTES[route]

    problem = furnished.refused(
        422, method, target, scope=scope, json={**body, "\x00\ud800!": 1}, **headers
    )

    assert problem["where"] == "??!"


@routes
@pytest.mark.parametrize(
    "media", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""]
)
def test_another_media_type_is_refused(furnished: Cloud, route: str, media: str) -> None:
    problem = send_refused(furnished, 415, route, b"{}", media)

    assert problem["where"] == "Content-Type"
    assert "application/json" in str(problem["remedy"])


@routes
@pytest.mark.parametrize("padding", [" ", "é", "\U0001f389"])
def test_a_body_over_64_kilobytes_is_refused(furnished: Cloud, route: str, padding: str) -> None:
    body = "{}" + padding * (64 * 1024 // len(padding.encode()))

    problem = send_refused(furnished, 413, route, body.encode(), "application/json")

    assert problem["where"] == "body"


@routes
def test_an_oversized_base64_body_is_refused(furnished: Cloud, route: str) -> None:
    send_refused(furnished, 413, route, b"\xff" * (64 * 1024 + 1), "application/json")


@routes
def test_base64_that_is_none_is_refused(furnished: Cloud, route: str) -> None:
    method, target, scope, body, headers = JSON_ROUTES[route]
    furnished.send(method, target, scope=scope, json=body, **headers)
    event = {**furnished.gateway.events[-1], "body": "no base64!", "isBase64Encoded": True}

    assert furnished.gateway.dispatch(event).status == 400


@pytest.mark.parametrize(
    "media", ["application/json", "Application/JSON", "application/json; charset=utf-8"]
)
def test_json_is_taken_however_its_media_type_is_written(furnished: Cloud, media: str) -> None:
    body = json.dumps({**REFERRER, "referrer": "kim", "email": "kim@example.com"})

    answer = furnished.send("POST", "/v1/referrers", body, scope="crm", content_type=media)

    assert answer.status == 201


def test_a_base64_body_is_read_like_any_other(furnished: Cloud) -> None:
    furnished.enroll()
    event = dict(furnished.gateway.events[-1])
    body = {**REFERRER, "referrer": "kim", "name": "Zoë 紹介", "email": "kim@example.com"}
    event["body"] = base64.b64encode(json.dumps(body, ensure_ascii=False).encode()).decode()
    event["isBase64Encoded"] = True

    answer = furnished.gateway.dispatch(event)

    assert answer.status == 201
    assert answer.json["name"] == "Zoë 紹介"


@pytest.mark.parametrize("value", ["a\ud800b", "a\x00b", "a\x1bb", "a\x7fb"])
@pytest.mark.parametrize(
    "field", ["referrer", "account", "name", "email", "crm_id", "rep", "group", "currency"]
)
def test_half_characters_and_control_characters_are_refused(
    furnished: Cloud, field: str, value: str
) -> None:
    body = {**REFERRER, "referrer": "kim", "email": "kim@example.com", field: value[:3]}

    problem = furnished.refused(422, "POST", "/v1/referrers", scope="crm", json=body)

    assert problem["where"] == field


@pytest.mark.parametrize("value", [1, 1.5, True, [], {}, ["Kim"], 10**400])
@pytest.mark.parametrize(
    "field", ["referrer", "account", "name", "email", "crm_id", "currency", "earns"]
)
def test_what_is_no_text_is_not_taken_for_one(furnished: Cloud, field: str, value: object) -> None:
    body = {**REFERRER, "referrer": "kim", "email": "kim@example.com", field: value}

    problem = furnished.refused(422, "POST", "/v1/referrers", scope="crm", json=body)

    assert problem["where"] == field


@pytest.mark.parametrize("value", [11, -1, 9.5, 1e300, 10**400, "9", True, []])
def test_what_is_no_whole_number_within_its_bounds_is_refused(
    furnished: Cloud, value: object
) -> None:
    body = {**REFERRER, "referrer": "kim", "email": "kim@example.com", "nps": value}

    problem = furnished.refused(422, "POST", "/v1/referrers", scope="crm", json=body)

    assert problem["where"] == "nps"


@pytest.mark.parametrize(
    "field", ["earns", "crm_id", "rep", "group", "nps", "products", "currency"]
)
def test_null_is_the_same_as_missing(furnished: Cloud, field: str) -> None:
    body = {
        "referrer": "kim",
        "account": "cus_OTHER",
        "name": "Kim Example",
        "email": "kim@example.com",
    }
    first = furnished.send("POST", "/v1/referrers", scope="crm", json={**body, field: None})
    again = furnished.send("POST", "/v1/referrers", scope="crm", json=body)

    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json


@pytest.mark.parametrize("field", ["referrer", "account", "name", "email"])
@pytest.mark.parametrize("value", [None, "", "  \n "])
def test_what_must_be_there_may_not_be_empty(
    furnished: Cloud, field: str, value: str | None
) -> None:
    body = {**REFERRER, "referrer": "kim", "email": "kim@example.com", field: value}

    problem = furnished.refused(422, "POST", "/v1/referrers", scope="crm", json=body)

    assert problem["where"] == field
