"""GET and POST /l/{code}: the page that a prospect lands on, and their signup; then a page of thanks."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from goodword.contact_validation.reader import ContactFields
from goodword.domain.errors import BadInput, Forged, NotFound
from goodword.domain.links.landing import AGAIN, INCOMPLETE, TOO_LONG, Landing
from goodword.domain.links.link import landing_path
from goodword.domain.links.visit import CODE, TOKEN_PARAMETER
from goodword.domain.sentence import Sentence
from goodword.http.pages.landing_form import read_landing_form
from goodword.http.pages.web import Event, html, locale_of, page_form, see_other, serve, told_page, web
from goodword.http.request import source_address
from goodword.http.router import Response
from goodword.http.wiring import House, open_house, utc_now
from goodword.pages.landing import landing_page, thanks_page
from goodword.steps.access.limit_rate import limit_rate
from goodword.steps.links.show_landing import show_landing, thank
from goodword.steps.referrals.accept_signup import accept_signup

log = Logger()
app = web()
SENT = "goodword-sent"
SENT_SECONDS = 60


@cache
def wire() -> House:
    """Build clients once per process."""
    return open_house(os.environ)


@app.route("/l/<code>", method=["GET", "HEAD"])
def get(code: str) -> Response[str]:
    event = app.current_event.raw_event
    token = (event.get("queryStringParameters") or {}).get(TOKEN_PARAMETER, "")
    if CODE.fullmatch(code) is None:
        raise NotFound("no link has such a code", where="code", remedy="Check the address.")
    if not token and not _was_sent(event):
        return see_other(f"/r/{code}", (_sent_cookie(SENT_SECONDS),))
    return _told_or(code, token, lambda landing: _page(200, landing, {}, {}))


@app.post("/l/<code>")
def post(code: str) -> Response[str]:
    house, event = wire(), app.current_event.raw_event
    address = source_address(event)
    limit_rate(address, "signup", address_key=house.address_key(), stores=house.stores, now=house.now)
    typed = page_form(event)
    return _told_or(code, typed.get(TOKEN_PARAMETER, ""), lambda landing: _sign_up(landing, typed))


@app.get("/l/<code>/thanks")
def get_thanks(code: str) -> Response[str]:
    house = wire()
    program = thank(code, stores=house.stores)
    locale = locale_of(app.current_event.raw_event, program.locales)
    return html(200, thanks_page(program, locale, program.day(house.now())))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return serve(app, event, context, lambda: utc_now().date())


def _sign_up(landing: Landing, typed: dict[str, str]) -> Response[str]:
    house, contacts = wire(), ContactFields()
    signup, wrong = read_landing_form(landing.token, typed, landing.program, contacts)
    if wrong:
        return _page(422, landing, typed, wrong)
    made = accept_signup(
        signup,
        contacts=contacts,
        identity_key=house.identity_key(),
        stores=house.stores,
        now=house.now,
        new_id=house.new_id,
    )
    log.info("signup", extra={"referral": made.referral.referral, "new": made.new})
    locale = locale_of(app.current_event.raw_event, landing.program.locales)
    return see_other(f"{landing_path(landing.code)}/thanks?lang={locale}")


def _told_or(code: str, token: str, show: Callable[[Landing], Response[str]]) -> Response[str]:
    """Show the landing page, or say why it cannot be and what to do."""
    event, house = app.current_event.raw_event, wire()
    again = (f"/r/{code}", AGAIN)
    try:
        landing = show_landing(code, token, stores=house.stores, now=house.now)
    except (Forged, BadInput):
        return told_page(401, INCOMPLETE, locale_of(event), utc_now().date(), link=again)
    program = landing.program
    locale, today = locale_of(event, program.locales), program.day(house.now())
    if landing.closed:
        return told_page(409, landing.closed, locale, today, program.brand)
    if landing.expired:
        return told_page(410, TOO_LONG, locale, today, program.brand, again)
    return show(landing)


def _page(status: int, landing: Landing, typed: dict[str, str], wrong: dict[str, Sentence]) -> Response[str]:
    event, program = app.current_event.raw_event, landing.program
    locale, today = locale_of(event, program.locales), program.day(utc_now())
    cookies = (_sent_cookie(0),) if _was_sent(event) else ()
    return html(status, landing_page(landing, locale, today, typed, wrong), cookies)


def _was_sent(event: Event) -> bool:
    return f"{SENT}=1" in (event.get("cookies") or ())


def _sent_cookie(seconds: int) -> str:
    """Write the cookie by which nobody who came without a token is sent through a link twice in a row."""
    secure = "; Secure" if wire().public_url().startswith("https:") else ""
    return f"{SENT}=1; Path=/l/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
