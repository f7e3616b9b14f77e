"""No log line has personal data of what a person typed, in success or in failure."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from tests.api.cloud import Cloud
from tests.api.gateway import ADDRESS
from tests.api.test_webhooks import EVENT, signed
from tests.functions import app_module

CANARY = "canary"
PERSON = {
    "name": "Robin Canary",
    "email": "robin.canary@canary.example.org",
    "phone": "+1 212 555 0147",
    "company": "Canary Practice",
    "segment": "canary",
}
TRACES = (CANARY, "Canary", "CANARY", "5550147", "555 0147", ADDRESS)


@pytest.fixture
def lines(furnished: Cloud) -> Iterator[io.StringIO]:
    """Give what every logger of the package writes."""
    for name in {route.job for route in furnished.gateway.routes} | {"apply_event"}:
        import_module(app_module(name))
    loggers = {
        id(value): value
        for name, module in list(sys.modules.items())
        if name.startswith(("functions.", "goodword."))
        for value in vars(module).values()
        if isinstance(value, Logger)
    }
    written = io.StringIO()
    handlers: list[Any] = [value.registered_handler for value in loggers.values()]
    before = [handler.setStream(written) for handler in handlers]
    yield written
    for handler, stream in zip(handlers, before, strict=True):
        handler.setStream(stream or sys.stdout)


def traces(written: str) -> list[str]:
    return [each for each in TRACES if each in written]


def use(cloud: Cloud, **person: object) -> None:
    """Send what a person typed through every door that takes something of a person."""
    given = {**PERSON, **person}
    code = cloud.create_link(code="spring")
    token = (
        cloud.send("GET", f"/r/{code}?{CANARY}", user_agent=CANARY)
        .headers["location"]
        .partition("gw=")[2]
    )
    cloud.send("POST", "/v1/signups", json={"gw": token, **given})
    cloud.send("POST", "/v1/signups", json={"gw": f"{token}{CANARY}", **given})
    cloud.enter(**given, attestation="Robin Canary agreed")
    cloud.enroll(referrer="c-7", name=given["name"], email=given["email"], crm_id=CANARY)
    cloud.send("GET", f"/v1/referrers/{CANARY}", scope="read")
    cloud.send(
        "PUT",
        "/v1/programs/peers",
        f"program: {CANARY}: [",
        scope="admin",
        content_type="application/yaml",
    )


def report(cloud: Cloud, **data: Any) -> None:
    """Let the CRM send an event about the person, and apply it as the stream would."""
    body = json.dumps(
        {**EVENT, "data": {**EVENT["data"], "emails": [PERSON["email"]], **data}}
    ).encode()
    name = f"msg_{len(cloud.items('inbox'))}"
    cloud.send("POST", "/webhooks/crm", body, **signed(body, name))
    cloud.send("POST", "/webhooks/crm", body, **signed(body, secret="whsec_" + "AAAA" * 10))
    app = import_module("functions.crm_copy.apply_event.app")
    app.wire.cache_clear()
    for item in cloud.items("inbox"):
        record = {"dynamodb": {"Keys": {"delivery": item["delivery"]}, "SequenceNumber": "1"}}
        app.handler({"Records": [record]}, None)
    app.wire.cache_clear()


def test_no_line_quotes_a_person_who_is_taken(
    furnished: Cloud, lines: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    use(furnished)
    report(furnished)
    report(furnished, properties={"stage": CANARY, "note": "Canary"})
    referral = furnished.enter(**PERSON).json["referral"]
    furnished.send("POST", f"/v1/referrals/{referral}/erase", scope="admin")

    assert lines.getvalue().count("\n") > 3, "nothing was logged at all"
    assert traces(lines.getvalue() + capsys.readouterr().out) == []


@pytest.mark.parametrize(
    "person",
    [
        {"email": "canary is no address"},
        {"phone": "canary"},
        {"name": "canary\x00"},
        {"company_size": "canary"},
        {"canary": "canary"},
        {"name": ["canary"]},
    ],
)
def test_no_line_quotes_a_person_who_is_refused(
    furnished: Cloud, lines: io.StringIO, person: dict[str, object]
) -> None:
    use(furnished, **person)

    assert traces(lines.getvalue()) == []


def test_no_line_quotes_an_error_that_quotes_a_person(
    furnished: Cloud, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Loud:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(f"no {name} for {PERSON['email']}")

    loud = replace(furnished.stores, identities=Loud(), unmatched=Loud(), referrers=Loud())
    monkeypatch.setattr(import_module("goodword.http.wiring"), "open_stores", lambda *_: loud)
    code = furnished.create_link(code="spring")
    token = furnished.send("GET", f"/r/{code}").headers["location"].partition("gw=")[2]
    furnished.rewire()
    answers = [
        furnished.send("POST", "/v1/signups", json={"gw": token, **PERSON}),
        furnished.enter(**PERSON),
        furnished.enroll(referrer="c-7", name=PERSON["name"], email=PERSON["email"]),
    ]
    report(furnished)
    furnished.rewire()

    assert [answer.status for answer in answers] == [500, 500, 500]
    assert lines.getvalue().count("RuntimeError") >= 4
    assert traces(lines.getvalue()) == []
