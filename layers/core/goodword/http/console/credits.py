"""/staff/credits: list the credits of a status, find one of them, and decide on it."""

from __future__ import annotations

from goodword.domain.credits.credit import STATUSES
from goodword.domain.errors import BadInput, Conflict
from goodword.http.api.body import Fields
from goodword.http.api.read import read_reason
from goodword.http.console.lists import credits_table, status_tabs
from goodword.http.console.page import Console
from goodword.http.console.referrals import Tried, referral_page
from goodword.http.pages.web import see_other
from goodword.http.request import path_id
from goodword.http.router import Response
from goodword.messages.console import NO_REASON, why_not_decided
from goodword.steps.decisions.decide_credit import DecideCreditDeps
from goodword.steps.decisions.serve_console import (
    credits_of_status,
    decide,
    referral_of_credit,
)


def show_credits(console: Console) -> Response[str]:
    """Show the newest credits of a status."""
    status = Fields({"status": console.query.get("status", "held")}).choice("status", STATUSES)
    list_ = f"status {status}"
    after = console.after(list_)
    page = credits_of_status(console.staff, status, after, stores=console.services.stores)
    pages = console.pages(list_, f"/staff/credits?status={status}", page.more)
    return console.page(
        200, "credits", credits=credits_table(page, pages), tabs=status_tabs(status)
    )


def find_credit(console: Console, credit: str) -> Response[str]:
    """Go to the credit on the page of its referral."""
    name = path_id(credit, "credit")
    referral = referral_of_credit(name, stores=console.services.stores)
    return see_other(f"/staff/referrals/{referral}#{name}")


def decide_on_credit(console: Console, credit: str, decision: str) -> Response[str]:
    """Apply the decision, or show the referral with the error and what was typed."""
    name, fields, services = path_id(credit, "credit"), console.form(), console.services
    tried = Tried(name, decision, fields.get("reason", ""))
    referral = referral_of_credit(name, stores=services.stores)
    try:
        decide(
            console.staff,
            name,
            decision,
            lambda: read_reason(fields),
            deps=DecideCreditDeps(
                stores=services.stores,
                now=services.now,
                new_id=services.new_id,
                enqueue=services.enqueue(),
            ),
        )
    except BadInput:
        return referral_page(console, referral, status=422, tried=tried._replace(error=NO_REASON))
    except Conflict as conflict:
        notice = why_not_decided(conflict.where)
        return referral_page(console, referral, status=409, notice=notice, tried=tried)
    return see_other(f"/staff/referrals/{referral}?done={decision}#{name}")
