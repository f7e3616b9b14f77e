"""The staff console on a whole cloud, by functions with their roles' rights only."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from goodword.domain.access.session import open_session, write_session
from tests.journeys.journey import Journey

pytestmark = [pytest.mark.journey, pytest.mark.long]


def test_finance_finds_a_prospect_approves_its_credit_and_reverses_it(journey: Journey) -> None:
    ana, robin = journey.referrer(), journey.person()
    program = journey.program("posting: approve")
    referral = journey.enter(ana, program, robin)["referral"]
    sam = journey.expect(
        201, "POST", "/v1/staff", json={"email": "sam@example.com", "role": "finance"}
    )
    name = f"/goodword/{journey.demo.cloud.stack}/keys/sessions"
    parameter = journey.demo.cloud.client("ssm").get_parameter(Name=name, WithDecryption=True)
    session = open_session("staff", sam["person"], datetime.now(UTC))
    cookie = f"goodword-staff={write_session(session, parameter['Parameter']['Value'])}"

    def page(path: str) -> str:
        answer = journey.http.get(f"{journey.demo.url}{path}", headers={"cookie": cookie})
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    def press(path: str, **fields: str) -> int:
        (mark, *_) = re.findall(r'name="mark" value="([^"]+)"', page("/staff"))
        given = {"mark": mark, **fields}
        sent = journey.http.post(
            f"{journey.demo.url}{path}", data=given, headers={"cookie": cookie}
        )
        pressed.append(sent.text)
        return sent.status_code

    pressed: list[str] = []
    journey.walk.wait(lambda: journey.credits(ana.account), [("held", 5_000)], "the credit")
    for path in (
        "",
        "/referrers",
        f"/referrers/{ana.referrer}",
        "/referrals",
        "/credits",
        "/unmatched",
    ):
        page(f"/staff{path}")
    assert press("/staff/search", q=robin.name) == 200
    assert f"/staff/referrals/{referral}" in pressed[-1]
    assert "it needs a decision" in page(f"/staff/referrals/{referral}")
    credit = re.findall(r"/staff/credits/(cr_\w+)/approve", page(f"/staff/referrals/{referral}"))[0]

    assert press(f"/staff/credits/{credit}/approve", reason="I called them.") == 303
    journey.walk.await_balance(-5_000, ana.account)
    journey.walk.wait(lambda: journey.credits(ana.account), [("posted", 5_000)], "the posting")
    assert press(f"/staff/credits/{credit}/reverse", reason="It was another.") == 303
    journey.walk.await_balance(0, ana.account)
    story = journey.story(referral)["timeline"]
    said = {each["sentence"]: each["actor"] for each in story}
    assert any(
        "I called them." in sentence and actor == f"staff {sam['person']}"
        for sentence, actor in said.items()
    )
    assert any("It was another." in sentence for sentence in said)
