"""PUT and GET /v1/programs/{program}: apply a program file, or show the version in force."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.http.api.api import api, authenticate, handle, header, query, reply
from goodword.http.api.body import json_as_yaml, text_body
from goodword.http.api.view import show_program
from goodword.http.request import path_id
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.steps.programs.apply_program import apply_program
from goodword.steps.programs.find_program import current_program

JSON = "application/json"
app = api()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


@app.put("/v1/programs/<program>")
def put(program: str) -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "admin")
    # Load YAML and the schema's checker only for an authenticated write.
    from goodword.programs.reader import TEXT_LIMIT, read_program

    query(app)
    name = path_id(program, "program")
    media, text = text_body(app.current_event.raw_event, ("application/yaml", JSON), TEXT_LIMIT)
    if media == JSON:
        text = json_as_yaml(text)
    made = apply_program(
        name,
        text,
        header(app, "if-match"),
        read=read_program,
        stores=services.stores,
        now=services.now,
    )
    return reply(200, show_program(made), etag=f'"{made.version}"')


@app.get("/v1/programs/<program>")
def get(program: str) -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "read")
    query(app)
    stored = current_program(path_id(program, "program"), stores=services.stores)
    return reply(200, show_program(stored), etag=f'"{stored.version}"')


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return handle(app, event, context)
