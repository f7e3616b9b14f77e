"""The portal and the sign-off on a whole cloud.

Each function under its own role, by mailed links alone.
"""

from __future__ import annotations

import re

import httpx
import pytest

from tests.journeys.journey import Journey
from tests.journeys.test_mails import await_mail, invite, mails_to, press

pytestmark = [pytest.mark.journey, pytest.mark.long]
SIGN_OFF = "sign_off: [hospital]\nstories: true"


def mark_of(page: httpx.Response) -> str:
    found = re.search(r'name="mark" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def test_a_referrer_asks_their_approver_and_shares_with_everybody_after(journey: Journey) -> None:
    robin, other, program = journey.person(), journey.person(), journey.program(SIGN_OFF)
    account = f"cus_portal{journey.number}"
    journey.demo.add_account(account)
    invite(journey, program, account, name=robin.name, email=robin.email, segment="hospital")
    entered = press(journey, await_mail(journey, robin.email), version="1")
    journey.http.cookies.update(entered.cookies)
    url = f"{journey.demo.url}/portal"

    page = journey.http.get(url)
    mark = mark_of(page)
    assert "for colleagues in your company" in page.text
    chief = f"chief-{robin.email}"
    asked = journey.http.post(
        f"{url}/sign-off",
        data={"mark": mark, "program": program, "shown": "name", "earns": "yes", "approver": chief},
    )
    assert asked.status_code == 303, asked.text
    journey.walk.wait(lambda: len(mails_to(journey, chief)), 1, "the mail to the approver")
    (link,) = set(re.findall(r"/sign-off/[\w.-]+", mails_to(journey, chief)[0].text))
    for _ in range(2):
        assert robin.name in journey.http.get(f"{journey.demo.url}{link}").text
    answer = {"decision": "yes", "shown": "company", "earns": "yes"}
    assert press(journey, link, **answer).status_code == 303
    assert press(journey, link, **answer).status_code == 410

    page = journey.http.get(url)
    assert "for colleagues in your company" not in page.text
    contact = {"name": other.name, "email": other.email, "phone": other.phone, "attestation": "yes"}
    handed = journey.http.post(f"{url}/contact", data={"mark": mark, "program": program, **contact})
    assert handed.status_code == 303, handed.text
    assert other.name in journey.http.get(url).text
    for form, fields in (
        ("story", {"story-text": "From 40 to 12 minutes."}),
        ("shown", {"shown": "nothing"}),
        ("link", {}),
        ("language", {"locale": "en"}),
    ):
        sent = journey.http.post(f"{url}/{form}", data={"mark": mark, "program": program, **fields})
        assert sent.status_code == 303, sent.text
    assert journey.http.get(f"{url}/qr.png").content.startswith(b"\x89PNG")
    assert journey.http.get(f"{url}/statement").status_code == 200
    assert journey.http.get(f"{url}/statement.csv").headers["content-type"].startswith("text/csv")
