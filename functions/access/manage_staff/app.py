"""POST and GET /v1/staff, POST /v1/staff/remove: who of the company may sign in, and in which role."""

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
from goodword.http.wiring import House, open_house
from goodword.steps.access.manage_staff import add_staff, list_staff, remove_staff

app = api()


@cache
def wire() -> House:
    """Build clients once per process."""
    return open_house(os.environ)


@app.post("/v1/staff")
def add() -> Response[str]:
    house = wire()
    key = authenticate(app, house.stores.keys, "admin")
    query(app)
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    email, role = read_staff(json_object(text), ContactFields())
    staff, new = add_staff(
        email,
        role,
        by=f"key {key.key}",
        identity_key=house.identity_key(),
        stores=house.stores,
        now=house.now,
    )
    return reply(201 if new else 200, show_staff(staff))


@app.post("/v1/staff/remove")
def remove() -> Response[str]:
    house = wire()
    key = authenticate(app, house.stores.keys, "admin")
    query(app)
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    email = read_staff_address(json_object(text), ContactFields())
    gone = remove_staff(email, by=f"key {key.key}", identity_key=house.identity_key(), stores=house.stores)
    return reply(200, show_staff(gone))


@app.get("/v1/staff")
def everybody() -> Response[str]:
    house = wire()
    authenticate(app, house.stores.keys, "admin")
    key, asked = house.cursor_key(), "staff"
    after = read_cursor(asked, query(app, "after").get("after"), key)
    page = list_staff(after, stores=house.stores)
    told = [show_staff(each) for each in page.items]
    return reply(200, {"staff": told, "next": write_cursor(asked, page.more, key)})


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return handle(app, event, context)
