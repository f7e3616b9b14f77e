"""What users of a screen reader, a keyboard or a phone find on a page.

And a corpus of bad texts.
"""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from infra.local.visit import WIDTHS

GRAVE = ("serious", "critical")
REACHED = """() => {
  const wanted = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter(e => !e.disabled && e.checkVisibility({visibilityProperty: true}));
  // A radio group is one stop of the Tab key.
  const groups = new Set();
  window.wanted = wanted.filter(e => {
    if (e.type !== 'radio') return true;
    const first = !groups.has(e.form?.action + e.name);
    groups.add(e.form?.action + e.name);
    return first;
  });
  window.reached = new Set();
  document.activeElement.blur();
  return window.wanted.length;
}"""
NOTE = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return '';
  const style = getComputedStyle(at);
  // The browser's own ring counts, which mails have.
  const ring = style.outlineStyle;
  const seen = ring === 'auto' || ring !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const radio = at.type === 'radio' &&
    window.wanted.find(e => e.name === at.name && e.form === at.form);
  window.reached.add(radio || at);
  return seen ? '' : 'no focus is seen on ' + at.outerHTML.slice(0, 120);
}"""
MISSED = (
    "() => window.wanted.filter(e => !window.reached.has(e)).map(e => e.outerHTML.slice(0, 120))"
)

# Each would run, lead away or break a page or a sheet somewhere, were it anything but text.
PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg/onload=alert(3)>',
    "' onfocus=alert(4) autofocus='",
    "javascript:alert(5)",
    "{{7*7}}{% raise %}${7*7}<%= 7*7 %>",
    "%(name)s %s {0}",
    '=HYPERLINK("http://evil.example.net","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1-1\t=1",
    "\u202egnp.exe\u202c a\u200bb\ufeffc",
    "مرحبا بالعالم",
    "W" * 60,
    "</textarea></title><base href=//evil.example.net>",
)


def faults(page: Page) -> list[str]:
    """Return what axe calls serious or critical."""
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node['html'][:120]}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


def out_of_reach(page: Page) -> list[str]:
    """Press Tab through the page and return what is never reached, or reached unseen."""
    unseen = []
    for _ in range(int(page.evaluate(REACHED)) + 2):
        page.keyboard.press("Tab")
        unseen.append(str(page.evaluate(NOTE)))
    return [*filter(None, unseen), *(f"never reached: {each}" for each in page.evaluate(MISSED))]


def at_width(page: Page, width: str) -> None:
    """Look at the page on another screen."""
    across, down = WIDTHS[width]
    page.set_viewport_size({"width": across, "height": down})


def overflows(page: Page) -> int:
    """Return by how many pixels the page is wider than the screen."""
    return max(0, int(page.evaluate("document.scrollingElement.scrollWidth - innerWidth")))
