"""GET /portal and what belongs to it: the customer's one page, their statement, and the forms on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools import Logger

from goodword.contact_validation.reader import ContactFields
from goodword.domain.access.session import Session, form_mark
from goodword.domain.errors import BadInput, Conflict, Forbidden, NotFound
from goodword.domain.programs.reader import Reader
from goodword.domain.referrers.customer import LOCALES, OWN_ID, Customer
from goodword.domain.sentence import Sentence, say
from goodword.http.api.cursor import read_cursor, write_cursor
from goodword.http.pages.portal import (
    no_program_page,
    portal_page,
    read_contact_form,
    statement_csv,
    statement_page,
    wrong,
)
from goodword.http.pages.portal_forms import Typed
from goodword.http.pages.sign_off import read_shown, read_wish
from goodword.http.pages.web import (
    HEADERS,
    Cookies,
    guarded_form,
    html,
    locale_of,
    see_other,
    serve,
    sign_in_path,
    web,
)
from goodword.http.router import Response
from goodword.http.wiring import House, open_house
from goodword.pages.components import Pages
from goodword.pages.qr import qr_file
from goodword.steps.access.limit_rate import limit_person
from goodword.steps.referrers.change_customer import change_locale, change_shown, change_story
from goodword.steps.referrers.find_reader import reader_of_customer
from goodword.steps.referrers.show_portal import Portal, account_statement, portal_customer, show_portal

log = Logger()
app = web()
# Of one customer in a day, of all forms together: far more than a person fills in.
FORMS_A_DAY = 100
Answer = Response[Any]


class _SignedOut(Exception):
    """Nobody is signed in, or somebody who may not come in any more."""


@cache
def wire() -> House:
    """Build clients once per process."""
    return open_house(os.environ)


# --- who is there ---------------------------------------------------------------------------------------


def _cookies(house: House) -> Cookies:
    return Cookies(house.session_keys(), house.public_url().startswith("https:"))


def _signed_in(house: House) -> tuple[Session, Customer]:
    """Return whose session it is; raise _SignedOut without one, or where the person was erased."""
    session = _cookies(house).session(app.current_event.raw_event, "customer", house.now())
    customer = None if session is None else portal_customer(session.subject, stores=house.stores)
    if session is None or customer is None:
        raise _SignedOut
    return session, customer


def _form(house: House) -> tuple[Session, Customer, dict[str, str]]:
    """Return whose form it is, and its fields; raise Forbidden or RateLimited."""
    session, customer = _signed_in(house)
    fields = guarded_form(app.current_event.raw_event, session, house.session_keys())
    limit_person(
        customer.customer,
        "portal",
        address_key=house.address_key(),
        stores=house.stores,
        now=house.now,
        most=FORMS_A_DAY,
    )
    return session, customer, fields


def _whom(event: dict[str, Any]) -> Reader:
    """Return whose session a request has, for a page about what went wrong."""
    house = wire()
    session = _cookies(house).session(event, "customer", house.now())
    return Reader() if session is None else reader_of_customer(session.subject, stores=house.stores)


def _query(name: str) -> str:
    held = app.current_event.raw_event.get("queryStringParameters") or {}
    return str(held.get(name, ""))


# --- pages ----------------------------------------------------------------------------------------------


@app.get("/portal")
def get() -> Answer:
    """Show the portal."""
    house = wire()
    session, customer = _signed_in(house)
    return _portal(house, session, customer, _query("program"), told=_query("told"))


def _portal(
    house: House,
    session: Session,
    customer: Customer,
    wanted: str,
    *,
    told: str = "",
    typed: Typed | None = None,
    status: int = 200,
) -> Answer:
    """Answer with the portal, with what was typed where a form of it was not right."""
    query = f"portal#{customer.customer}"
    after = read_cursor(query, _query("after") or None, house.cursor_key())
    try:
        portal = show_portal(customer, wanted, after, stores=house.stores, now=house.now)
    except NotFound:
        return _no_program(house, customer)
    program = portal.program
    return html(
        status,
        portal_page(
            portal,
            locale=_locale(portal, customer),
            today=program.day(house.now()),
            public_url=house.public_url(),
            mark=form_mark(session, house.session_keys().signs),
            told=told,
            more=write_cursor(query, portal.lines.more, house.cursor_key()),
            typed=typed or Typed(),
        ),
    )


def _locale(portal: Portal, customer: Customer) -> str:
    return locale_of(app.current_event.raw_event, portal.program.locales, customer.locale)


def _no_program(house: House, customer: Customer) -> Answer:
    locale = locale_of(app.current_event.raw_event, own=customer.locale)
    return html(200, no_program_page(locale=locale, today=_today()))


@app.get("/portal/qr.png")
def qr_png() -> Answer:
    """Hand out the QR code of the link that the portal shows."""
    house = wire()
    _, customer = _signed_in(house)
    link = show_portal(customer, _query("program"), None, stores=house.stores, now=house.now).link
    if link is None:
        raise NotFound("there is no link yet", where="link", remedy="Make one.")
    headers: dict[str, Any] = {**HEADERS, "content-disposition": f'attachment; filename="{link.code}.png"'}
    return Response(200, "image/png", qr_file(f"{house.public_url()}/r/{link.code}"), headers)


@app.get("/portal/statement")
def statement() -> Answer:
    """Show the account's statement."""
    house = wire()
    _, customer = _signed_in(house)
    query = f"statement#{customer.customer}"
    after = read_cursor(query, _query("after") or None, house.cursor_key())
    held = account_statement(customer, after, whole=False, stores=house.stores, now=house.now)
    locale = locale_of(app.current_event.raw_event, held.program.locales, customer.locale)
    more = write_cursor(query, held.lines.more, house.cursor_key())
    begun, earlier = after is not None, say("Earlier credits")
    pages = Pages("/portal/statement", next=more, begun=begun, next_text=earlier)
    today = held.program.day(held.at)
    return html(200, statement_page(held, locale=locale, today=today, pages=pages))


