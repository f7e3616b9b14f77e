"""The staff's pages under /staff: work lists, search, referrers, referrals, credits, decisions."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from goodword.domain.programs.reader import Reader
from goodword.http.console.credits import decide_on_credit, find_credit, show_credits
from goodword.http.console.page import open_console
from goodword.http.console.referrals import show_referral, show_referrals
from goodword.http.console.referrers import show_referrer, show_referrers
from goodword.http.console.unmatched import show_unmatched
from goodword.http.console.work import find, keep_language, show_work
from goodword.http.pages.web import CONSOLE, serve, web
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services

app = web()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


def signed_in(page: Callable[..., Response[str]]) -> Callable[..., Response[str]]:
    """Return the wrapper that shows a page to signed-in staff only."""

    def guarded(**parts: str) -> Response[str]:
        return open_console(wire(), app.current_event.raw_event, page, **parts)

    return guarded


app.get("/staff")(signed_in(show_work))
app.post("/staff/search")(signed_in(find))
app.post("/staff/language")(signed_in(keep_language))
app.get("/staff/referrers")(signed_in(show_referrers))
app.get("/staff/referrers/<referrer>")(signed_in(show_referrer))
app.get("/staff/referrals")(signed_in(show_referrals))
app.get("/staff/referrals/<referral>")(signed_in(show_referral))
app.get("/staff/credits")(signed_in(show_credits))
app.get("/staff/credits/<credit>")(signed_in(find_credit))
app.post("/staff/credits/<credit>/<decision>")(signed_in(decide_on_credit))
app.get("/staff/unmatched")(signed_in(show_unmatched))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return serve(app, event, context, lambda: wire().now().date(), lambda: Reader(CONSOLE))
