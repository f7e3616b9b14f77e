"""The pages and files of the portal: the portal, its QR code, the statement."""

from __future__ import annotations

from typing import Any

from goodword.domain.access.session import Session, form_mark
from goodword.domain.errors import NotFound
from goodword.domain.referrers.referrer import Referrer
from goodword.http.api.cursor import read_cursor, write_cursor
from goodword.http.pages.portal import no_program_page, portal_page, statement_csv, statement_page
from goodword.http.pages.portal_forms import Typed
from goodword.http.pages.portal_request import PortalRequest
from goodword.http.pages.web import HEADERS, html, locale_of
from goodword.http.router import Response
from goodword.messages import page_labels
from goodword.pages.components import Pages
from goodword.pages.qr import qr_file
from goodword.steps.referrers.serve_portal import account_statement, serve_portal

Answer = Response[Any]


def show(request: PortalRequest) -> Answer:
    """Show the portal."""
    session, referrer = request.signed_in()
    wanted, notice = request.query("program"), request.query("notice")
    return answer(request, session, referrer, wanted, notice=notice)


def answer(
    request: PortalRequest,
    session: Session,
    referrer: Referrer,
    wanted: str,
    *,
    notice: str = "",
    typed: Typed | None = None,
    status: int = 200,
) -> Answer:
    """Answer with the portal, with what was typed in a rejected form."""
    services, query = request.services, f"portal#{referrer.referrer}"
    after = read_cursor(query, request.query("after") or None, services.cursor_key())
    try:
        portal = serve_portal(referrer, wanted, after, stores=services.stores, now=services.now)
    except NotFound:
        locale = locale_of(request.event, own=referrer.locale)
        return html(200, no_program_page(locale=locale, today=services.now().date()))
    text = portal_page(
        portal,
        locale=request.locale(portal, referrer),
        today=portal.program.day(services.now()),
        public_url=services.public_url(),
        mark=form_mark(session, services.session_keys().signs),
        notice=notice,
        more=write_cursor(query, portal.lines.more, services.cursor_key()),
        typed=typed or Typed(),
    )
    return html(status, text)


def qr_png(request: PortalRequest) -> Answer:
    """Return the QR code of the link that the portal shows."""
    services = request.services
    _, referrer = request.signed_in()
    wanted = request.query("program")
    link = serve_portal(referrer, wanted, None, stores=services.stores, now=services.now).link
    if link is None:
        raise NotFound(
            "there is no link yet", where="link", remedy="Create a link in your portal first."
        )
    name = f'attachment; filename="{link.code}.png"'
    headers: dict[str, Any] = {**HEADERS, "content-disposition": name}
    return Response(200, "image/png", qr_file(f"{services.public_url()}/r/{link.code}"), headers)


def show_statement(request: PortalRequest) -> Answer:
    """Show the account's statement."""
    services = request.services
    _, referrer = request.signed_in()
    query = f"statement#{referrer.referrer}"
    after = read_cursor(query, request.query("after") or None, services.cursor_key())
    statement = account_statement(
        referrer, after, whole=False, stores=services.stores, now=services.now
    )
    locale = locale_of(request.event, statement.program.locales, referrer.locale)
    more = write_cursor(query, statement.lines.more, services.cursor_key())
    begun, earlier = after is not None, page_labels.EARLIER_CREDITS
    pages = Pages("/portal/statement", next=more, begun=begun, next_text=earlier)
    today = statement.program.day(statement.at)
    return html(200, statement_page(statement, locale=locale, today=today, pages=pages))


def statement_file(request: PortalRequest) -> Answer:
    """Return the account's statement as a file."""
    from goodword.pages.csv import MARK

    services = request.services
    _, referrer = request.signed_in()
    statement = account_statement(
        referrer, None, whole=True, stores=services.stores, now=services.now
    )
    locale = locale_of(request.event, statement.program.locales, referrer.locale)
    text = statement_csv(statement, locale=locale, today=statement.program.day(statement.at))
    name = 'attachment; filename="statement.csv"'
    headers: dict[str, Any] = {**HEADERS, "content-disposition": name}
    return Response(200, "text/csv; charset=utf-8", MARK + text, headers)
