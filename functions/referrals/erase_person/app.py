"""POST /v1/referrals/{referral}/erase and /v1/referrers/{referrer}/erase: erase a person's data."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.http.api.api import api, authenticate, handle, query, reply
from goodword.http.api.view import show_erasure
from goodword.http.request import path_id
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.steps.referrals.erase_person import erase_referral, erase_referrer

app = api()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


@app.post("/v1/referrals/<referral>/erase")
def prospect(referral: str) -> Response[str]:
    services = wire()
    key = authenticate(app, services.stores.keys, "admin")
    query(app)
    result = erase_referral(
        path_id(referral, "referral"),
        by=f"key {key.key}",
        log_days=int(services.environ["LOG_RETENTION_DAYS"]),
        identity_key=services.identity_key(),
        stores=services.stores,
        now=services.now,
        new_id=services.new_id,
    )
    return reply(200, show_erasure(result))


@app.post("/v1/referrers/<referrer>/erase")
def referrer(referrer: str) -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "admin")
    query(app)
    result = erase_referrer(
        path_id(referrer, "referrer"),
        log_days=int(services.environ["LOG_RETENTION_DAYS"]),
        identity_key=services.identity_key(),
        stores=services.stores,
        now=services.now,
    )
    return reply(200, show_erasure(result))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return handle(app, event, context)
