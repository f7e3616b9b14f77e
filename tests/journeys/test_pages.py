"""Every page and every mail, looked at on the tour.

By axe, by keyboard, on a phone, with bad texts.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from goodword.pages.assets import asset_path, read_asset
from infra.local.demo import Demo
from infra.local.tour import Cast, Stop, Tour
from tests.journeys.people import PAYLOADS, at_width, faults, out_of_reach, overflows

pytestmark = [pytest.mark.journey, pytest.mark.long]

# Pages that the tour must visit, so that none stays unchecked.
PEOPLE = {"referrer": 22, "prospect": 5, "staff": 15, "mail": 5}


BAD_PAGE = """<!doctype html><html lang="en"><title>x</title><main><h1>x</h1>
<p style="color:#bbb">Hardly to be read.</p><input name="nameless">
<div role="button">Only for a mouse</div><button tabindex="-1">Out of reach</button>
<a href="#" style="outline:none">Unseen</a><div style="width:2000px">x</div></main></html>"""

COPY = """<input id="text" value="Hello" readonly><button type="button" hidden data-copy="text"
data-copied="Copied." data-failed="Copy it by hand.">Copy</button><span id="text-status"></span>"""


def looked_at(stop: Stop) -> list[str]:
    """Return the faults of a page: contrast, labels, keyboard, small screens."""
    found = []
    for width in ("phone", "desktop"):
        at_width(stop.page, width)
        found += [f"{width}: {fault}" for fault in faults(stop.page)]
        if overflows(stop.page):
            found.append(f"{width}: {overflows(stop.page)} px too wide")
    if stop.page.locator("h1").count() != 1 and stop.who != "mail":
        found.append("not one h1")
    return [f"{stop.name}: {each}" for each in found + out_of_reach(stop.page)]


def test_every_page_is_for_everybody(demo: Demo, browser: Browser) -> None:
    tour = Tour(demo, browser, Cast("look"))
    seen: dict[str, str] = {}
    found = []
    for stop in tour.stops():
        seen[stop.name] = stop.who
        found += looked_at(stop)
    assert found == []
    assert tour.troubles == []
    for who, least in PEOPLE.items():
        assert sum(each == who for each in seen.values()) >= least, who


def test_the_page_checks_find_the_faults_of_a_page(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(BAD_PAGE)
    at_width(page, "phone")
    found = " ".join(faults(page))
    assert "color-contrast" in found
    assert "label" in found
    assert overflows(page) > 1000
    reached = " ".join(out_of_reach(page))
    assert "no focus is seen on <a" in reached
    assert "never reached: <button" in reached
    page.close()


@pytest.mark.parametrize("part", range(2))
def test_markup_scripts_and_odd_letters_show_as_text_everywhere(
    demo: Demo, browser: Browser, part: int
) -> None:
    """Nothing runs and nothing breaks out.

    A dialog or a console error would be among the troubles.
    """
    bad = PAYLOADS[part * 7 : part * 7 + 7]
    cast = Cast(
        f"bad{part}",
        referrer=" ".join((bad[0], bad[1]))[:120],
        company=" ".join((bad[2], bad[3]))[:120],
        prospect=" ".join((bad[4], bad[5]))[:120],
        handed_over=bad[6][:120],
        story=" ".join(bad)[:300],
        reason=" ".join(bad)[:300],
    )
    tour = Tour(demo, browser, cast, width="phone")
    found = []
    for stop in tour.stops():
        if stop.name == "invitation":
            assert " ".join(cast.referrer.split()) in " ".join(
                stop.page.locator("main").inner_text().split()
            )
        if overflows(stop.page):
            found.append(f"{stop.name}: {overflows(stop.page)} px too wide")
        if stop.page.locator(
            "main script, main base, main img[src=x], main [onload], main [onerror]"
        ).count():
            found.append(f"{stop.name}: markup of a person's is markup of the page")
    assert found == []
    assert tour.troubles == []


@pytest.mark.parametrize(("copies", "said"), [(True, "Copied."), (False, "Copy it by hand.")])
def test_a_button_says_copied_only_where_the_browser_did_copy(
    browser: Browser, copies: bool, said: str
) -> None:
    page = browser.new_page()
    page.set_content(COPY)
    # Outside of https there is no clipboard of the newer kind, and the older one says whether it
    # copied.
    page.evaluate("copies => { document.execCommand = () => copies }", copies)
    page.add_script_tag(content=read_asset(asset_path("js").removeprefix("/assets/"))[1])
    page.get_by_role("button").click()
    page.locator("#text-status:not(:empty)").wait_for()
    assert page.locator("#text-status").text_content() == said
    assert page.evaluate("getSelection().toString()") == "Hello", (
        "what is to be copied by hand is selected"
    )
    page.close()
