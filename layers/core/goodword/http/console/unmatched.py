"""/staff/unmatched: CRM events that match no referral."""

from __future__ import annotations

from goodword.http.console.lists import events_table
from goodword.http.console.page import Console
from goodword.http.router import Response
from goodword.steps.decisions.serve_console import unmatched_events


def show_unmatched(console: Console) -> Response[str]:
    """Show the newest of them."""
    after = console.after("unmatched")
    page = unmatched_events(console.staff, after, stores=console.services.stores)
    pages = console.pages("unmatched", "/staff/unmatched", page.more)
    return console.page(200, "unmatched", events=events_table(page.items, pages))
