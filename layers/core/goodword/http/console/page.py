"""The common parts of every staff page: the session, the lists' cursors, the form, the frame."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from goodword.domain.access.session import Session, form_mark
from goodword.domain.access.staff import Staff
from goodword.domain.errors import Forbidden
from goodword.http.api.cursor import read_cursor, write_cursor
from goodword.http.pages.web import (
    CONSOLE,
    Cookies,
    Event,
    guarded_form,
    html,
    locale_of,
    see_other,
)
from goodword.http.router import Response
from goodword.http.wiring import Services
from goodword.messages.sentence import Sentence
from goodword.pages.components import OLDER, Pages
from goodword.pages.render import render_page
from goodword.steps.decisions.serve_console import staff_member

SIGN_IN = "/staff/sign-in"
# A staff page to return to; its query holds only a status, and nothing that was typed.
PAGE = re.compile(r"/staff(/[a-z]+(/[A-Za-z0-9_-]{1,64})?|/credits\?status=[a-z]{1,16})?")


class Console(NamedTuple):
    """One request of the staff: its services, the signed-in person, and the request itself."""

    services: Services
    staff: Staff
    session: Session
    event: Event

    @property
    def query(self) -> dict[str, str]:
        """Return the query's parameters."""
        return self.event.get("queryStringParameters") or {}

    def page(self, code: int, template: str, /, **values: Any) -> Response[str]:
        """Render a page of the staff."""
        text = render_page(
            f"staff/{template}",
            locale=locale_of(self.event),
            brand=CONSOLE,
            today=self.services.now().date(),
            staff=self.staff,
            back=self._open_page(),
            mark=form_mark(self.session, self.services.session_keys().signs),
            **values,
        )
        return html(code, text)

    def form(self) -> dict[str, str]:
        """Return the fields of the form that was sent from a page of this session."""
        return guarded_form(self.event, self.session, self.services.session_keys())

    def after(self, name: str) -> str | None:
        """Return where the page of a list begins."""
        return read_cursor(name, self.query.get("after"), self.services.cursor_key())

    def pages(self, name: str, address: str, more: str | None, text: Sentence = OLDER) -> Pages:
        """Return the paging of a list."""
        cursor = write_cursor(name, more, self.services.cursor_key())
        return Pages(address, next=cursor, begun="after" in self.query, next_text=text)

    def _open_page(self) -> str:
        """Return the path of the page to return to; after a form, the first."""
        path, status = str(self.event.get("rawPath", "")), self.query.get("status", "")
        if path == "/staff/credits" and status:
            path += f"?status={status}"
        shown = self.event["requestContext"]["http"]["method"] == "GET" and PAGE.fullmatch(path)
        return path if shown else "/staff"


def open_console(
    services: Services, event: Event, page: Callable[..., Response[str]], **parts: str
) -> Response[str]:
    """Show the page to staff only, and redirect all others to the sign-in page."""
    cookies = Cookies(services.session_keys(), services.public_url().startswith("https:"))
    session = cookies.session(event, "staff", services.now())
    if session is None:
        return see_other(SIGN_IN)
    try:
        staff = staff_member(session.subject, stores=services.stores)
    except Forbidden:  # removed since they signed in
        return see_other(SIGN_IN, [cookies.close("staff")])
    return page(Console(services, staff, session, event), **parts)
