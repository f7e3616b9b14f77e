"""GET and POST /sign-off/{token}: show an approver the request, and record their answer once."""

from __future__ import annotations

import os
from datetime import date
from functools import cache
from typing import Any

from goodword.domain.errors import BadInput, Gone
from goodword.domain.programs.brand import Brand
from goodword.domain.referrers.sign_off import SignOffWish
from goodword.http.pages.sign_off import answered_page, problem_of_answer, read_wish, sign_off_page
from goodword.http.pages.web import error_page, html, locale_of, page_form, see_other, serve, web
from goodword.http.request import source_address
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.messages.sentence import Sentence
from goodword.steps.access.limit_requests import limit_requests
from goodword.steps.referrers.find_reader import reader_of_token
from goodword.steps.referrers.sign_off import (
    Question,
    SignOffDeps,
    decline,
    look_at_question,
    sign_off,
)

app = web()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


def _signing_off(services: Services) -> SignOffDeps:
    return SignOffDeps(
        services.stores,
        services.now,
        services.new_id,
        services.identity_key(),
        services.session_keys(),
        services.address_key(),
        services.public_url(),
    )


@app.get("/sign-off/<token>")
def get(token: str) -> Response[str]:
    """Show the request; a GET changes nothing and may be repeated."""
    notice = (app.current_event.raw_event.get("queryStringParameters") or {}).get("notice", "")
    try:
        question = look_at_question(token, deps=_signing_off(wire()))
    except Gone as gone:
        return _over(gone, token, notice)
    return _asked(question, question.asked)


@app.post("/sign-off/<token>")
def post(token: str) -> Response[str]:
    """Store the answer, and redirect the browser to the page of thanks."""
    services = wire()
    event = app.current_event.raw_event
    address = source_address(event)
    limit_requests(
        address,
        "sign-off",
        address_key=services.address_key(),
        stores=services.stores,
        now=services.now,
    )
    try:
        return _decide(token, page_form(event))
    except Gone as gone:  # answered or replaced by a newer request since the page was opened
        return _over(gone, token)


def _decide(token: str, fields: dict[str, str]) -> Response[str]:
    services = wire()
    question = look_at_question(token, deps=_signing_off(services))
    if fields.get("decision") == "no":
        decline(token, deps=_signing_off(services))
        return see_other(f"/sign-off/{token}?notice=no")
    allowed = question.asked
    try:
        allowed = read_wish(fields)
        sign_off(token, allowed, fields.get("seen", ""), deps=_signing_off(services))
    except BadInput as error:
        return _asked(question, allowed, problem_of_answer(error), status=422)
    return see_other(f"/sign-off/{token}?notice=yes")


def _asked(
    question: Question, chosen: SignOffWish, problem: Sentence | None = None, status: int = 200
) -> Response[str]:
    referrer, program = question.referrer, question.program
    locale = locale_of(app.current_event.raw_event, program.locales, referrer.locale)
    today = program.day(wire().now())
    return html(status, sign_off_page(question, chosen, problem, locale=locale, today=today))


def _over(gone: Gone, token: str, notice: str = "") -> Response[str]:
    """Say that a link has expired or was used.

    notice: the answer that was just given, if there is one.
    """
    if gone.where != "used":
        return error_page(gone, *_whom(token))
    locale, today, brand = _whom(token)
    status = 200 if notice in ("yes", "no") else 410
    return html(status, answered_page(notice, locale=locale, today=today, brand=brand))


def _whom(token: str) -> tuple[str, date, Brand]:
    """Return the reader of a page about a link whose signature is valid."""
    stores = wire().stores
    whom = reader_of_token(stores.tokens.get(token.partition(".")[0]), stores=stores)
    return locale_of(app.current_event.raw_event, own=whom.locale), _today(), whom.brand


def _today() -> date:
    return wire().now().date()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return serve(app, event, context, _today)
