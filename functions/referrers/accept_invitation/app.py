"""GET and POST /i/{token}, POST /i/{token}/again: show, accept or resend an invitation."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.http.pages.invitation import InvitationPages
from goodword.http.pages.web import serve, web
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.ports.services import Enqueue

app = web()


@cache
def wire() -> tuple[Services, Enqueue]:
    """Build clients once per process."""
    services = open_services(os.environ)
    return services, services.enqueue_mail()


def pages() -> InvitationPages:
    """Return the pages that answer the present request."""
    return InvitationPages(*wire(), app.current_event.raw_event)


@app.get("/i/<token>")
def look(token: str) -> Response[str]:
    return pages().show(token)


@app.post("/i/<token>")
def accept(token: str) -> Response[str]:
    return pages().accept(token)


@app.post("/i/<token>/again")
def again(token: str) -> Response[str]:
    return pages().send_again(token)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return serve(app, event, context, lambda: wire()[0].now().date())
