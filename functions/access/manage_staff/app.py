"""POST and GET /v1/staff, POST /v1/staff/remove: manage who may sign in, and in which role."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.contact_validation.reader import ContactFields
from goodword.http.api.api import api, authenticate, handle, query, reply
from goodword.http.api.body import json_object, text_body
from goodword.http.api.cursor import read_cursor, write_cursor
from goodword.http.api.read import read_staff, read_staff_address
from goodword.http.api.view import show_staff
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.steps.access.manage_staff import add_staff, list_staff, remove_staff

app = api()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


@app.post("/v1/staff")
def add() -> Response[str]:
    services = wire()
    key = authenticate(app, services.stores.keys, "admin")
    query(app)
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    email, role = read_staff(json_object(text), ContactFields())
    staff, new = add_staff(
        email,
        role,
        by=f"key {key.key}",
        identity_key=services.identity_key(),
        stores=services.stores,
        now=services.now,
    )
    return reply(201 if new else 200, show_staff(staff))


@app.post("/v1/staff/remove")
def remove() -> Response[str]:
    services = wire()
    key = authenticate(app, services.stores.keys, "admin")
    query(app)
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    email = read_staff_address(json_object(text), ContactFields())
    gone = remove_staff(
        email, by=f"key {key.key}", identity_key=services.identity_key(), stores=services.stores
    )
    return reply(200, show_staff(gone))


@app.get("/v1/staff")
def list_members() -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "admin")
    key, asked = services.cursor_key(), "staff"
    after = read_cursor(asked, query(app, "after").get("after"), key)
    page = list_staff(after, stores=services.stores)
    result = [show_staff(each) for each in page.items]
    return reply(200, {"staff": result, "next": write_cursor(asked, page.more, key)})


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return handle(app, event, context)
