"""Every verifier and every reader against thousands of requests that no CRM sent.

Valid requests are broken by a seeded source of chance; a failing one is named by its number and
comes again. What must hold: no broken request is accepted, nothing but Forged, Unreadable and
TooLarge is ever raised, and nothing is written. HOSTILE_INPUTS in the environment says how many
requests each verifier meets; `make check` asks for a hundred thousand.
"""

import contextlib
import json
import os
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from goodword.crm import KINDS, crm_for
from goodword.crm.stripe.webhook import complete, question
from goodword.domain.credits.posting import CreditedInvoice
from goodword.domain.crm_copy.connection import Connection
from goodword.domain.crm_copy.delivery import Delivery
from goodword.domain.crm_copy.fact import CrmEvent
from goodword.domain.errors import Forged, TooLarge, Unreadable
from goodword.ports.services import SecretPair, WebhookRequest
from goodword.ports.writes import Insert
from goodword.steps.crm_copy.receive_webhook import receive_webhook
from infra.twins.crm_signing import signed_request, stage_event
from tests.fakes import FakeSecrets, FakeTables, fake_stores

HOSTILE_INPUTS = int(os.environ.get("HOSTILE_INPUTS", "10000"))
HOSTILE_BODIES = 2_000
# To sign a request costs more than to refuse it, so a few hundred are broken again and again.
GOOD_REQUESTS = 256

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ORGANIZATION = "00D000000000001EAA"
URL = "https://example.com/webhooks/crm"
SECRETS = {
    "hubspot": SecretPair("client-secret-one", "client-secret-two"),
    "hubspot_workflow": SecretPair("client-secret-one", "client-secret-two"),
    "standard": SecretPair("whsec_" + "MfKQ9r8G" * 4, "whsec_" + "KYqrTwjU" * 4),
    "pipedrive": SecretPair("goodword:open-sesame", "goodword:old-sesame"),
    "salesforce_flow": SecretPair("shared-one", "shared-two"),
    "salesforce_outbound": SecretPair("key-one:00D000000000001EAA", "key-two:00D000000000001"),
    "stripe": SecretPair("whsec_one", "whsec_two"),
}
STRANGERS = {
    "hubspot": "client-secret-onE",
    "hubspot_workflow": "client-secret",
    "standard": "whsec_" + "AAAAAAAA" * 4,
    "pipedrive": "goodword:",
    "salesforce_flow": "shared-one ",
    "salesforce_outbound": "key-onf:00D000000000001EAA",
    "stripe": "whsec_onE",
}
PROOFS = {
    "hubspot": ("x-hubspot-signature-v3", "x-hubspot-request-timestamp"),
    "hubspot_workflow": ("x-hubspot-signature-v3", "x-hubspot-request-timestamp"),
    "standard": ("webhook-signature", "webhook-timestamp", "webhook-id"),
    "pipedrive": ("authorization",),
    "salesforce_flow": ("x-goodword-signature", "x-goodword-timestamp"),
    "salesforce_outbound": (),
    "stripe": ("stripe-signature",),
}
Way = Callable[[str, WebhookRequest, random.Random], WebhookRequest]
NASTY = (
    *("", " ", "\n", "\x00", ",", "=", "é", "\ud800", "٣٣٣", "9" * 5000, "😀" * 99),
    *("nan", "inf", "-inf", "1e999", "-1", "0", "1772357400.0", "0x10", "%00"),
    *("v1,", "v1", "v1,,", "Basic", "Basic ===="),
)
NASTY_VALUES = (
    *(None, True, False, 0, -1, 10**30, -(10**18), [], {}, [[]], {"a": {"b": []}}, ["x"] * 300),
    *("", "\x00", "9" * 400, "1e999", "é" * 300, "😀"),
    *("2026-03-01T09:30:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"),
)
NASTY_BODIES = (
    *(
        b"",
        b"\x00",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 5000,
        b'"\\ud800"',
        b"[NaN]",
    ),
    *(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<a>" * 20_000, b"<a xmlns:b='c'/>"),
    *(b"<?xml version='1.0' encoding='utf-16'?><a/>", b"<?xml version='1.0' encoding='none'?><a/>"),
    *(b"null", b"{}", b"[]", b"[[]]", b"[{}]", b"true", b'""', b"1e999"),
)


def signed(kind: str, body: bytes, secret: str, now: datetime) -> WebhookRequest:
    headers, body, url = signed_request(kind, URL, secret, body, now)
    return WebhookRequest("POST", url, headers, body)


def valid(kind: str, chance: random.Random) -> WebhookRequest:
    body = stage_event(
        kind,
        chance.choice(("contact", "deal")),
        "006000000000001AAA" if kind.startswith("salesforce") else "77",
        "stage",
        chance.choice(("demo", "won", "Zoë")),
        NOW,
        str(chance.randrange(1, 10**9)),
        referral="r_1",
        emails=("ana@example.com",),
        company="001000000000001AAA" if kind.startswith("salesforce") else "9",
    )
    return signed(kind, body, chance.choice(SECRETS[kind].both()), NOW)


def broken_text(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) + 1)
    return chance.choice(
        (
            chance.choice(NASTY),
            text[:place],
            text[:place] + chance.choice(NASTY) + text[place:],
            text[:place] + chr(chance.randrange(1, 0x2FFF)) + text[place + 1 :],
            text[::-1],
            text + "," + text,
            text + " " + text[:place],
            text.swapcase(),
        )
    )


