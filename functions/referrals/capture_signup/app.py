"""POST /v1/signups: take the signup of a prospect who followed a link, as JSON or as a form."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from goodword.contact_validation.reader import ContactFields
from goodword.domain.errors import Conflict, RateLimited, Refused
from goodword.domain.programs.token_parameter import TOKEN_PARAMETER
from goodword.http.api.body import form_object, json_object, text_body
from goodword.http.api.problem import answer_of, log_fields, problem_of
from goodword.http.api.read import read_signup
from goodword.http.request import source_address
from goodword.http.wiring import Services, open_services
from goodword.pages.plain import answer_page, language_of, page_about, wrong_field
from goodword.steps.access.limit_requests import limit_requests
from goodword.steps.referrals.capture_signup import capture_signup
from goodword.steps.referrals.register_referral import RegisterReferralDeps

log = Logger()
FORM = "application/x-www-form-urlencoded"


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one signup: a form with a page, JSON with JSON."""
    headers = event.get("headers") or {}
    form, locale = (
        headers.get("content-type", "").strip().lower().startswith(FORM),
        language_of(headers),
    )
    try:
        referral = _accept(event)
    except Refused as error:
        return _reply_with(problem_of(error), form, _page_of(error, locale))
    except Exception as error:
        log.warning("signup failed", extra=log_fields(error))
        return _reply_with(problem_of(error), form, page_about("not now", locale))
    if form:
        return answer_page(200, page_about("thanks", locale))
    return {
        "statusCode": 202,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": f'{{"referral": "{referral}"}}',
    }


def _reply_with(problem: dict[str, Any], form: bool, page: str) -> dict[str, Any]:
    """Answer an error to a person with a page, and to a program with a problem."""
    answer = answer_of(problem)
    if not form:
        return answer
    kept = {name: value for name, value in answer["headers"].items() if name == "retry-after"}
    return answer_page(problem["status"], page, **kept)


def _accept(event: dict[str, Any]) -> str:
    services = wire()
    address = source_address(event)
    limit_requests(
        address,
        "signup",
        address_key=services.address_key(),
        stores=services.stores,
        now=services.now,
    )
    media, text = text_body(event, ("application/json", FORM))
    signup = read_signup(form_object(text) if media == FORM else json_object(text))
    made = capture_signup(
        signup,
        contacts=ContactFields(),
        deps=RegisterReferralDeps(
            identity_key=services.identity_key(),
            stores=services.stores,
            now=services.now,
            new_id=services.new_id,
        ),
    )
    log.info("signup", extra={"referral": made.referral.referral, "new": made.new})
    return made.referral.referral


def _page_of(error: Refused, locale: str) -> str:
    if isinstance(error, RateLimited):
        return page_about("too many", locale)
    if isinstance(error, Conflict) and error.where == "program":
        return page_about("closed", locale)
    return (
        page_about("link", locale)
        if error.where == TOKEN_PARAMETER
        else wrong_field(error.where, locale)
    )
