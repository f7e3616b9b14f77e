"""docs/openapi.yaml and the service: the same routes, and no answer that the document does not know."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from goodword.programs.reader import schema as program_schema
from infra.local.routes import CATCH_ALL
from tests.api.cloud import Cloud, bearer, open_cloud
from tests.api.gateway import Gateway, routes
from tests.api.test_webhooks import signed

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.yaml"
METHODS = ("get", "put", "post", "patch", "delete", "head", "options", "trace")
EXAMPLES = 12
# Pages, which the document does not describe: their contract is what a person sees.
FOR_PEOPLE = (
    "/assets/",
    "/l/",
    "/i/",
    "/portal",
    "/enter/",
    "/sign-off/",
    "/sign-out",
    "/unsubscribe/",
    "/staff",
)
PLAIN = r"[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F]"
TEXTS = {f"^{PLAIN}*$": "plain", rf"^{PLAIN}*[^\x00-\x20\x7F\s]{PLAIN}*$": "words"}


def load() -> dict[str, Any]:
    """Read the document."""
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return document


def closed(document: dict[str, Any]) -> dict[str, Any]:
    """Close every answer: a field that the document does not name is a fault here, though not to a client."""
    schemas = document["components"]["schemas"]
    joined = {part.get("$ref", "") for each in schemas.values() for part in each.get("allOf", ())}
    for name, each in schemas.items():
        if "properties" in each and f"#/components/schemas/{name}" not in joined:
            each.setdefault("additionalProperties", False)
    answers = list(document["components"]["responses"].values())
    for item in document["paths"].values():
        answers += [
            answer for method in METHODS if method in item for answer in item[method]["responses"].values()
        ]
    for answer in answers:
        for content in answer.get("content", {}).values():
            content["schema"] = {"allOf": [content["schema"]], "unevaluatedProperties": False}
    return document


def drawable(part: Any) -> Any:
    """Name the two patterns of plain text as formats: to draw texts from them takes minutes."""
    if isinstance(part, list):
        return [drawable(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {name: drawable(each) for name, each in part.items()}
    if found.get("pattern") in TEXTS:
        found["format"] = TEXTS[found.pop("pattern")]
    return found


def shallow(document: dict[str, Any]) -> dict[str, Any]:
    """Let criteria nest once, not without end: those that nest take long to draw."""
    schemas = document["components"]["schemas"]
    criterion = schemas["Criterion"]
    leaf = copy.deepcopy(criterion)
    for name in ("all", "any", "not"):
        del leaf["properties"][name]
    schemas["Leaf"], inner = leaf, {"$ref": "#/components/schemas/Leaf"}
    criterion["properties"]["all"]["items"] = criterion["properties"]["any"]["items"] = inner
    criterion["properties"]["not"] = inner
    return document


# Addresses and times as people write them: the libraries that read them refuse what no mailbox or mail has.
schemathesis.openapi.format("email", st.from_regex(r"\A[a-z]{1,12}@[a-z]{3,12}\.(com|org)\Z"))
_SIGNS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30)
schemathesis.openapi.format("plain", _SIGNS)
schemathesis.openapi.format("words", st.builds(str.__add__, st.sampled_from("aZéß紹"), _SIGNS))
schemathesis.openapi.format(
    "date-time",
    st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2199, 12, 30)).map(  # noqa: DTZ001
        lambda at: at.isoformat() + "Z"
    ),
)
NEGATIVE = ("400", "401", "403", "404", "409", "412", "413", "415", "422", "428", "429")
schema = schemathesis.openapi.from_dict(
    drawable(shallow(closed(load()))),
    config=SchemathesisConfig.from_dict(
        {
            "checks": {
                # What no route takes is answered 404, be it the method or the address; there is no 405.
                "unsupported_method": {"enabled": False},
                "allow_header_conformance": {"enabled": False},
                "negative_data_rejection": {"expected-statuses": NEGATIVE},
            },
            # To list what is just within and just without each bound takes minutes for bodies like these; the
            # bounds are tried in tests/api.
            "phases": {"coverage": {"enabled": False}},
        }
    ),
)
schema.app = Gateway()
# These take more rules than a schema can say (a currency, a time zone, a letter in a name, a host of the
# program, a phone number, an If-Match of now), so that valid data may still meet 412, 422 or 428; that they
# are never called unreadable is asked instead.
RULED = {
    "PUT /v1/programs/{program}",
    "PUT /v1/connections/{connection}",
    "POST /v1/customers",
    "POST /v1/customers/{customer}/links",
    "POST /v1/invitations",
    "POST /v1/signups",
    "POST /v1/referrals",
    # an address that mail could be sent to
    "POST /v1/staff",
    "POST /v1/staff/remove",
    # a cursor that is well formed is still one that nobody gave
    "GET /v1/referrals/{referral}",
    "GET /v1/accounts/{account}/statement",
    "GET /v1/credits",
    "GET /v1/staff",
    "GET /v1/keys",
}
KNOWN = {
    "program": "peers",
    "connection": "crm",
    "customer": "dana",
    "account": "cus_EXAMPLE",
    "code": "spring",
    "credit": "cr_one",
    "key": "readKey0001",
}
known: dict[str, str] = {}


@pytest.fixture(scope="module")
def _deployed() -> Iterator[Cloud]:
    with open_cloud() as cloud:
        yield cloud


@pytest.fixture
def cloud(_deployed: Cloud) -> Cloud:
    """Give a deployment that has one of everything."""
    _deployed.reset(furnished=True)
    assert _deployed.make_link(code="spring") == "spring"
    referral = _deployed.enter().json["referral"]
    _deployed.owe(referral, "cr_one")
    token = _deployed.send("GET", "/r/spring").headers["location"].partition("gw=")[2]
    known.update(KNOWN, referral=referral, gw=token)
    return _deployed


@schemathesis.check
def valid_data_is_never_called_unreadable(ctx: Any, response: Any, case: Any) -> None:
    """Hold that what the document allows is never answered 400, 413 or 415."""
    if case.meta is not None and case.meta.generation.mode.is_positive:
        assert response.status_code not in (400, 413, 415), response.text


def lead(case: Any) -> None:
    """Lead a valid request to what there is; an invalid one stays as it was made."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for name in case.path_parameters or {}:
        case.path_parameters[name] = known[name]
    if isinstance(case.body, dict) and case.operation.label != "POST /v1/customers":
        case.body.update({name: known[name] for name in ("program", "customer", "gw") if name in case.body})
    if "If-Match" in (case.headers or {}):
        case.headers["If-Match"] = '"1"'


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_the_document_says(case: Any, cloud: Cloud) -> None:
    lead(case)
    excluded = [positive_data_acceptance] if case.operation.label in RULED else []

    case.call_and_validate(headers={"Authorization": f"Bearer {bearer('admin')}"}, excluded_checks=excluded)


