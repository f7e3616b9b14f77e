"""docs/openapi.yaml as requests are drawn from it, in this process and over HTTP."""

from __future__ import annotations

import copy
from datetime import datetime
from pathlib import Path
from typing import Any

import schemathesis
import yaml
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.yaml"
METHODS = ("get", "put", "post", "patch", "delete", "head", "options", "trace")
PLAIN = r"[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F]"
TEXTS = {f"^{PLAIN}*$": "plain", rf"^{PLAIN}*[^\x00-\x20\x7F\s]{PLAIN}*$": "search_terms"}


def load() -> dict[str, Any]:
    """Read the document."""
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return document


def closed(document: dict[str, Any]) -> dict[str, Any]:
    """Close every answer.

    A field that the document does not name is a fault here, though not to a client.
    """
    schemas = document["components"]["schemas"]
    joined = {part.get("$ref", "") for each in schemas.values() for part in each.get("allOf", ())}
    for name, each in schemas.items():
        if "properties" in each and f"#/components/schemas/{name}" not in joined:
            each.setdefault("additionalProperties", False)
    answers = list(document["components"]["responses"].values())
    for item in document["paths"].values():
        answers += [
            answer
            for method in METHODS
            if method in item
            for answer in item[method]["responses"].values()
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


# Addresses and times as people write them: the libraries that read them refuse what no mailbox or
# mail has.
schemathesis.openapi.format("email", st.from_regex(r"\A[a-z]{1,12}@[a-z]{3,12}\.(com|org)\Z"))
_SIGNS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30)
schemathesis.openapi.format("plain", _SIGNS)
schemathesis.openapi.format(
    "search_terms", st.builds(str.__add__, st.sampled_from("aZéß紹"), _SIGNS)
)
schemathesis.openapi.format(
    "date-time",
    st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2199, 12, 30)).map(  # noqa: DTZ001  # made UTC at once
        lambda at: at.isoformat() + "Z"
    ),
)
NEGATIVE = ("400", "401", "403", "404", "409", "412", "413", "415", "422", "428", "429")
# These take more rules than a schema can say (a currency, a time zone, a letter in a name, a host
# of the program, a phone number, an If-Match of now), so that valid data may still meet 412, 422 or
# 428; that they are never called unreadable is asked instead.
RULED = {
    "PUT /v1/programs/{program}",
    "PUT /v1/connections/{connection}",
    "POST /v1/referrers",
    "PATCH /v1/referrers/{referrer}",
    "POST /v1/referrers/{referrer}/links",
    "POST /v1/invitations",
    "POST /v1/signups",
    "POST /v1/referrals",
    # an address that mail could be sent to
    "POST /v1/staff",
    "POST /v1/staff/remove",
    # a cursor that is well formed is still one that was never issued
    "GET /v1/referrals/{referral}",
    "GET /v1/accounts/{account}/statement",
    "GET /v1/credits",
    "GET /v1/staff",
    "GET /v1/keys",
}


def open_schema() -> BaseSchema:
    """Return the document, ready to draw requests from."""
    return schemathesis.openapi.from_dict(
        drawable(shallow(closed(load()))),
        config=SchemathesisConfig.from_dict(
            {
                "checks": {
                    # What no route takes is answered 404, be it the method or the address; there is
                    # no 405.
                    "unsupported_method": {"enabled": False},
                    "allow_header_conformance": {"enabled": False},
                    "negative_data_rejection": {"expected-statuses": NEGATIVE},
                },
                # To list what is just within and just without each bound takes minutes for bodies
                # like these; the bounds are tried in tests/api.
                "phases": {"coverage": {"enabled": False}},
            }
        ),
    )


@schemathesis.check
def valid_data_is_never_called_unreadable(ctx: Any, response: Any, case: Any) -> None:
    """Hold that what the document allows is never answered 400, 413 or 415."""
    if case.meta is not None and case.meta.generation.mode.is_positive:
        assert response.status_code not in (400, 413, 415), response.text


def excluded(case: Any) -> list[Any]:
    """Return the checks that a schema alone cannot answer for this operation."""
    return [positive_data_acceptance] if case.operation.label in RULED else []


def lead(case: Any, known: dict[str, str]) -> None:
    """Lead a valid request to what there is; an invalid one stays as it was made."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for name in case.path_parameters or {}:
        case.path_parameters[name] = known.get(name, case.path_parameters[name])
    if isinstance(case.body, dict) and case.operation.label != "POST /v1/referrers":
        case.body.update(
            {name: known[name] for name in ("program", "referrer", "gw") if name in case.body}
        )
    if "If-Match" in (case.headers or {}):
        case.headers["If-Match"] = '"1"'
