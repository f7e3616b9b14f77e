"""Webhooks over HTTP: what is signed is stored once, and nothing else is stored at all."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from goodword.domain.crm_copy.delivery import BODY_LIMIT
from tests.api.cloud import Cloud
from tests.world import CRM_SECRET

EVENT = {
    "type": "object.changed",
    "timestamp": "2027-03-01T09:30:00Z",
    "data": {"object": {"kind": "deal", "id": "77"}, "properties": {"stage": "crm demo_attended"}},
}
BODY = json.dumps(EVENT).encode()


def signed(body: bytes = BODY, name: str = "msg_one", secret: str = CRM_SECRET) -> dict[str, str]:
    """Sign a body as Standard Webhooks says."""
    stamp = str(int(datetime.now(UTC).timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256)
    return {
        "content_type": "application/json",
        "webhook_id": name,
        "webhook_timestamp": stamp,
        "webhook_signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def test_a_signed_request_is_stored_as_it_came(furnished: Cloud) -> None:
    answer = furnished.send("POST", "/webhooks/crm", BODY, **signed())

    assert (answer.status, answer.json) == (200, {})
    (item,) = furnished.items("inbox")
    assert item["record"]["M"]["body"]["S"].encode() == BODY


def test_a_repeated_request_is_stored_once_and_answered_alike(furnished: Cloud) -> None:
    headers = signed()
    first = furnished.send("POST", "/webhooks/crm", BODY, **headers)
    before = furnished.contents()
    again = furnished.send("POST", "/webhooks/crm", BODY, **headers)

    assert first == again
    assert furnished.contents() == before


def test_a_base64_body_is_verified_as_bytes(furnished: Cloud) -> None:
    body = json.dumps({**EVENT, "note": "Zoë"}, ensure_ascii=False).encode()

    answer = furnished.send(
        "POST",
        "/webhooks/crm",
        body,
        **{**signed(body), "content_type": "application/octet-stream"},
    )

    assert answer.status == 200
    assert furnished.gateway.events[-1]["isBase64Encoded"] is True


FORGED: dict[str, dict[str, str]] = {
    "no signature": {"webhook_signature": ""},
    "another signature": {"webhook_signature": "v1," + "A" * 44},
    "another version": {"webhook_signature": "v9," + "A" * 44},
    "a signature that is not ASCII": {"webhook_signature": "v1,é"},
    "many signatures": {"webhook_signature": " ".join(["v1,A"] * 500)},
    "another id": {"webhook_id": "msg_two"},
    "no id": {"webhook_id": ""},
    "another time": {"webhook_timestamp": "1700000000"},
    "a time to come": {"webhook_timestamp": "9999999999"},
    "a time that is no number": {"webhook_timestamp": "soon"},
    "a time of many digits": {"webhook_timestamp": "9" * 400},
    "no time": {"webhook_timestamp": ""},
}


@pytest.mark.parametrize("case", FORGED)
def test_an_unverified_request_is_refused_and_not_stored(furnished: Cloud, case: str) -> None:
    problem = furnished.refused(401, "POST", "/webhooks/crm", BODY, **{**signed(), **FORGED[case]})

    assert problem["where"]
    assert problem["remedy"]


def test_a_request_without_any_header_is_refused_and_not_stored(furnished: Cloud) -> None:
    furnished.refused(401, "POST", "/webhooks/crm", BODY)


def test_another_body_under_a_valid_signature_is_refused(furnished: Cloud) -> None:
    furnished.refused(401, "POST", "/webhooks/crm", BODY + b" ", **signed())


def test_a_signature_of_another_secret_is_refused(furnished: Cloud) -> None:
    other = "whsec_" + base64.b64encode(b"another secret of 32 bytes in all").decode()

    furnished.refused(401, "POST", "/webhooks/crm", BODY, **signed(secret=other))


def test_a_body_over_256_kilobytes_is_refused_before_verification(furnished: Cloud) -> None:
    body = b" " * (BODY_LIMIT + 1)

    furnished.refused(413, "POST", "/webhooks/crm", body, **signed(body))


def test_a_body_of_just_256_kilobytes_is_stored(furnished: Cloud) -> None:
    body = BODY.ljust(BODY_LIMIT)

    assert furnished.send("POST", "/webhooks/crm", body, **signed(body)).status == 200


def test_a_signed_body_that_is_no_text_is_refused(furnished: Cloud) -> None:
    furnished.refused(400, "POST", "/webhooks/crm", b"\xff\xfe", **signed(b"\xff\xfe"))


@pytest.mark.parametrize("name", ["other", "a%20b", "%00"])
def test_a_connection_that_there_is_not_takes_nothing(furnished: Cloud, name: str) -> None:
    furnished.refused(404, "POST", f"/webhooks/{name}", BODY, **signed())


@pytest.mark.parametrize("secret", ["connections/crm/current", "public_url"])
def test_a_missing_secret_asks_the_sender_to_retry(furnished: Cloud, secret: str) -> None:
    furnished.forget_secret(secret)

    problem = furnished.refused(503, "POST", "/webhooks/crm", BODY, **signed())
    answer = furnished.send("POST", "/webhooks/crm", BODY, **signed())

    assert secret not in str(problem)
    assert answer.headers["retry-after"] == "5"