def broken_bytes(body: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(body) + 1)
    return chance.choice(
        (
            chance.choice(NASTY_BODIES),
            body[:place],
            body + b" ",
            body[:place] + bytes([chance.randrange(256)]) + body[place + 1 :],
            body[:place] + chance.choice(NASTY_BODIES)[:500] + body[place:],
        )
    )


def with_broken_header(kind: str, request: WebhookRequest, chance: random.Random) -> WebhookRequest:
    name = chance.choice(PROOFS[kind])
    headers = dict(request.headers)
    if chance.random() < 0.1:
        del headers[name]
    else:
        headers[name] = broken_text(headers[name], chance)
    return replace(request, headers=headers)


def with_broken_address(
    kind: str, request: WebhookRequest, chance: random.Random
) -> WebhookRequest:
    start = request.url.index("?key=") + 1 if kind == "salesforce_outbound" else len("https://")
    return replace(request, url=request.url[:start] + broken_text(request.url[start:], chance))


def with_broken_body(kind: str, request: WebhookRequest, chance: random.Random) -> WebhookRequest:
    return replace(request, body=broken_bytes(request.body, chance))


def of_another_time(kind: str, request: WebhookRequest, chance: random.Random) -> WebhookRequest:
    away = timedelta(seconds=chance.choice((-1, 1)) * chance.randrange(301, 10**9))
    return signed(kind, request.body, chance.choice(SECRETS[kind].both()), NOW + away)


def of_a_stranger(kind: str, request: WebhookRequest, chance: random.Random) -> WebhookRequest:
    return signed(kind, request.body, STRANGERS[kind], NOW)


def of_another_organization(
    kind: str, request: WebhookRequest, chance: random.Random
) -> WebhookRequest:
    other = broken_text(ORGANIZATION, chance).encode("utf-8", "replace")
    return replace(request, body=request.body.replace(ORGANIZATION.encode(), other))


def ways(kind: str) -> tuple[Way, ...]:
    """Return the ways to break a request of this kind: the parts that its sender must prove."""
    if kind == "pipedrive":
        return (of_a_stranger, with_broken_header)
    if kind == "salesforce_outbound":
        return (of_a_stranger, with_broken_address, of_another_organization)
    common = (of_a_stranger, with_broken_header, with_broken_body, of_another_time)
    return (*common, with_broken_address) if kind.startswith("hubspot") else common


def is_spared(kind: str, request: WebhookRequest, broken: WebhookRequest) -> bool:
    """Return whether all proven parts are unchanged, so that another input is drawn."""
    if broken == request:
        return True
    if kind == "pipedrive":
        # The scheme's name may be written in either case.
        scheme, _, rest = broken.headers.get("authorization", "").partition(" ")
        return f"{scheme.lower()} {rest}" == request.headers["authorization"].replace(
            "Basic", "basic"
        )
    if kind == "standard" and broken == replace(request, headers=broken.headers):
        # One valid signature is enough, beside any others.
        name = "webhook-signature"
        parts = broken.headers.get(name, "").split(" ")
        spared = {**broken.headers, name: request.headers[name]} == request.headers
        return spared and request.headers[name] in parts
    if kind == "salesforce_outbound":
        short = request.body.replace(ORGANIZATION.encode(), ORGANIZATION[:15].encode())
        return broken.url == request.url + "&" or broken.body == short
    return False


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_request_raises_only_forged_or_unreadable(kind):
    tables = FakeTables()
    stores = fake_stores(tables)
    stores.commit([Insert(Connection("crm", 1, kind, ("peers",), {}))])
    door = {"crm_for": lambda _: crm_for(kind), "stores": stores, "now": lambda: NOW}
    secrets = FakeSecrets({"connections/crm": SECRETS[kind]})
    good = [valid(kind, random.Random(f"{kind}-{number}")) for number in range(GOOD_REQUESTS)]  # noqa: S311
    number, tried, accepted = 0, 0, []
    while tried < HOSTILE_INPUTS:
        number += 1
        chance = random.Random(number)  # noqa: S311 - chance that comes again, not secrecy
        request = chance.choice(good)
        broken = chance.choice(ways(kind))(kind, request, chance)
        if is_spared(kind, request, broken):
            continue
        tried += 1
        try:
            receive_webhook("crm", broken, secrets=secrets, **door)
        except (Forged, Unreadable, TooLarge):
            continue
        accepted.append(number)
    assert accepted == []
    assert (tables.all(Delivery), tables.commits) == ([], 1)
    assert tried > number * 0.8


