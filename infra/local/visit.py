"""One person's visit in a real browser, which counts presses and typed fields and keeps errors.

A visit reaches this machine only: requests to other hosts are recorded and blocked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Page, Route

WIDTHS = {"phone": (360, 740), "desktop": (1280, 900)}
WAIT_SECONDS = 30


@dataclass(slots=True)
class Visit:
    """One person's way through the pages.

    page: Playwright's. presses, typed, copies: what the person did so far. troubles: errors of the
    visit: an error on the console (a broken Content-Security-Policy is one), a dialog, a request to
    another host.
    """

    page: Page
    presses: int = 0
    typed: int = 0
    copies: int = 0
    troubles: list[str] = field(default_factory=list)

    def open(self, address: str) -> None:
        """Follow a link from a mail or a message."""
        self.page.goto(address)

    def press(self, name: str) -> None:
        """Press the one button, or follow the one link, of this name, and wait for the result."""
        found = self.page.get_by_role("button", name=name, exact=True)
        found = found.or_(self.page.get_by_role("link", name=name, exact=True))
        self.press_on(found)

    def press_on(self, where: Locator) -> None:
        """Press at the given element."""
        where.click()
        self.presses += 1
        self.page.wait_for_load_state()

    def type(self, label: str, text: str) -> None:
        """Type into the field of this label."""
        self.page.get_by_label(label, exact=True).fill(text)
        self.typed += 1

    def copy(self, label: str, button: str) -> str:
        """Copy the content of a field, by its button, or by hand without scripts, and return it."""
        where = self.page.get_by_label(label, exact=True)
        self.copies += 1
        if self.page.get_by_role("button", name=button, exact=True).first.is_visible():
            where.locator("xpath=..").get_by_role("button", name=button, exact=True).click()
        else:
            where.focus()
            self.page.keyboard.press("ControlOrMeta+A")
            self.page.keyboard.press("ControlOrMeta+C")
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def heading(self) -> str:
        """Return the heading of the page."""
        return self.page.locator("h1").inner_text()

    def text(self) -> str:
        """Return all visible text of the page."""
        return self.page.locator("body").inner_text()


@contextmanager
def visiting(
    browser: Browser, home: str, *, locale: str = "en", width: str = "desktop", script: bool = True
) -> Iterator[Visit]:
    """Give one person a fresh browser without cookies.

    home: the public address. locale: of the browser. width: of WIDTHS. script: whether pages may
    run scripts.
    """
    across, down = WIDTHS[width]
    context = browser.new_context(
        locale=locale,
        viewport={"width": across, "height": down},
        java_script_enabled=script,
        has_touch=width == "phone",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(WAIT_SECONDS * 1000)
    visit = Visit(context.new_page())
    own = urlsplit(home).hostname

    def watch(route: Route) -> None:
        if urlsplit(route.request.url).hostname == own:
            route.continue_()
        else:
            visit.troubles.append(f"asked {route.request.url}")
            route.abort()

    def hear(message: ConsoleMessage) -> None:
        if (
            message.type in ("error", "warning")
            and "the server responded with a status of" not in message.text
        ):
            visit.troubles.append(f"console: {message.text}")

    def dismiss(dialog: Dialog) -> None:
        visit.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    context.route(lambda address: not address.startswith("data:"), watch)
    visit.page.on("console", hear)
    visit.page.on("dialog", dismiss)
    visit.page.on("pageerror", lambda error: visit.troubles.append(f"script: {error}"))
    try:
        yield visit
    finally:
        context.close()
