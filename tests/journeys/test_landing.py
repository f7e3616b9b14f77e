"""The landing page on the whole cloud, under its function's own role.

From the link to the page of thanks.
"""

from __future__ import annotations

import pytest

from tests.journeys.journey import Journey
from tests.pages.test_landing import Page

pytestmark = [pytest.mark.journey, pytest.mark.long]


def test_a_prospect_lands_signs_up_and_is_thanked(journey: Journey) -> None:
    ana, robin = journey.referrer(company="Bright Dental"), journey.person()
    link = journey.link(ana, "private-practice")
    landed = journey.http.get(journey.follow(link).headers["location"])
    page = Page(landed.text)
    assert landed.status_code == 200
    assert f"{ana.person.name} recommends Example Practice Software" in page.visible_text()
    for asset in [each["href"] for each in page.all("link")] + [
        each["src"] for each in page.all("script")
    ]:
        if not str(asset).startswith("data:"):
            assert journey.http.get(f"{journey.demo.url}{asset}").status_code == 200

    (form,) = page.all("form")
    hidden = {each["name"]: each["value"] for each in page.all("input") if each["type"] == "hidden"}
    typed = {"name": robin.name, "email": robin.email, "phone": robin.phone}
    address = f"{journey.demo.url}{form['action']}"
    wrong = journey.http.post(address, data={**hidden, **typed, "email": "robin@"})
    thanked = journey.http.post(address, data={**hidden, **typed}, follow_redirects=True)
    journey.http.post(address, data={**hidden, **typed})

    assert (wrong.status_code, thanked.status_code) == (422, 200)
    assert "within two working days" in thanked.text
    (referral,) = journey.statement(ana.account)["referrals"]
    assert journey.story(referral["referral"])["source"] == "link"


def test_a_visit_without_a_token_counts_as_a_click(journey: Journey) -> None:
    ana = journey.referrer()
    code = journey.link(ana, "private-practice").rpartition("/")[2]
    landed = journey.http.get(f"{journey.demo.url}/l/{code}", follow_redirects=True)
    assert landed.status_code == 200
    assert [each.status_code for each in landed.history] == [303, 302]
    journey.walk.wait(
        lambda: sum(journey.walk.ask(f"/v1/links/{code}")["clicks"].values()),
        1,
        "the link's clicks",
    )
