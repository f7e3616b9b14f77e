"""GET of a referral's story, an account's statement, credits by status, and the latest audit."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.domain.credits.credit import STATUSES
from goodword.http.api.api import api, authenticate, handle, query, reply
from goodword.http.api.body import Fields
from goodword.http.api.cursor import read_cursor, write_cursor
from goodword.http.api.view import show_audit, show_credit, show_statement, show_story
from goodword.http.request import path_id
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.steps.credits.read_records import latest_audit, list_credits, read_records, statement

app = api()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


@app.get("/v1/referrals/<referral>")
def story(referral: str) -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "read")
    name = path_id(referral, "referral")
    key, asked = services.cursor_key(), f"timeline {name}"
    after = read_cursor(asked, query(app, "after").get("after"), key)
    result = read_records(name, after, stores=services.stores, now=services.now)
    return reply(200, show_story(result, write_cursor(asked, result.timeline.more, key)))


@app.get("/v1/accounts/<account>/statement")
def account_statement(account: str) -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "read")
    name = path_id(account, "account")
    asked = query(app, "credits_after", "referrals_after")
    key, credits_, referrals = services.cursor_key(), f"credits {name}", f"referrals {name}"
    result = statement(
        name,
        credits_after=read_cursor(credits_, asked.get("credits_after"), key),
        referrals_after=read_cursor(referrals, asked.get("referrals_after"), key),
        stores=services.stores,
        now=services.now,
    )
    next_credits = write_cursor(credits_, result.lines.more, key)
    next_referrals = write_cursor(referrals, result.referrals.more, key)
    return reply(200, show_statement(result, next_credits, next_referrals))


@app.get("/v1/credits")
def credits_by_status() -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "read")
    asked = query(app, "status", "after")
    status = Fields(asked).choice("status", STATUSES, "held")
    key, name = services.cursor_key(), f"status {status}"
    page = list_credits(status, read_cursor(name, asked.get("after"), key), stores=services.stores)
    result = [show_credit(credit) for credit in page.items]
    return reply(200, {"credits": result, "next": write_cursor(name, page.more, key)})


@app.get("/v1/audits/latest")
def audit() -> Response[str]:
    services = wire()
    authenticate(app, services.stores.keys, "read")
    query(app)
    return reply(200, show_audit(latest_audit(stores=services.stores)))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return handle(app, event, context)
