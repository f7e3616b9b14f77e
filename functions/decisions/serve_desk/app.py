"""The staff's desk under /staff: work lists, search, customers, referrals, credits, decisions."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date
from functools import cache, wraps
from typing import Any, NamedTuple

from goodword.domain.access.session import Session, form_mark
from goodword.domain.access.staff import Staff
from goodword.domain.credits.credit import STATUSES
from goodword.domain.errors import BadInput, Conflict, Forbidden
from goodword.domain.programs.reader import Reader
from goodword.domain.referrers.customer import LOCALES
from goodword.domain.sentence import Sentence, say
from goodword.http.api.body import Fields
from goodword.http.api.cursor import read_cursor, write_cursor
from goodword.http.api.read import read_reason
from goodword.http.console.lists import (
    BADGES,
    account_credits_table,
    credits_table,
    customer_name,
    customers_table,
    events_table,
    facts_table,
    hits_table,
    owner_name,
    prospect_name,
    referrals_table,
    status_tabs,
    work_tables,
)
from goodword.http.pages.web import (
    DESK,
    Cookies,
    guarded_form,
    html,
    language_cookie,
    locale_of,
    see_other,
    serve,
    web,
)
from goodword.http.request import path_id
from goodword.http.router import Response
from goodword.http.wiring import House, open_house
from goodword.pages.components import OLDER, Pages
from goodword.pages.render import render_page
from goodword.steps.decisions.serve_desk import (
    DECIDED,
    NO_REASON,
    ReferralFile,
    credits_of_status,
    customer_file,
    decide,
    newest_customers,
    newest_referrals,
    referral_file,
    referral_of_credit,
    search,
    staff_member,
    unmatched_events,
    why_not_decided,
    work_that_waits,
)

app = web()
SIGN_IN = "/staff/sign-in"
# A page of the desk, to come back to; of its query a status alone, and no text that somebody typed.
PAGE = re.compile(r"/staff(/[a-z]+(/[A-Za-z0-9_-]{1,64})?|/credits\?status=[a-z]{1,16})?")


class Desk(NamedTuple):
    """What every page needs: the house, who is signed in, and the mark of their forms."""

    house: House
    staff: Staff
    session: Session

    def page(self, code: int, template: str, /, **values: Any) -> Response[str]:
        """Render a page of the desk."""
        text = render_page(
            f"staff/{template}",
            locale=locale_of(app.current_event.raw_event),
            brand=DESK,
            today=today(),
            staff=self.staff,
            back=_open_page(),
            mark=form_mark(self.session, self.house.session_keys().signs),
            **values,
        )
        return html(code, text)

    def form(self) -> dict[str, str]:
        """Return the fields of the form that was sent from a page of this session."""
        return guarded_form(app.current_event.raw_event, self.session, self.house.session_keys())

    def after(self, name: str) -> str | None:
        """Return where the page of a list begins."""
        return read_cursor(name, asked().get("after"), self.house.cursor_key())

    def pages(self, name: str, address: str, more: str | None, text: Sentence = OLDER) -> Pages:
        """Return where a list goes on."""
        cursor = write_cursor(name, more, self.house.cursor_key())
        return Pages(address, next=cursor, begun="after" in asked(), next_text=text)


class Tried(NamedTuple):
    """A decision that was not taken, with what was typed."""

    credit: str
    right: str
    reason: str
    error: Sentence | None = None


def _open_page() -> str:
    """Return the path of the page that is shown, to come back to; of one that a form brought, the first."""
    event = app.current_event.raw_event
    path, status = str(event.get("rawPath", "")), asked().get("status", "")
    if path == "/staff/credits" and status:
        path += f"?status={status}"
    return path if event["requestContext"]["http"]["method"] == "GET" and PAGE.fullmatch(path) else "/staff"


@cache
def wire() -> House:
    """Build clients once per process."""
    return open_house(os.environ)


def today() -> date:
    """Return the day, for dates that go without their year."""
    return wire().now().date()


def asked() -> dict[str, str]:
    """Return the query's parameters."""
    return app.current_event.raw_event.get("queryStringParameters") or {}


def signed_in(page: Callable[..., Response[str]]) -> Callable[..., Response[str]]:
    """Let only staff see the page, and send everybody else to where they sign in."""

    @wraps(page)
    def guarded(**parts: str) -> Response[str]:
        house = wire()
        cookies = Cookies(house.session_keys(), house.public_url().startswith("https:"))
        session = cookies.session(app.current_event.raw_event, "staff", house.now())
        if session is None:
            return see_other(SIGN_IN)
        try:
            staff = staff_member(session.subject, stores=house.stores)
        except Forbidden:  # let out since they signed in
            return see_other(SIGN_IN, [cookies.close("staff")])
        return page(Desk(house, staff, session), **parts)

    return guarded


@app.get("/staff")
@signed_in
def work(desk: Desk) -> Response[str]:
    waits = work_that_waits(desk.staff, stores=desk.house.stores)
    return desk.page(200, "work", lists=work_tables(waits), more=waits.more)


@app.post("/staff/search")
@signed_in
def find(desk: Desk) -> Response[str]:
    text = Fields(desk.form()).text("q", 200, "")
    found = search(
        desk.staff,
        text,
        identity_key=desk.house.identity_key(),
        stores=desk.house.stores,
        now=desk.house.now,
    )
    if found.exact:
        return see_other(f"/staff/{found.hits[0].kind}s/{found.hits[0].id}")
    return desk.page(200, "found", hits=hits_table(found), more=found.more, asked=text)