@pytest.mark.parametrize("kind", KINDS)
def test_the_requests_that_are_broken_were_good_before(kind):
    for number in range(200):
        crm_for(kind).verify(valid(kind, random.Random(number)), SECRETS[kind], NOW)  # noqa: S311


def broken_value(value: object, chance: random.Random) -> object:
    """Return a JSON value with one part of it, at any depth, replaced, dropped or doubled."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice(sorted(value))
        changed = {**value, name: broken_value(value[name], chance)}
        if chance.random() < 0.1:
            del changed[name]
        return changed
    if isinstance(value, list) and value and chance.random() < 0.8:
        place = chance.randrange(len(value))
        return [
            *value[:place],
            broken_value(value[place], chance),
            *value[place:][: chance.randrange(3)],
        ]
    return chance.choice(NASTY_VALUES)


def hostile_body(kind: str, chance: random.Random) -> bytes:
    body = valid(kind, chance).body
    if chance.random() < 0.5 or kind == "salesforce_outbound":
        return broken_bytes(body, chance)
    return json.dumps(broken_value(json.loads(body), chance)).encode()


@pytest.mark.parametrize("kind", KINDS)
def test_any_body_ends_in_events_or_unreadable(kind):
    crm, read, unreadable = crm_for(kind), 0, 0
    for number in range(HOSTILE_BODIES):
        chance = random.Random(f"{kind}-body-{number}")  # noqa: S311
        body = hostile_body(kind, chance)
        delivery = crm.delivery_id(WebhookRequest("POST", URL, {}, body))
        assert len(delivery) == 64, number
        try:
            events = crm.read(body, "crm")
        except Unreadable:
            unreadable += 1
            continue
        unread = [each for each in events if isinstance(each, Unreadable)]
        unreadable, read = unreadable + bool(unread), read + (not unread)
        for event in events:
            if event not in unread:
                assert_can_be_stored(event)
    # Both must have happened, or the bodies were not hostile enough, or too much.
    assert min(read, unreadable) > HOSTILE_BODIES * 0.02


def test_questions_to_stripe_name_only_ids():
    crm, asked, credited = (
        crm_for("stripe"),
        0,
        CreditedInvoice("in_1", 100, 100, "USD", NOW, "a@example.com"),
    )
    for number in range(HOSTILE_BODIES):
        chance = random.Random(f"question-{number}")  # noqa: S311  # no secret: to be drawn again
        said = json.loads(valid("stripe", chance).body) | {"type": "credit_note.created"}
        said["data"]["object"]["invoice"] = "in_1"
        good = json.dumps(said).encode()
        broken = json.dumps(broken_value(said, chance)).encode()
        body = broken if chance.random() < 0.5 else broken_bytes(good, chance)
        result = question(body)
        if result is None:
            continue
        asked += 1
        assert re.fullmatch(r"\w{1,64}", result.customer, re.ASCII)
        assert re.fullmatch(r"\w{0,64}", result.invoice, re.ASCII)
        whole = complete(body, "a@example.com", credited)
        assert question(whole) is None, number
        with contextlib.suppress(Unreadable):
            for event in crm.read(whole, "crm"):
                assert_can_be_stored(event)
    assert HOSTILE_BODIES * 0.02 < asked < HOSTILE_BODIES * 0.98


def assert_can_be_stored(event: CrmEvent) -> None:
    assert isinstance(event, CrmEvent)
    assert event.version.tzinfo is UTC
    assert 1990 <= event.version.year < 2100
    assert event.object.connection == "crm"
    assert 0 < len(event.property) <= 255
    for ref in (event.object, event.deal, event.company):
        assert ref is None or 0 < len(ref.id) <= 128
    texts = (event.property, event.value or "", event.referral or "", *event.emails)
    assert all(text.encode("utf-8") is not None for text in texts)
