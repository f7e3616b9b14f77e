"""POST /v1/credits/{credit}/approve, …/cancel and …/reverse: a person decides on a credit."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.http.api.api import api, authenticate, handle, query, reply
from goodword.http.api.body import json_object, text_body
from goodword.http.api.read import read_reason
from goodword.http.api.view import show_credit
from goodword.http.request import path_id
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.steps.decisions.decide_as_staff import decide_as_staff
from goodword.steps.decisions.decide_credit import DecideCreditDeps, Decision

app = api()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


@app.post("/v1/credits/<credit>/approve")
def approve(credit: str) -> Response[str]:
    return _decide(credit, "approve")


@app.post("/v1/credits/<credit>/cancel")
def cancel(credit: str) -> Response[str]:
    return _decide(credit, "cancel")


@app.post("/v1/credits/<credit>/reverse")
def reverse(credit: str) -> Response[str]:
    return _decide(credit, "reverse")


def _decide(credit: str, decision: Decision) -> Response[str]:
    services = wire()
    key = authenticate(app, services.stores.keys, "admin")
    query(app)
    name = path_id(credit, "credit")
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    decided = decide_as_staff(
        name,
        decision,
        read_reason(json_object(text)),
        by=f"key {key.key}",
        deps=DecideCreditDeps(
            stores=services.stores,
            now=services.now,
            new_id=services.new_id,
            enqueue=services.enqueue(),
        ),
    )
    return reply(200, show_credit(decided))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return handle(app, event, context)
