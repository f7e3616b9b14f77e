"""Signups over HTTP: a form is answered with a page, JSON with JSON.

Neither makes a second referral.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any
from urllib.parse import urlencode

import pytest

from goodword.steps.access.limit_requests import A_DAY
from tests.api.cloud import Cloud
from tests.api.gateway import ADDRESS, Answer
from tests.world import PROGRAM, PROSPECT

FORM = "application/x-www-form-urlencoded"
SIGNUPS = "/v1/signups"


def token_of(cloud: Cloud) -> str:
    """Follow a link and return the token that it hands on."""
    location = cloud.send("GET", f"/r/{cloud.create_link()}").headers["location"]
    return str(location.partition("gw=")[2])


def post_form(cloud: Cloud, fields: dict[str, str] | str, media: str = FORM) -> Answer:
    text = fields if isinstance(fields, str) else urlencode(fields)
    return cloud.send("POST", SIGNUPS, text, content_type=media)


def kept(cloud: Cloud) -> dict[str, list[str]]:
    """Return what every table holds but the counts of addresses."""
    return {name: items for name, items in cloud.contents().items() if name != "api-visits"}


def test_json_is_answered_with_the_referral(furnished: Cloud) -> None:
    answer = furnished.send(
        "POST", SIGNUPS, json={"gw": token_of(furnished), **PROSPECT, "company_size": 7}
    )

    assert (answer.status, answer.media) == (202, "application/json")
    assert answer.json["referral"].startswith("rf_")


def test_a_form_is_answered_with_a_page(furnished: Cloud) -> None:
    answer = post_form(
        furnished, {"gw": token_of(furnished), **PROSPECT, "company_size": "7", "company": ""}
    )

    assert (answer.status, answer.media) == (200, "text/html")
    assert "Thank you" in answer.text
    assert len(furnished.items("referrals")) == 1


@pytest.mark.parametrize(
    "media",
    [f"{FORM}; charset=UTF-8", "Application/X-WWW-Form-Urlencoded", f" {FORM} ; charset=utf-8"],
)
def test_a_form_is_one_however_its_media_type_is_written(furnished: Cloud, media: str) -> None:
    answer = post_form(furnished, {"gw": token_of(furnished), **PROSPECT}, media)

    assert (answer.status, answer.media) == (200, "text/html")


def test_the_same_person_twice_is_one_referral(furnished: Cloud) -> None:
    token = token_of(furnished)
    first = furnished.send("POST", SIGNUPS, json={"gw": token, **PROSPECT})
    again = furnished.send(
        "POST", SIGNUPS, json={"gw": token, **PROSPECT, "email": "ROBIN@practice.example.org"}
    )

    assert first.json == again.json
    assert len(furnished.items("referrals")) == 1


def forged(token: str) -> dict[str, str]:
    code, click, seconds, mac = token.split(".")
    return {
        "another mac": f"{code}.{click}.{seconds}.{'A' * len(mac)}",
        "another click": f"{code}.{click[::-1]}.{seconds}.{mac}",
        "another time": f"{code}.{click}.{int(seconds) + 1}.{mac}",
        "another link": f"nothing.{click}.{seconds}.{mac}",
        "no mac": f"{code}.{click}.{seconds}.",
        "three parts": f"{code}.{click}.{seconds}",
        "five parts": f"{token}.x",
        "a time that is no number": f"{code}.{click}.soon.{mac}",
        "a time of many digits": f"{code}.{click}.{'9' * 12}.{mac}",
        "the last time there is": f"{code}.{click}.{'9' * 11}.{mac}",
        "digits of another script": f"{code}.{click}.{'٣' * 10}.{mac}",
        "not ASCII": f"{code}.{click}.{seconds}.é",
        "a star": "*",
    }


@pytest.mark.parametrize("case", forged("a.b.1.c"))
def test_a_token_that_does_not_hold_makes_no_referral(furnished: Cloud, case: str) -> None:
    body = {"gw": forged(token_of(furnished))[case], **PROSPECT}

    problem = furnished.refused(401, "POST", SIGNUPS, json=body)
    page = post_form(furnished, body)

    assert problem["where"] == "gw"
    assert (page.status, page.media) == (401, "text/html")


def test_a_signup_without_a_token_is_refused(furnished: Cloud) -> None:
    problem = furnished.refused(422, "POST", SIGNUPS, json=PROSPECT)

    assert problem["where"] == "gw"


WRONG: dict[str, dict[str, str]] = {
    "email": {"email": "robin"},
    "phone": {"phone": "12"},
    "name": {"name": "12"},
    "company_size": {"company_size": "many"},
    "segment": {"segment": "x" * 61},
    "utm_source": {"utm_source": "mail"},
}


@pytest.mark.parametrize("field", WRONG)
def test_a_field_that_is_not_right_is_named(furnished: Cloud, field: str) -> None:
    body = {"gw": token_of(furnished), **PROSPECT, **WRONG[field]}

    problem = furnished.refused(422, "POST", SIGNUPS, json=body)

    assert problem["where"] == field


@pytest.mark.parametrize("field", WRONG)
def test_an_invalid_form_returns_a_page_and_writes_nothing(furnished: Cloud, field: str) -> None:
    body = {"gw": token_of(furnished), **PROSPECT, **WRONG[field]}
    before = kept(furnished)

    answer = post_form(furnished, body)

    assert (answer.status, answer.media) == (422, "text/html")
    assert "One field needs a correction" in answer.text
    assert kept(furnished) == before


@pytest.mark.parametrize(
    ("fields", "status", "result"),
    [
        ({}, 200, "Gracias"),
        ({"email": "robin@"}, 422, "escriba su dirección de correo completa"),
        ({"nickname": "Rob"}, 422, "(nickname)"),
        ({"gw": "x"}, 401, "Vuelva a abrir el enlace"),
    ],
)
def test_a_form_is_answered_in_the_language_of_the_browser(
    furnished: Cloud, fields: dict[str, str], status: int, result: str
) -> None:
    body = urlencode({"gw": token_of(furnished), **PROSPECT, **fields})
    answer = furnished.send("POST", SIGNUPS, body, content_type=FORM, accept_language="es")

    assert (answer.status, '<html lang="es">' in answer.text) == (status, True)
    assert result in answer.text


def test_a_form_for_a_paused_program_says_so(furnished: Cloud) -> None:
    token = token_of(furnished)
    paused = "pause: { from: 2020-02-01, in_flight: wait }\n"
    furnished.apply_program(PROGRAM + paused, '"1"')
    answer = post_form(furnished, {"gw": token, **PROSPECT})

    assert (answer.status, "This offer is closed right now" in answer.text) == (409, True)


@pytest.mark.parametrize("size", [0, -1, 10_000_000, 10**400, 1.0, True, "0", "", "1.5", "١", [1]])
def test_a_company_size_is_a_whole_number_of_people(furnished: Cloud, size: object) -> None:
    body = {"gw": token_of(furnished), **PROSPECT, "company_size": size}

    problem = furnished.refused(422, "POST", SIGNUPS, json=body)

    assert problem["where"] == "company_size"


FORMS = {
    "a field twice": "name=Robin&name=Kim",
    "bytes that are no text": "name=%FF%FE",
    "half a character": "name=%ED%A0%80",
    "51 fields": "&".join(f"f{n}=1" for n in range(51)),
    "nothing": "",
    "JSON": '{"name": "Robin"}',
    "a control character": "name=a%00b",
}


@pytest.mark.parametrize("case", FORMS)
def test_an_unreadable_form_is_answered_with_a_page(furnished: Cloud, case: str) -> None:
    before = kept(furnished)

    answer = post_form(furnished, FORMS[case])

    assert answer.status in (400, 422)
    assert answer.media == "text/html"
    assert kept(furnished) == before


def test_a_form_over_64_kilobytes_is_answered_with_a_page(furnished: Cloud) -> None:
    answer = post_form(furnished, "name=" + "x" * 64 * 1024)

    assert (answer.status, answer.media) == (413, "text/html")


def test_a_page_repeats_nothing_as_markup(furnished: Cloud) -> None:
    answer = post_form(
        furnished, {"gw": token_of(furnished), **PROSPECT, "<script>alert(1)</script>": "x"}
    )

    assert answer.status == 422
    assert "<script>" not in answer.text


def test_signups_of_one_address_are_limited_per_day(furnished: Cloud) -> None:
    app = import_module("functions.referrals.capture_signup.app")
    token = token_of(furnished)
    furnished.send("POST", SIGNUPS, json={"gw": token, **PROSPECT})
    (visit,) = [
        each for each in furnished.items("visits") if each["source"]["S"].startswith("signup#")
    ]
    rows: Any = import_module("goodword.store.visits").VisitRow
    rows(visit["source"]["S"]).update(actions=[rows.visits.add(A_DAY)])

    answer = furnished.send("POST", SIGNUPS, json={"gw": token, **PROSPECT})
    page = post_form(furnished, {"gw": token, **PROSPECT})

    assert (answer.status, answer.headers["retry-after"]) == (429, "3600")
    assert (page.status, page.media) == (429, "text/html")
    assert ADDRESS not in str(furnished.contents())
    assert app.wire().address_key() not in str(furnished.items("visits"))


def test_a_program_that_ended_takes_no_signup(furnished: Cloud) -> None:
    token = token_of(furnished)
    paused = "pause: { from: 2020-02-01, in_flight: wait }\n"
    text = str(furnished.send("GET", "/v1/programs/peers", scope="read").json["source"])
    furnished.apply_program(text + paused, '"1"')

    furnished.refused(409, "POST", SIGNUPS, json={"gw": token, **PROSPECT})


@pytest.mark.parametrize("secret", ["keys/addresses", "keys/identities"])
def test_a_missing_secret_is_a_server_error(furnished: Cloud, secret: str) -> None:
    token = token_of(furnished)
    furnished.forget_secret(secret)

    problem = furnished.refused(503, "POST", SIGNUPS, json={"gw": token, **PROSPECT})
    page = post_form(furnished, {"gw": token, **PROSPECT})

    assert secret not in str(problem)
    assert (page.status, page.media, page.headers["retry-after"]) == (503, "text/html", "5")
