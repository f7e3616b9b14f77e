"""/portal/sign-in, /staff/sign-in, /enter/{token} and /sign-out: sign in by mail, and sign out."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.http.pages.sign_in import SignInPages
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


def pages() -> SignInPages:
    """Return the pages that answer the present request."""
    return SignInPages(*wire(), app.current_event.raw_event)


@app.get("/portal/sign-in")
def ask() -> Response[str]:
    return pages().show_form("referrer")


@app.post("/portal/sign-in")
def asked() -> Response[str]:
    return pages().ask("referrer")


@app.get("/staff/sign-in")
def ask_staff() -> Response[str]:
    return pages().show_form("staff")


@app.post("/staff/sign-in")
def asked_staff() -> Response[str]:
    return pages().ask("staff")


@app.get("/enter/<token>")
def look(token: str) -> Response[str]:
    return pages().show_press(token)


@app.post("/enter/<token>")
def enter(token: str) -> Response[str]:
    return pages().enter(token)


@app.post("/sign-out")
def leave() -> Response[str]:
    return pages().leave()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return serve(app, event, context, lambda: wire()[0].now().date())
