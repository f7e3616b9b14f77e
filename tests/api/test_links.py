"""Links over HTTP: made, read, paused."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.api.cloud import Cloud
from tests.world import PROGRAM

LINKS = "/v1/referrers/ana/links"


def make(cloud: Cloud, key: str = "one", **wish: object) -> Any:
    wanted = {"program": "peers", **wish}
    return cloud.send("POST", LINKS, scope="crm", idempotency_key=key, json=wanted)


def test_a_link_has_an_unguessable_code_and_a_share_url(furnished: Cloud) -> None:
    answer = make(furnished)

    assert answer.status == 201
    assert re.fullmatch(r"[2-9A-HJ-NP-Za-km-z]{11}", answer.json["code"])
    assert answer.json["url"] == f"https://refer.example.com/r/{answer.json['code']}"
    assert answer.json["target"] == "https://www.example.com/demo"


def test_no_answer_shows_a_links_keys(furnished: Cloud) -> None:
    shown = make(furnished).json

    assert not {"token_key", "address_key"} & shown.keys()
    assert "addresses of the test" not in str(shown)


def test_the_same_call_again_gives_the_same_link(furnished: Cloud) -> None:
    first, again = make(furnished), make(furnished)

    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json


def test_a_used_idempotency_key_makes_no_other_link(furnished: Cloud) -> None:
    make(furnished)

    problem = furnished.refused(
        409,
        "POST",
        LINKS,
        scope="crm",
        idempotency_key="one",
        json={"program": "peers", "channel": "mail"},
    )

    assert problem["where"] == "Idempotency-Key"


def test_a_link_with_a_generated_code_needs_an_idempotency_key(furnished: Cloud) -> None:
    problem = furnished.refused(422, "POST", LINKS, scope="crm", json={"program": "peers"})

    assert problem["where"] == "Idempotency-Key"


def test_a_vanity_code_is_its_own_key(furnished: Cloud) -> None:
    wish = {"program": "peers", "code": "ana-2027"}
    first = furnished.send("POST", LINKS, scope="crm", json=wish)
    again = furnished.send("POST", LINKS, scope="crm", json=wish)

    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json


def test_a_code_is_anothers_only_once(furnished: Cloud) -> None:
    furnished.send("POST", LINKS, scope="crm", json={"program": "peers", "code": "ana-2027"})

    problem = furnished.refused(
        409,
        "POST",
        LINKS,
        scope="crm",
        json={"program": "peers", "code": "ana-2027", "channel": "mail"},
    )

    assert problem["where"] == "code"


@pytest.mark.parametrize(
    "code", ["admin", "v1", "ab", "Ana", "-ana", "ana-", "a--b", "a b", "a/b", "änà"]
)
def test_a_code_that_cannot_be_one_is_refused(furnished: Cloud, code: str) -> None:
    problem = furnished.refused(
        422, "POST", LINKS, scope="crm", json={"program": "peers", "code": code}
    )

    assert problem["where"] == "code"


TARGETS = [
    "https://evil.example.net/",
    "http://www.example.com/",
    "https://www.example.com:8443/",
    "https://www.example.com:99999/",
    "https://www.example.com:port/",
    "https://ana@www.example.com/",
    "https://www.example.com@evil.example.net/",
    "https://www.example.com\\@evil.example.net/",
    "https://[::1/",
    "https:///welcome",
    "//www.example.com/",
    "javascript:alert(1)",
    "https://www.example.com/ü",
    "https://www.example.com/a b",
    'https://www.example.com/"',
    "https://www.example.com/\r\nset-cookie:a=b",
    "www.example.com",
]


@pytest.mark.parametrize("target", TARGETS)
def test_a_link_leads_nowhere_but_to_the_programs_hosts(furnished: Cloud, target: str) -> None:
    problem = furnished.refused(
        *(422, "POST", LINKS),
        scope="crm",
        idempotency_key="one",
        json={"program": "peers", "target": target},
    )

    assert problem["where"] == "target"


def test_a_link_needs_an_existing_referrer_and_program(furnished: Cloud) -> None:
    wish, unknown = {"program": "nothing"}, "/v1/referrers/unknown/links"

    furnished.refused(404, "POST", LINKS, scope="crm", idempotency_key="a", json=wish)
    furnished.refused(
        404, "POST", unknown, scope="crm", idempotency_key="b", json={"program": "peers"}
    )


def test_a_link_is_paused_and_goes_on(furnished: Cloud) -> None:
    code = furnished.create_link()

    for paused in (True, True, False):
        answer = furnished.send("PATCH", f"/v1/links/{code}", scope="crm", json={"paused": paused})
        assert (answer.status, answer.json["paused"]) == (200, paused)


def test_when_its_mail_was_delivered_is_noted_in_utc(furnished: Cloud) -> None:
    code = furnished.create_link()
    change = {"mailed_at": "2027-03-01T12:00:00+02:00"}

    answer = furnished.send("PATCH", f"/v1/links/{code}", scope="crm", json=change)

    assert answer.json["mailed_at"] == "2027-03-01T10:00:00.000000Z"


CHANGES: list[dict[str, object]] = [
    {},
    {"paused": None},
    {"paused": "yes"},
    {"paused": 1},
    {"mailed_at": "yesterday"},
    {"mailed_at": "2027-03-01T12:00:00"},
    {"mailed_at": "2027-03-01"},
    {"mailed_at": "1999-12-31T12:00:00Z"},
    {"mailed_at": "9999-12-31T23:59:59-23:59"},
    {"mailed_at": 1_800_000_000},
    {"target": "https://www.example.com/"},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_change_that_is_none_is_refused(furnished: Cloud, change: dict[str, object]) -> None:
    code = furnished.create_link()

    furnished.refused(422, "PATCH", f"/v1/links/{code}", scope="crm", json=change)


@pytest.mark.parametrize("code", ["nothing", "a%20b", "%00", "%F0%9F%8E%89"])
def test_a_link_that_there_is_not_is_not_found(furnished: Cloud, code: str) -> None:
    furnished.refused(404, "PATCH", f"/v1/links/{code}", scope="crm", json={"paused": True})
    furnished.refused(404, "GET", f"/v1/links/{code}", scope="read")


def test_a_link_is_read_with_its_clicks(furnished: Cloud) -> None:
    code = furnished.create_link()

    answer = furnished.send("GET", f"/v1/links/{code}", scope="read")

    assert answer.status == 200
    assert answer.json["clicks"] == {"person": 0, "machine": 0, "uncertain": 0}
    assert "token_key" not in answer.json


def test_before_a_sign_off_links_are_internal_only(furnished: Cloud) -> None:
    furnished.apply_program(PROGRAM + "sign_off: [hospital]\n", '"1"')
    furnished.enroll(referrer="bo", email="bo@example.com", segment="hospital")
    path, wish = "/v1/referrers/bo/links", {"program": "peers"}
    problem = furnished.refused(409, "POST", path, scope="crm", json=wish, idempotency_key="a")
    assert problem["where"] == "internal_only"
    made = furnished.send(
        "POST", path, scope="crm", json={**wish, "internal_only": True}, idempotency_key="a"
    )
    assert (made.status, made.json["internal_only"]) == (201, True)


def test_a_paused_program_gives_links_all_the_same(furnished: Cloud) -> None:
    furnished.apply_program(PROGRAM + "pause: { from: 2020-02-01, in_flight: wait }\n", '"1"')
    assert furnished.create_link()
