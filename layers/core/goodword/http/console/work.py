"""/staff, its search and its language: the staff's first page, and the common parts of all."""

from __future__ import annotations

from goodword.domain.locale import LOCALES
from goodword.http.api.body import Fields
from goodword.http.console.lists import hits_table, work_tables
from goodword.http.console.page import PAGE, Console
from goodword.http.pages.web import language_cookie, see_other
from goodword.http.router import Response
from goodword.steps.decisions.serve_console import search, work_that_waits


def show_work(console: Console) -> Response[str]:
    """Show the work lists."""
    work = work_that_waits(console.staff, stores=console.services.stores)
    return console.page(200, "work", lists=work_tables(work), more=work.more)


def find(console: Console) -> Response[str]:
    """Show the results, or redirect to the record if the search named it exactly."""
    text = Fields(console.form()).text("q", 200, "")
    services = console.services
    found = search(
        console.staff,
        text,
        identity_key=services.identity_key(),
        stores=services.stores,
        now=services.now,
    )
    if found.exact:
        return see_other(f"/staff/{found.hits[0].kind}s/{found.hits[0].id}")
    return console.page(200, "found", hits=hits_table(found), more=found.more, asked=text)


def keep_language(console: Console) -> Response[str]:
    """Store the language of these pages in the browser, and return to the open page."""
    fields = console.form()
    wanted, back = fields.get("locale", ""), fields.get("back", "")
    path = back if PAGE.fullmatch(back) else "/staff"
    secure = console.services.public_url().startswith("https:")
    kept = [language_cookie(wanted, "/staff", secure=secure)] if wanted in LOCALES else []
    return see_other(path, kept)
