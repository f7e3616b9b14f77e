"""A browser for looking at pages as people do: Chromium of this machine, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

MISSING = (
    "There is no Chromium here; install it (on Debian: apt install chromium), then run this again."
)
# It opens pages of this machine, and speaks to nobody else.
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
    """Return the path of Chromium, or None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Run a headless browser while inside; raise RuntimeError that says how to get one."""
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
