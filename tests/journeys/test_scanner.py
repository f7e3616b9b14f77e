"""A mail scanner follows every link of every mail by GET and HEAD, again and again.

Nothing changes.
"""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.mailbox import Sent
from infra.local.tour import FILE
from tests.journeys.journey import Journey, Referrer

pytestmark = [pytest.mark.journey, pytest.mark.long]

# All visible effects, without the counts of visits.
SEEN = (
    "accounts",
    "credits",
    "referrers",
    "identities",
    "links",
    "mails",
    "referrals",
    "staff",
    "timeline",
    "tokens",
)
SCANNER = {"user-agent": "Mozilla/5.0 (compatible; a mail scanner)", "accept": "*/*"}


def test_links_of_mails_change_nothing_before_a_press(journey: Journey) -> None:
    demo, program = journey.demo, journey.name("scanned")
    text = FILE.read_text(encoding="utf-8")
    demo.put_yaml(f"/v1/programs/{program}", text.replace("program: tour", f"program: {program}"))
    ana, ben = journey.referrer(segment="hospital"), journey.person("ben")
    result = {"program": program, "code": journey.name("inside"), "internal_only": True}
    journey.expect(201, "POST", f"/v1/referrers/{ana.referrer}/links", json=result)
    _introduce(journey, program, ana)
    boss = f"chief@{ana.person.email.partition('@')[2]}"
    staff = f"{journey.name('staff')}@example.com"
    ways = _mails_with_every_link(journey, program, ana.person.email, ben.email, boss, staff)

    marks = (ana.referrer, ana.account, program, ben.email, boss, staff)
    before = {table: _rows(journey, table, marks) for table in SEEN}
    found = {path for mails in ways.values() for mail in mails for path in mail.links()}
    for address in sorted(found):
        if address.startswith(demo.url):
            for method in ("GET", "HEAD", "GET", "HEAD"):
                answer = journey.http.request(
                    method, address, headers=SCANNER, follow_redirects=True
                )
                assert answer.status_code < 500, (method, answer.status_code)
    assert {table: _rows(journey, table, marks) for table in SEEN} == before
    assert len(found) >= 9

    assert _press(journey, ways["/i/"], "/i/", version="1") == (303, "/portal")
    assert _press(journey, ways["/staff"], "/enter/") == (303, "/staff")
    assert _press(journey, ways["/enter/"], "/enter/") == (303, "/portal")
    signed = _press(
        journey, ways["/sign-off/"], "/sign-off/", decision="yes", shown="name", earns="yes"
    )
    assert (signed[0], signed[1].endswith("?notice=yes")) == (303, True)
    assert _press(journey, ways["/i/"], "/unsubscribe/")[0] == 200


def _introduce(journey: Journey, program: str, ana: Referrer) -> None:
    """Hand over a contact, so that there is a notice for the referrer."""
    journey.enter(ana, program, journey.person())

    def waiting() -> bool:
        return any(ana.referrer in str(row) for row in journey.rows("mails"))

    journey.walk.wait(waiting, True, "the notice")
    journey.demo.hurry_mails()


def _mails_with_every_link(
    journey: Journey, program: str, referrer: str, invited: str, boss: str, staff: str
) -> dict[str, tuple[Sent, ...]]:
    """Have a mail of each kind sent, and return them by what they lead to."""
    demo = journey.demo
    demo.invite(program, name="Ben Quill", email=invited, account="cus_scanned", currency="USD")
    demo.add_staff(staff)
    for path, address in (("/portal/sign-in", referrer), ("/staff/sign-in", staff)):
        journey.http.post(f"{demo.url}{path}", data={"email": address}).raise_for_status()
    own = demo.await_mail(referrer, "/enter/")
    _ask_approver(journey, program, own, boss)
    journey.http.post(f"{demo.url}/portal/sign-in", data={"email": referrer}).raise_for_status()
    demo.await_mail(referrer, "/enter/", 1)
    demo.await_mail(boss, "/sign-off/")
    demo.await_mail(staff, "/enter/")
    demo.await_mail(invited, "/i/")
    return {
        "/i/": demo.mails(invited),
        "/enter/": demo.mails(referrer)[-1:],
        "/portal": demo.mails(referrer)[:-1],
        "/sign-off/": demo.mails(boss),
        "/staff": demo.mails(staff),
    }


def _ask_approver(journey: Journey, program: str, mail: Sent, boss: str) -> None:
    """Sign in as the referrer and ask; the session and the form's mark are the page's."""
    demo, http = journey.demo, journey.http
    http.post(mail.link("/enter/"))
    mark = http.get(f"{demo.url}/portal").text.partition('name="mark" value="')[2].partition('"')[0]
    asked = http.post(
        f"{demo.url}/portal/sign-off",
        data={"mark": mark, "program": program, "shown": "name", "earns": "yes", "approver": boss},
    )
    assert asked.status_code == 303, asked.text
    http.cookies.clear()


def _rows(journey: Journey, table: str, marks: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the rows of a table that are about any of these, in an order of their own."""
    kept = [row for row in journey.rows(table) if any(mark in str(row) for mark in marks)]
    return sorted(kept, key=str)


def _press(journey: Journey, mails: tuple[Sent, ...], path: str, **fields: str) -> tuple[int, str]:
    """Press the one button to which the last of these mails leads."""
    answer = journey.http.post(mails[-1].link(path), data=fields or {"press": "yes"})
    return answer.status_code, answer.headers.get("location", "")
