"""docs/openapi.yaml and the service: the same routes.

No answer that the document does not know.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from goodword.programs.reader import schema as program_schema
from tests.api.cloud import Cloud, bearer, open_cloud
from tests.api.gateway import Gateway, routes
from tests.api.test_webhooks import signed
from tests.contracts.document import METHODS, excluded, lead, load, open_schema
from tests.tidy.project import functions

EXAMPLES = 12
# What programs call. All other routes are pages, whose contract is what a person sees.
FOR_PROGRAMS = ("/v1/", "/r/", "/webhooks/")
schema = open_schema()
schema.app = Gateway()
KNOWN = {
    "program": "peers",
    "connection": "crm",
    "referrer": "ana",
    "account": "cus_1",
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
    assert _deployed.create_link(code="spring") == "spring"
    referral = _deployed.enter().json["referral"]
    _deployed.owe(referral, "cr_one")
    token = _deployed.send("GET", "/r/spring").headers["location"].partition("gw=")[2]
    known.update(KNOWN, referral=referral, gw=token)
    return _deployed


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_the_document_says(case: Any, cloud: Cloud) -> None:
    lead(case, known)

    case.call_and_validate(
        headers={"Authorization": f"Bearer {bearer('admin')}"}, excluded_checks=excluded(case)
    )


def test_the_document_lists_exactly_the_routes_of_the_template() -> None:
    listed = {
        f"{method.upper()} {path}"
        for path, item in load()["paths"].items()
        for method in item
        if method in METHODS
    }

    # A + says that a parameter takes what follows too; the document has no such thing.
    for_programs = {
        route.key.replace("+}", "}")
        for route in routes()
        if route.key.partition(" ")[2].startswith(FOR_PROGRAMS)
    }
    assert listed == for_programs


def test_every_undocumented_route_is_a_page_or_serves_pages() -> None:
    others = {
        route.job for route in routes() if not route.key.partition(" ")[2].startswith(FOR_PROGRAMS)
    }
    drawing = {
        job for job, stored in functions().items() if "PagesLayer" in str(stored.get("Layers"))
    }
    assert others - drawing == {"serve_asset", "handle_not_found"}


def test_the_document_has_the_terms_as_the_reader_checks_them() -> None:
    wanted = copy.deepcopy(program_schema())
    del wanted["$schema"]
    text = json.dumps(wanted).replace("#/definitions/criterion", "#/components/schemas/Criterion")
    program = json.loads(text)
    criterion = program.pop("definitions")["criterion"]
    held = load()["components"]["schemas"]

    assert held["Program"] == program
    assert held["Criterion"] == criterion


def test_every_operation_has_a_described_tag_in_journey_order() -> None:
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


def test_every_required_field_of_a_schema_is_a_property() -> None:
    schemas = load()["components"]["schemas"]
    missing = {
        f"{name}.{field}"
        for name, each in schemas.items()
        if "properties" in each
        for field in each.get("required", ())
        if field not in each["properties"]
    }
    assert missing == set()
