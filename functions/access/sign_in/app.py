"""/portal/sign-in, /staff/sign-in, /enter/{token} and /sign-out: sign in by a mailed link, and out again."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.contact_validation.reader import ContactFields
from goodword.domain.access.session import Kind, has_form_mark
from goodword.domain.errors import BadInput, Forbidden, Gone
from goodword.domain.programs.reader import Reader
from goodword.domain.sentence import Sentence, say
from goodword.http.pages.web import (
    DESK,
    Cookies,
    html,
    locale_of,
    page_form,
    see_other,
    serve,
    sign_in_path,
    web,
)
from goodword.http.request import source_address
from goodword.http.router import Response
from goodword.http.wiring import House, open_house
from goodword.pages.render import render_page
from goodword.ports import Wake
from goodword.steps.access.sign_in import SigningIn, ask_to_sign_in, kind_of, look_at_sign_in, sign_in
from goodword.steps.referrers.find_reader import reader_of_customer, reader_of_program, reader_of_token

app = web()
AT: dict[Kind, str] = {"customer": "/portal", "staff": "/staff"}


@cache
def wire() -> tuple[House, Wake]:
    """Build clients once per process."""
    house = open_house(os.environ)
    return house, house.wake_mail()


def _signing_in() -> SigningIn:
    """Return what signing in needs; secrets are read anew when they were kept for long enough."""
    house, wake = wire()
    return SigningIn(
        house.stores,
        house.now,
        house.new_id,
        wake,
        house.identity_key(),
        house.session_keys(),
        house.address_key(),
    )


@app.get("/portal/sign-in")
def ask() -> Response[str]:
    return _form("customer")


@app.post("/portal/sign-in")
def asked() -> Response[str]:
    return _ask("customer")


@app.get("/staff/sign-in")
def ask_staff() -> Response[str]:
    return _form("staff")


@app.post("/staff/sign-in")
def asked_staff() -> Response[str]:
    return _ask("staff")


@app.get("/enter/<token>")
def look(token: str) -> Response[str]:
    try:
        look_at_sign_in(token, house=_signing_in())
    except Gone as gone:
        return _over(gone, token)
    return _page(
        "press",
        200,
        _whom(token),
        heading=say("Sign in"),
        sentence=say("One press, and you are in."),
        action=f"/enter/{token}",
        label=say("Sign in"),
    )


@app.post("/enter/<token>")
def enter(token: str) -> Response[str]:
    house, signing_in = wire()[0], _signing_in()
    try:
        session = sign_in(token, house=signing_in)
    except Gone as gone:
        return _over(gone, token)
    return see_other(AT[session.kind], [_cookies(house).open(session, house.now())])


@app.post("/sign-out")
def leave() -> Response[str]:
    """Close the session whose page the button was on, and no other."""
    house, _ = wire()
    event, cookies = app.current_event.raw_event, _cookies(house)
    mark = page_form(event).get("mark", "")
    kinds: tuple[Kind, ...] = ("customer", "staff")
    sessions = [found for kind in kinds if (found := cookies.session(event, kind, house.now())) is not None]
    for session in sessions:
        if has_form_mark(mark, session, house.session_keys()):
            return see_other(_door(session.kind, session.subject), [cookies.close(session.kind)])
    if sessions:
        raise Forbidden("this form is out of date", where="form", remedy="Load the page again and repeat it.")
    return see_other("/portal/sign-in")


def _cookies(house: House) -> Cookies:
    return Cookies(house.session_keys(), house.public_url().startswith("https:"))


def _door(kind: Kind, subject: str) -> str:
    """Return where somebody signs in again; a customer's has the brand that they know."""
    if kind == "staff":
        return "/staff/sign-in"
    return sign_in_path(reader_of_customer(subject, stores=wire()[0].stores).program)


def _whom(token: str) -> Reader:
    """Return whom a link is for; only of one whose signature held."""
    stores = wire()[0].stores
    held = stores.tokens.get(token.partition(".")[0])
    if held is not None and held.purpose == "staff_sign_in":
        return Reader(DESK, held.data.get("locale", ""))
    return reader_of_token(held, stores=stores)


def _at_door(kind: Kind) -> Reader:
    """Return whom the page to sign in is for: the program of the customers that its address names."""
    if kind == "staff":
        return Reader(DESK)
    named = (app.current_event.raw_event.get("queryStringParameters") or {}).get("program", "")
    return reader_of_program(named, stores=wire()[0].stores)


def _form(kind: Kind, email: str = "", error: Sentence | None = None) -> Response[str]:
    heading = say("Sign in") if kind == "customer" else say("Sign in to the desk")
    status, whom = 422 if error else 200, _at_door(kind)
    action = f"{AT[kind]}/sign-in"
    return _page(
        "sign_in",
        status,
        whom,
        heading=heading,
        action=action,
        program=whom.program,
        email=email,
        error=error,
    )


def _ask(kind: Kind) -> Response[str]:
    """Take an address; whether anybody is known by it is not told, and not even found out here."""
    signing_in = _signing_in()
    event = app.current_event.raw_event
    typed = page_form(event).get("email", "")
    try:
        email = ContactFields().email(typed)
    except BadInput:
        return _form(kind, typed, say("This is not an e-mail address. Write it like name@example.com."))
    ask_to_sign_in(email, kind, source_address(event), locale_of(event), house=signing_in)
    return _page(
        "told",
        200,
        _at_door(kind),
        heading=say("Check your mail"),
        sentences=(
            say("If we know this address, a link to sign in is on its way."),
            say("Nothing there? Check your spam folder, or try the address where you were invited."),
        ),
        link=None,
    )


def _over(gone: Gone, token: str) -> Response[str]:
    used, whom = say("This link has already been used"), _whom(token)
    staff = kind_of(token, house=_signing_in()) == "staff"
    return _page(
        "told",
        410,
        whom,
        heading=used if gone.where == "used" else say("This link has expired"),
        sentences=(say("Let us mail you a fresh one."),),
        link=("/staff/sign-in" if staff else sign_in_path(whom.program), say("Sign in")),
    )


def _page(template: str, status: int, whom: Reader, **values: Any) -> Response[str]:
    locale, today = locale_of(app.current_event.raw_event, own=whom.locale), wire()[0].now().date()
    return html(status, render_page(template, locale=locale, brand=whom.brand, today=today, **values))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return serve(app, event, context, lambda: wire()[0].now().date())
