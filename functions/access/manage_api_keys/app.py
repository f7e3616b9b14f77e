"""POST and GET /v1/keys, POST /v1/keys/{key}/revoke: the keys to this interface."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.http.api.api import api, authenticate, handle, needed_idempotency_key, query, reply
from goodword.http.api.body import json_object, text_body
from goodword.http.api.cursor import read_cursor, write_cursor
from goodword.http.api.read import read_key_wish
from goodword.http.api.view import show_key
from goodword.http.request import path_id
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.steps.access.manage_api_keys import list_keys, manage_api_keys, revoke_key

app = api()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


@app.post("/v1/keys")
def post() -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "admin")
    query(app)
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    scopes, label = read_key_wish(json_object(text))
    request = needed_idempotency_key(app)
    key, bearer = manage_api_keys(
        scopes, label, request, stores=services.stores, now=services.now, new_id=services.new_id
    )
    result = {"key": key.key, "scopes": list(key.scopes), "label": key.label, "bearer": bearer}
    return reply(201, result)


@app.get("/v1/keys")
def get() -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "admin")
    signed_by, asked = services.cursor_key(), "keys"
    after = read_cursor(asked, query(app, "after").get("after"), signed_by)
    page = list_keys(after, stores=services.stores)
    result = [show_key(each) for each in page.items]
    return reply(200, {"keys": result, "next": write_cursor(asked, page.more, signed_by)})


@app.post("/v1/keys/<key>/revoke")
def revoke(key: str) -> Response[str]:
    services = wire()
    by = authenticate(app, services.stores.keys, "admin")
    query(app)
    gone = revoke_key(path_id(key, "key"), by=by.key, stores=services.stores, now=services.now)
    return reply(200, show_key(gone))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return handle(app, event, context)