@app.get("/portal/statement.csv")
def statement_file() -> Answer:
    """Hand out the account's statement as a file."""
    from goodword.pages.csv import MARK

    house = wire()
    _, customer = _signed_in(house)
    held = account_statement(customer, None, whole=True, stores=house.stores, now=house.now)
    locale = locale_of(app.current_event.raw_event, held.program.locales, customer.locale)
    text = statement_csv(held, locale=locale, today=held.program.day(held.at))
    headers: dict[str, Any] = {**HEADERS, "content-disposition": 'attachment; filename="statement.csv"'}
    return Response(200, "text/csv; charset=utf-8", MARK + text, headers)


# --- forms ----------------------------------------------------------------------------------------------
# The first of a kind loads its step: a portal is looked at far more often than a form of it is sent.


@app.post("/portal/contact")
def contact() -> Answer:
    """Take a contact that the customer hands over."""
    from goodword.steps.referrals.enter_referral import enter_referral

    house = wire()
    session, customer, fields = _form(house)

    def take(portal: Portal) -> Mapping[str, Sentence]:
        if portal.inside:
            raise Forbidden("nobody has signed off yet", where="program", remedy="Ask your approver first.")
        locale, contacts = _locale(portal, customer), ContactFields()
        entered, problems = read_contact_form(fields, portal.program, customer.customer, locale, contacts)
        if problems:
            return problems
        made = enter_referral(
            entered,
            contacts=contacts,
            identity_key=house.identity_key(),
            stores=house.stores,
            now=house.now,
            new_id=house.new_id,
        )
        log.info("handed over", extra={"referral": made.referral.referral, "new": made.new})
        return {}

    return _take(house, session, customer, fields, "contact", take)


