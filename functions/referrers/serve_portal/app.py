"""GET /portal and the paths below it: serve the referrer's portal, its forms and the statement."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from goodword.http.pages import portal_actions, portal_pages
from goodword.http.pages.portal_pages import Answer
from goodword.http.pages.portal_request import PortalRequest, SignedOut
from goodword.http.pages.web import serve, web
from goodword.http.wiring import Services, open_services

app = web()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


def of_request(page: Callable[[PortalRequest], Answer]) -> Callable[[], Answer]:
    """Return the pages that answer the present request."""
    return lambda: page(PortalRequest(wire(), app.current_event.raw_event))


app.get("/portal")(of_request(portal_pages.show))
app.get("/portal/qr.png")(of_request(portal_pages.qr_png))
app.get("/portal/statement")(of_request(portal_pages.show_statement))
app.get("/portal/statement.csv")(of_request(portal_pages.statement_file))
app.post("/portal/contact")(of_request(portal_actions.hand_over))
app.post("/portal/link")(of_request(portal_actions.make_first_link))
app.post("/portal/sign-off")(of_request(portal_actions.ask_approver))
app.post("/portal/shown")(of_request(portal_actions.keep_shown))
app.post("/portal/story")(of_request(portal_actions.keep_story))
app.post("/portal/language")(of_request(portal_actions.keep_language))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request; redirect a visitor who is not signed in to the sign-in page."""

    def request() -> PortalRequest:
        return PortalRequest(wire(), event)

    app.exception_handler(SignedOut)(lambda _: request().to_sign_in())
    return serve(app, event, context, lambda: wire().now().date(), lambda: request().reader())
