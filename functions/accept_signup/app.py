"""POST /v1/signups: a prospect who came by a link signs up, by JSON or by a form."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from goodword.contact.reader import ContactFields
from goodword.domain.errors import Refused
from goodword.edge.body import form_object, json_object, text_body
from goodword.edge.problem import answer_of, ours, problem_of
from goodword.edge.read import read_signup
from goodword.edge.request import source_address
from goodword.edge.wiring import House, open_house
from goodword.pages.plain import answer_page, page, thanks_page
from goodword.steps.accept_signup import accept_signup
from goodword.steps.limit_rate import limit_rate

log = Logger()
FORM = "application/x-www-form-urlencoded"


@cache
def wire() -> House:
    """Build clients once per process."""
    return open_house(os.environ)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one signup: a form with a page, JSON with JSON."""
    form = (event.get("headers") or {}).get("content-type", "").strip().lower().startswith(FORM)
    try:
        referral = _accept(event)
    except Refused as error:
        return _told(problem_of(error), form, "One thing is not right", _sentence(error))
    except Exception as error:
        log.warning("signup failed", extra=ours(error))
        return _told(
            problem_of(error), form, "One moment, please", "We cannot take this just now. Please try again."
        )
    if form:
        return answer_page(200, thanks_page())
    return {
        "statusCode": 202,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": f'{{"referral": "{referral}"}}',
    }


def _told(told: dict[str, Any], form: bool, title: str, sentence: str) -> dict[str, Any]:
    """Answer an error to a person with a page, and to a program with a problem."""
    answer = answer_of(told)
    if not form:
        return answer
    kept = {name: value for name, value in answer["headers"].items() if name == "retry-after"}
    return answer_page(told["status"], page(title, sentence), **kept)


def _accept(event: dict[str, Any]) -> str:
    house = wire()
    address = source_address(event)
    limit_rate(address, "signup", address_key=house.address_key(), stores=house.stores, now=house.now)
    media, text = text_body(event, ("application/json", FORM))
    signup = read_signup(form_object(text) if media == FORM else json_object(text))
    made = accept_signup(
        signup,
        contacts=ContactFields(),
        identity_key=house.identity_key(),
        stores=house.stores,
        now=house.now,
        new_id=house.new_id,
    )
    log.info("signup", extra={"referral": made.referral.referral, "new": made.new})
    return made.referral.referral


def _sentence(error: Refused) -> str:
    return f"{error.what[:1].upper()}{error.what[1:]}. {error.remedy}"
