"""POST /v1/referrals: enter a contact from a referrer, from the sales team or from the CRM."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.contact_validation.reader import ContactFields
from goodword.http.api.api import api, authenticate, handle, query, reply
from goodword.http.api.body import json_object, text_body
from goodword.http.api.read import read_entered
from goodword.http.api.view import show_made
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.steps.referrals.create_referral import create_referral
from goodword.steps.referrals.register_referral import RegisterReferralDeps

app = api()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


@app.post("/v1/referrals")
def post() -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "crm")
    query(app)
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    made = create_referral(
        read_entered(json_object(text)),
        contacts=ContactFields(),
        deps=RegisterReferralDeps(
            identity_key=services.identity_key(),
            stores=services.stores,
            now=services.now,
            new_id=services.new_id,
        ),
    )
    return reply(201 if made.new else 200, show_made(made))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return handle(app, event, context)
