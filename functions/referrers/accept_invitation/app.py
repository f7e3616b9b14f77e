"""GET and POST /i/{token}, POST /i/{token}/again: an invitation's page, its one button, a fresh mail."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.domain.access.session import open_session
from goodword.domain.credits.portal import closed_sentence
from goodword.domain.errors import Conflict, Gone, OutOfDate
from goodword.domain.mails.news import offers_of
from goodword.domain.programs.reader import Reader
from goodword.domain.sentence import Sentence, say
from goodword.http.pages.web import (
    Cookies,
    html,
    locale_of,
    page_form,
    see_other,
    serve,
    sign_in_path,
    told_page,
    web,
)
from goodword.http.request import source_address
from goodword.http.router import Response
from goodword.http.wiring import House, open_house
from goodword.pages.render import render_page
from goodword.ports import Wake
from goodword.steps.referrers.accept_invitation import (
    Accepting,
    accept_invitation,
    invite_again,
    look_at_invitation,
)
from goodword.steps.referrers.find_reader import reader_of_token

app = web()


@cache
def wire() -> tuple[House, Wake]:
    """Build clients once per process."""
    house = open_house(os.environ)
    return house, house.wake_mail()


def _accepting() -> Accepting:
    """Return what accepting needs; secrets are read anew when they were kept for long enough."""
    house, wake = wire()
    return Accepting(
        house.stores,
        house.now,
        house.new_id,
        wake,
        house.identity_key(),
        house.session_keys(),
        house.address_key(),
        house.public_url(),
    )


@app.get("/i/<token>")
def look(token: str) -> Response[str]:
    try:
        return _invitation(token)
    except Gone as gone:
        return _over(gone, token)


@app.post("/i/<token>")
def accept(token: str) -> Response[str]:
    house, accepting = wire()[0], _accepting()
    version = page_form(app.current_event.raw_event).get("version", "")
    try:
        accepted = accept_invitation(
            token, int(version) if version.isdecimal() and len(version) < 9 else 0, house=accepting
        )
    except Gone as gone:
        return _over(gone, token)
    except OutOfDate:
        return _invitation(token, changed=True, status=409)
    except Conflict as clash:
        return _invitation(token, status=409) if clash.where == "program" else _enrolled_already(409, token)
    if not accepted.new:
        # Whoever is enrolled has a page of their own; a mail that lies about for weeks opens it to nobody.
        return _enrolled_already(200, token)
    cookies = Cookies(house.session_keys(), house.public_url().startswith("https:"))
    session = open_session("customer", accepted.customer.customer, house.now())
    return see_other("/portal", [cookies.open(session, house.now())])


def _enrolled_already(status: int, token: str) -> Response[str]:
    whom = _whom(token)
    return _told(
        status,
        whom,
        say("You are enrolled already"),
        say("Sign in with your e-mail address; we mail you a link."),
        link=(sign_in_path(whom.program), say("Sign in")),
    )


@app.post("/i/<token>/again")
def again(token: str) -> Response[str]:
    accepting = _accepting()
    invite_again(token, source_address(app.current_event.raw_event), house=accepting)
    return _told(
        200,
        _whom(token),
        say("A fresh mail is on its way"),
        say("It goes to the address where you were invited. Check your mail."),
    )


def _invitation(token: str, *, changed: bool = False, status: int = 200) -> Response[str]:
    accepting = _accepting()
    seen = look_at_invitation(token, house=accepting)
    program = seen.program
    today = program.day(accepting.now())
    locale = locale_of(app.current_event.raw_event, program.locales, seen.customer.locale)
    text = render_page(
        "invitation",
        locale=locale,
        brand=program.brand,
        today=today,
        program=program.worded("name"),
        prospect_gets=program.worded("prospect_gets"),
        offers=offers_of(program, seen.currency),
        customer=seen.customer,
        version=program.version,
        terms_url=program.terms_url,
        token=token,
        changed=changed,
        closed=closed_sentence(program, today),
        over=program.ended(today),
    )
    return html(status, text)


def _over(gone: Gone, token: str) -> Response[str]:
    """Say that a link was used or has expired, and offer a fresh mail."""
    if gone.where == "used":
        heading = say("This link has already been used")
        sentence = say("You are taking part. To return to your page, let us mail you a link to sign in.")
    else:
        heading = say("This invitation has expired")
        sentence = say("It is still open: let us send it again.")
    house, whom = wire()[0], _whom(token)
    text = render_page(
        "press",
        locale=locale_of(app.current_event.raw_event, own=whom.locale),
        brand=whom.brand,
        today=house.now().date(),
        heading=heading,
        sentence=sentence,
        action=f"/i/{token}/again",
        label=say("Send me a fresh mail"),
    )
    return html(410, text)


def _whom(token: str) -> Reader:
    """Return whom a link is for, used or not; only of one whose signature held."""
    stores = wire()[0].stores
    return reader_of_token(stores.tokens.get(token.partition(".")[0]), stores=stores)


def _told(
    status: int,
    whom: Reader,
    heading: Sentence,
    *sentences: Sentence,
    link: tuple[str, Sentence] | None = None,
) -> Response[str]:
    locale = locale_of(app.current_event.raw_event, own=whom.locale)
    return told_page(status, (heading, *sentences), locale, wire()[0].now().date(), whom.brand, link)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return serve(app, event, context, lambda: wire()[0].now().date())
