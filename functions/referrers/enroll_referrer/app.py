"""POST /v1/referrers, GET and PATCH /v1/referrers/{referrer}: enroll, read or change a referrer."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.contact_validation.reader import ContactFields
from goodword.http.api.api import api, authenticate, handle, query, reply
from goodword.http.api.body import json_object, text_body
from goodword.http.api.read import read_referrer, read_referrer_change
from goodword.http.api.view import show_link, show_referrer
from goodword.http.request import path_id
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.steps.referrers.enroll_referrer import enroll_referrer
from goodword.steps.referrers.find_referrer import enrolled_referrer
from goodword.steps.referrers.update_referrer import update_referrer

app = api()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


@app.post("/v1/referrers")
def post() -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "crm")
    query(app)
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    referrer, currency = read_referrer(json_object(text), ContactFields(), services.now())
    enrolled, new = enroll_referrer(
        referrer, currency, identity_key=services.identity_key(), stores=services.stores
    )
    return reply(201 if new else 200, show_referrer(enrolled))


@app.get("/v1/referrers/<referrer>")
def get(referrer: str) -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "read")
    query(app)
    stored = enrolled_referrer(path_id(referrer, "referrer"), stores=services.stores)
    links = [
        show_link(link, services.public_url())
        for link in services.stores.links.list_by_referrer(stored.referrer)
    ]
    return reply(200, {**show_referrer(stored), "links": links})


@app.patch("/v1/referrers/<referrer>")
def patch(referrer: str) -> Response[str]:
    services = wire()
    key = authenticate(app, services.stores.keys, "crm")
    query(app)
    name = path_id(referrer, "referrer")
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    changed = update_referrer(
        name,
        read_referrer_change(json_object(text), ContactFields()),
        by=f"key {key.key}",
        identity_key=services.identity_key(),
        stores=services.stores,
        now=services.now,
    )
    return reply(200, show_referrer(changed))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return handle(app, event, context)
