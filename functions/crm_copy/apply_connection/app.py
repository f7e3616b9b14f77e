"""PUT and GET /v1/connections/{connection}: apply and show the mapping of a CRM's properties."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.http.api.api import api, authenticate, handle, header, query, reply
from goodword.http.api.body import json_object, text_body
from goodword.http.api.read import read_connection
from goodword.http.api.view import show_connection
from goodword.http.request import path_id
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.steps.crm_copy.apply_connection import apply_connection, current_connection

app = api()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


@app.put("/v1/connections/<connection>")
def put(connection: str) -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "admin")
    query(app)
    name = path_id(connection, "connection")
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    wanted = read_connection(name, json_object(text))
    made = apply_connection(
        wanted, header(app, "if-match"), stores=services.stores, now=services.now
    )
    return reply(200, show_connection(made), etag=f'"{made.version}"')


@app.get("/v1/connections/<connection>")
def get(connection: str) -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "read")
    query(app)
    stored = current_connection(path_id(connection, "connection"), stores=services.stores)
    return reply(200, show_connection(stored), etag=f'"{stored.version}"')


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return handle(app, event, context)