@app.post("/staff/language")
@signed_in
def language(desk: Desk) -> Response[str]:
    """Keep the language of the desk in this browser, and go back to the page that was open."""
    fields = desk.form()
    wanted, back = fields.get("locale", ""), fields.get("back", "")
    path = back if PAGE.fullmatch(back) else "/staff"
    secure = desk.house.public_url().startswith("https:")
    kept = [language_cookie(wanted, "/staff", secure=secure)] if wanted in LOCALES else []
    return see_other(path, kept)


@app.get("/staff/customers")
@signed_in
def customers(desk: Desk) -> Response[str]:
    page = newest_customers(desk.staff, desk.after("customers"), stores=desk.house.stores)
    pages = desk.pages("customers", "/staff/customers", page.more)
    return desk.page(200, "customers", customers=customers_table(page, pages))


@app.get("/staff/customers/<customer>")
@signed_in
def customer_page(desk: Desk, customer: str) -> Response[str]:
    name = path_id(customer, "customer")
    list_ = f"desk {name}"
    file = customer_file(desk.staff, name, desk.after(list_), stores=desk.house.stores, now=desk.house.now)
    pages = desk.pages(list_, f"/staff/customers/{name}", file.lines.more)
    return desk.page(
        200,
        "customer",
        file=file,
        name=customer_name(file.customer),
        owner=owner_name(file.customer),
        referrals=referrals_table(file.lines, pages),
        credits=account_credits_table(file.credits),
    )


@app.get("/staff/referrals")
@signed_in
def referrals(desk: Desk) -> Response[str]:
    page = newest_referrals(desk.staff, desk.after("referrals"), stores=desk.house.stores, now=desk.house.now)
    pages = desk.pages("referrals", "/staff/referrals", page.more)
    return desk.page(200, "referrals", referrals=referrals_table(page, pages))


@app.get("/staff/referrals/<referral>")
@signed_in
def referral_page(desk: Desk, referral: str) -> Response[str]:
    told = DECIDED.get(asked().get("done", ""))
    return _referral(desk, path_id(referral, "referral"), told=told)


@app.get("/staff/credits")
@signed_in
def credits_(desk: Desk) -> Response[str]:
    status = Fields({"status": asked().get("status", "held")}).choice("status", STATUSES)
    page = credits_of_status(desk.staff, status, desk.after(f"status {status}"), stores=desk.house.stores)
    pages = desk.pages(f"status {status}", f"/staff/credits?status={status}", page.more)
    return desk.page(200, "credits", credits=credits_table(page, pages), tabs=status_tabs(status))


@app.get("/staff/credits/<credit>")
@signed_in
def credit_page(desk: Desk, credit: str) -> Response[str]:
    name = path_id(credit, "credit")
    return see_other(f"/staff/referrals/{referral_of_credit(name, stores=desk.house.stores)}#{name}")


@app.get("/staff/unmatched")
@signed_in
def unmatched(desk: Desk) -> Response[str]:
    page = unmatched_events(desk.staff, desk.after("unmatched"), stores=desk.house.stores)
    pages = desk.pages("unmatched", "/staff/unmatched", page.more)
    return desk.page(200, "unmatched", events=events_table(page.items, pages))


@app.post("/staff/credits/<credit>/<decision>")
@signed_in
def decide_on_credit(desk: Desk, credit: str, decision: str) -> Response[str]:
    name, fields = path_id(credit, "credit"), desk.form()
    tried = Tried(name, decision, fields.get("reason", ""))
    referral = referral_of_credit(name, stores=desk.house.stores)
    try:
        decide(
            desk.staff,
            name,
            decision,
            lambda: read_reason(fields),
            stores=desk.house.stores,
            now=desk.house.now,
            new_id=desk.house.new_id,
            wake=desk.house.wake(),
        )
    except BadInput:
        return _referral(desk, referral, status=422, tried=tried._replace(error=NO_REASON))
    except Conflict as clash:
        return _referral(desk, referral, status=409, told=why_not_decided(clash), tried=tried)
    return see_other(f"/staff/referrals/{referral}?done={decision}#{name}")


def _referral(
    desk: Desk,
    name: str,
    *,
    status: int = 200,
    told: Sentence | None = None,
    tried: Tried | None = None,
) -> Response[str]:
    list_ = f"timeline {name}"
    after = desk.after(list_)
    file = referral_file(desk.staff, name, after, stores=desk.house.stores, now=desk.house.now)
    story = file.story
    return desk.page(
        status,
        "referral",
        file=file,
        name=prospect_name(story.referral),
        owner=owner_name(story.customer),
        badges=BADGES,
        facts=facts_table(story.facts),
        timeline=desk.pages(
            list_, f"/staff/referrals/{name}", story.timeline.more, say("What happened next")
        ),
        mood=_mood(file),
        told=told,
        tried=tried,
    )


def _mood(file: ReferralFile) -> str:
    """Say in which colour the sentence stands: as paid, as waiting for a person, or plainly."""
    if any(each.credit.status == "held" for each in file.waiting):
        return "wait"
    return "good" if file.paid else ""


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return serve(app, event, context, today, lambda: Reader(DESK))
