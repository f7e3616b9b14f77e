"""GET and POST /l/{code}: show the landing page, take the signup, and show a page of thanks."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.http.pages.landing_pages import LandingPages
from goodword.http.pages.web import serve, web
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services, utc_now

app = web()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


def pages() -> LandingPages:
    """Return the pages that answer the present request."""
    return LandingPages(wire(), app.current_event.raw_event)


@app.route("/l/<code>", method=["GET", "HEAD"])
def get(code: str) -> Response[str]:
    return pages().show(code)


@app.post("/l/<code>")
def post(code: str) -> Response[str]:
    return pages().sign_up(code)


@app.get("/l/<code>/thanks")
def get_thanks(code: str) -> Response[str]:
    return pages().thank(code)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return serve(app, event, context, lambda: utc_now().date())
