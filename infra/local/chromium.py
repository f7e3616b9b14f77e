"""A browser for viewing pages: Chromium of this machine, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

MISSING = "Chromium is missing. Install it (on Debian: apt install chromium), then run this again."
# It opens pages of this machine only.
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 60


def find_chromium() -> str | None:
    """Return the path of Chromium, or None if it is missing."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Run a headless browser while inside; raise RuntimeError with the remedy if it is missing."""
    path = find_chromium()
    if path is None:
        raise RuntimeError(MISSING)
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=path, args=list(SWITCHES), timeout=START_SECONDS * 1000
        )
        try:
            yield browser
        finally:
            browser.close()