@app.post("/portal/link")
def link() -> Answer:
    """Make the link to share, where there is none yet."""
    from goodword.steps.links.make_link import LinkWish, make_link

    house = wire()
    session, customer, fields = _form(house)

    def take(portal: Portal) -> None:
        if portal.closed is not None:
            raise Conflict("the program takes nobody now", where="program", remedy="Come back when it does.")
        if portal.link is not None:
            return
        before = len(house.stores.links.of_customer(customer.customer))
        name = portal.program.program
        make_link(
            LinkWish(customer.customer, name, "other", inside=portal.inside),
            f"portal#{name}#{portal.inside}#{before}",
            public_url=house.public_url(),
            address_key=house.address_key(),
            stores=house.stores,
            now=house.now,
            new_id=house.new_id,
        )

    return _take(house, session, customer, fields, "link", take)


@app.post("/portal/sign-off")
def ask() -> Answer:
    """Ask the approver."""
    from goodword.steps.referrers.ask_sign_off import SignOffAsking, ask_sign_off

    house = wire()
    session, customer, fields = _form(house)

    def take(portal: Portal) -> None:
        if "approver" not in fields:
            raise BadInput("the address is missing", where="approver", remedy="Write it.")
        asking = SignOffAsking(house.stores, ContactFields(), house.now, house.new_id, house.wake_mail())
        wish = read_wish(fields)
        ask_sign_off(customer.customer, portal.program, wish, fields["approver"], house=asking)

    return _take(house, session, customer, fields, "sign-off", take, told="asked")


@app.post("/portal/shown")
def shown() -> Answer:
    """Keep what landing pages may show of the customer."""
    house = wire()
    session, customer, fields = _form(house)

    def take(portal: Portal) -> None:
        change_shown(customer.customer, read_shown(fields), portal.program, stores=house.stores)

    return _take(house, session, customer, fields, "shown", take)


@app.post("/portal/story")
def story() -> Answer:
    """Keep the customer's story."""
    house = wire()
    session, customer, fields = _form(house)

    def take(portal: Portal) -> None:
        text, publish = fields.get("story-text", ""), fields.get("publish") == "yes"
        change_story(customer.customer, text, portal.program, publish=publish, stores=house.stores)

    return _take(house, session, customer, fields, "story", take)


@app.post("/portal/language")
def language() -> Answer:
    """Keep the customer's language, and show the program that was open."""
    house = wire()
    _, customer, fields = _form(house)
    locale = fields.get("locale", "")
    if locale in LOCALES:
        change_locale(customer.customer, locale, stores=house.stores)
    program = fields.get("program", "")
    return see_other("/portal" + (f"?program={program}" if OWN_ID.fullmatch(program) else ""))


def _take(
    house: House,
    session: Session,
    customer: Customer,
    fields: dict[str, str],
    form: str,
    take: Callable[[Portal], Mapping[str, Sentence] | None],
    *,
    told: str = "",
) -> Answer:
    """Do what a form asks and send the browser on; or show the form again with what is not right.

    take: returns what is not right, by field, where that may be more than one. A program that takes nobody
    any more says so on the page, which keeps what was typed.
    """
    wanted = fields.get("program", "")
    portal = show_portal(customer, wanted, None, stores=house.stores, now=house.now)
    status = 422
    try:
        problems = take(portal)
    except BadInput as error:
        problems = wrong(error, customer)
    except Conflict as error:
        if error.where != "program":
            raise
        problems, status = {}, 409
    if problems or status == 409:
        typed = Typed(form, fields, problems or {})
        return _portal(house, session, customer, wanted, typed=typed, status=status)
    name = portal.program.program
    return see_other("/portal?" + urlencode({"program": name, "told": told or form}) + "#content")


def _today() -> date:
    return wire().now().date()


def _to_sign_in(event: dict[str, Any]) -> Answer:
    named = _query("program")
    path = sign_in_path(named if OWN_ID.fullmatch(named) else "")
    return see_other(path, _cookies(wire()).leave(event, "customer"))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request; whoever is not signed in is sent to where they can."""
    app.exception_handler(_SignedOut)(lambda _: _to_sign_in(event))
    return serve(app, event, context, _today, lambda: _whom(event))
