"""The first event of each function: one that reaches its table, or else its answer.

Every parameter that the stub returns is SECRET, so signatures are made with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from goodword.domain import event
from goodword.domain.access.api_key import write_bearer
from goodword.domain.access.session import Kind, open_session, write_session
from goodword.domain.access.token import Purpose, write_token
from goodword.domain.envelope import detail_of, envelope_of
from goodword.domain.links import visit
from goodword.domain.links.click import Click
from goodword.domain.programs.token_parameter import TOKEN_PARAMETER
from goodword.domain.timeline import Entry, entry_for, referral_subject
from goodword.ids import new_click
from goodword.messages.vocabulary import EVENTS
from goodword.store.plain import plain
from goodword.store.row import PlainMap
from infra.bench.stub import LINK, SECRET
from infra.local.template import load_template, resources_of

Event = dict[str, Any]
# The values of path parameters in the events below; a token is signed for its own purpose.
PARTS = {
    "program": "peers",
    "connection": "crm",
    "referrer": "cus_1",
    "referral": "ref_1",
    "code": "spring",
}
# The route of a function that has several, if its first one uses no table; else its first.
ROUTES = {"sign_in": ("GET", "/enter/{token}"), "unsubscribe": ("POST", "/unsubscribe/{token}")}
TOKENS: dict[str, Purpose] = {
    "accept_invitation": "invitation",
    "sign_in": "sign_in",
    "sign_off": "sign_off",
    "unsubscribe": "unsubscribe",
}
SESSIONS: dict[str, Kind] = {"serve_portal": "referrer", "serve_console": "staff"}
# The key of the rows whose stream invokes a function.
STREAMS = {
    "classify_clicks": "click",
    "apply_event": "delivery",
    "qualify_referral": "referral",
    "publish_events": "entry",
}
FORM = "application/x-www-form-urlencoded"


def first_event(root: Path, job: str) -> Event:
    """Return the first event of a function, in the shape of its trigger."""
    functions = resources_of(load_template(root / "template.yaml"), "AWS::Serverless::Function")
    own = next(each for each in functions.values() if Path(each["CodeUri"]).name == job)
    first = next(iter(own["Events"].values()))
    return _MADE[first["Type"]](job, first["Properties"])


def _request(job: str, route: dict[str, Any]) -> Event:
    method, path = ROUTES.get(
        job, (route.get("Method", "GET").upper(), route.get("Path", "/nothing"))
    )
    now = datetime.now(UTC)
    parts = dict(PARTS)
    if job in TOKENS:
        parts["token"] = write_token(TOKENS[job], "tok_1", now + timedelta(days=1), SECRET)
    if job == "serve_asset":
        parts["name"] = "goodword.000000000000.js"
    named = {name: value for name, value in parts.items() if "{" + name + "}" in path}
    for name, value in named.items():
        path = path.replace("{" + name + "}", value)
    cookies = []
    if job in SESSIONS:
        kind = SESSIONS[job]
        cookies = [f"goodword-{kind}={write_session(open_session(kind, 'cus_1', now), SECRET)}"]
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "queryStringParameters": {TOKEN_PARAMETER: _click_token(now)}
        if job == "serve_landing"
        else {},
        "headers": {
            "authorization": f"Bearer {write_bearer('k' * 12, 's' * 40)}",
            "content-type": FORM if job == "capture_signup" else "application/json",
            "accept-language": "en",
        },
        "cookies": cookies,
        "pathParameters": named,
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.7"},
            "stage": "$default",
        },
        "body": "{}",
        "isBase64Encoded": False,
    }


def _click_token(at: datetime) -> str:
    key = LINK["record"]["M"]["token_key"]["S"]
    return visit.write_token(PARTS["code"], new_click(), at, key)


def _stream(job: str, _: dict[str, Any]) -> Event:
    key, now = STREAMS[job], datetime.now(UTC)
    click = Click("clk_1", PARTS["code"], PARTS["program"], now, "source", "Mozilla/5.0")
    records: dict[str, Any] = {
        "classify_clicks": click,
        "publish_events": _entry(now),
    }
    image: dict[str, Any] = {key: {"S": "one"}}
    if job in records:
        image["record"] = {"M": PlainMap().serialize(plain(records[job]))}
    return {
        "shardId": "shard-1",
        "Records": [
            {"dynamodb": {"Keys": {key: {"S": "one"}}, "NewImage": image, "SequenceNumber": "1"}}
        ],
    }


def _entry(at: datetime) -> Entry:
    return entry_for(
        referral_subject("ref_1"), "peers", at, "1", event.Event("made", {"source": "link"})
    )


def _messages(job: str, _: dict[str, Any]) -> Event:
    body = "mbx_1 mail_1"
    if job == "notify_referrer":
        body = json.dumps({"detail": detail_of(envelope_of(_entry(datetime.now(UTC)), EVENTS))})
    return {"Records": [{"messageId": "1", "body": body}]}


def _schedule(_: str, __: dict[str, Any]) -> Event:
    return {}


_MADE: dict[str, Callable[[str, dict[str, Any]], Event]] = {
    "HttpApi": _request,
    "DynamoDB": _stream,
    "SQS": _messages,
    "ScheduleV2": _schedule,
}
