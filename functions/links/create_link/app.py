"""POST /v1/referrers/{referrer}/links, GET and PATCH /v1/links/{code}.

Make a link, read or pause one.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.http.api.api import api, authenticate, handle, idempotency_key, query, reply
from goodword.http.api.body import json_object, text_body
from goodword.http.api.read import read_link_change, read_link_wish
from goodword.http.api.view import show_link
from goodword.http.request import path_id
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.steps.links.create_link import change_link, create_link, read_link

app = api()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


@app.post("/v1/referrers/<referrer>/links")
def post(referrer: str) -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "crm")
    query(app)
    name = path_id(referrer, "referrer")
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    wish = read_link_wish(name, json_object(text))
    link, new = create_link(wish, idempotency_key(app), deps=services.linking())
    return reply(201 if new else 200, show_link(link, services.public_url()))


@app.get("/v1/links/<code>")
def get(code: str) -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "read")
    query(app)
    link, clicks = read_link(path_id(code, "link"), stores=services.stores, now=services.now)
    return reply(200, {**show_link(link, services.public_url()), "clicks": clicks})


@app.patch("/v1/links/<code>")
def patch(code: str) -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "crm")
    query(app)
    name = path_id(code, "link")
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    paused, mailed_at = read_link_change(json_object(text))
    link = change_link(name, paused=paused, mailed_at=mailed_at, stores=services.stores)
    return reply(200, show_link(link, services.public_url()))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return handle(app, event, context)