def test_the_document_lists_exactly_the_routes_of_the_template() -> None:
    listed = {
        f"{method.upper()} {path}"
        for path, item in load()["paths"].items()
        for method in item
        if method in METHODS
    }

    for_programs = {route.key for route in routes() if not route.key.partition(" ")[2].startswith(FOR_PEOPLE)}
    assert listed == for_programs - {CATCH_ALL}


def test_the_document_has_the_terms_as_the_reader_checks_them() -> None:
    wanted = copy.deepcopy(program_schema())
    del wanted["$schema"]
    text = json.dumps(wanted).replace("#/definitions/criterion", "#/components/schemas/Criterion")
    program = json.loads(text)
    criterion = program.pop("definitions")["criterion"]
    held = load()["components"]["schemas"]

    assert held["Program"] == program
    assert held["Criterion"] == criterion


def test_every_operation_has_a_tag_that_is_described_and_the_tags_follow_the_journey() -> None:
    tags = [
        tag
        for item in load()["paths"].values()
        for method, operation in item.items()
        if method in METHODS
        for tag in operation["tags"]
    ]

    assert list(dict.fromkeys(tags)) == [tag["name"] for tag in load()["tags"]]


def test_a_signed_webhook_is_answered_as_the_document_says(cloud: Cloud) -> None:
    headers = {name.replace("_", "-"): value for name, value in signed(b"").items()}
    case = schema["/webhooks/{connection}"]["POST"].Case(
        path_parameters={"connection": "crm"}, headers=headers
    )

    assert case.call_and_validate().status_code == 200
