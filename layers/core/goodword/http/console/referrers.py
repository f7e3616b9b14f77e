"""/staff/referrers: the list, and one referrer's file."""

from __future__ import annotations

from goodword.http.console.lists import (
    account_credits_table,
    owner_name,
    referrals_table,
    referrer_name,
    referrers_table,
)
from goodword.http.console.page import Console
from goodword.http.request import path_id
from goodword.http.router import Response
from goodword.steps.decisions.serve_console import newest_referrers, referrer_file


def show_referrers(console: Console) -> Response[str]:
    """Show the newest referrers."""
    after = console.after("referrers")
    page = newest_referrers(console.staff, after, stores=console.services.stores)
    pages = console.pages("referrers", "/staff/referrers", page.more)
    return console.page(200, "referrers", referrers=referrers_table(page, pages))


def show_referrer(console: Console, referrer: str) -> Response[str]:
    """Show one referrer with their referrals."""
    name, services = path_id(referrer, "referrer"), console.services
    list_ = f"console {name}"
    after = console.after(list_)
    file = referrer_file(console.staff, name, after, stores=services.stores, now=services.now)
    pages = console.pages(list_, f"/staff/referrers/{name}", file.lines.more)
    return console.page(
        200,
        "referrer",
        file=file,
        name=referrer_name(file.referrer),
        owner=owner_name(file.referrer),
        referrals=referrals_table(file.lines, pages),
        credits=account_credits_table(file.credits),
    )
