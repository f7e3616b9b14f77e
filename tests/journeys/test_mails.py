"""Mails on a whole cloud.

Each function under its own role, what SES was handed as it was handed.
"""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from infra.local.mailbox import Sent
from tests.journeys.journey import Journey

pytestmark = [pytest.mark.journey, pytest.mark.long]


def mails_to(journey: Journey, email: str) -> tuple[Sent, ...]:
    """Return the mails that were sent to an address, oldest first."""
    return journey.demo.mails(email)


def await_mail(journey: Journey, email: str, count: int = 1) -> str:
    """Wait for so many mails to an address and return the path of the last one's link."""
    journey.walk.wait(lambda: len(mails_to(journey, email)), count, f"the mails to {email}")
    mail = mails_to(journey, email)[-1]
    (link,) = set(re.findall(rf"{journey.demo.url}(/(?:i|enter)/[\w.-]+)", mail.text))
    return str(link)


def press(journey: Journey, path: str, **fields: str) -> httpx.Response:
    return journey.http.post(f"{journey.demo.url}{path}", data=fields or {"press": "yes"})


def invite(journey: Journey, program: str, account: str, **person: str) -> dict[str, Any]:
    contact = {"account": account, "currency": "USD", **person}
    result = journey.expect(
        200, "POST", "/v1/invitations", json={"program": program, "contacts": [contact]}
    )
    return dict(result["invitations"][0])


def test_an_invited_contact_enrolls_and_returns_by_mail(journey: Journey) -> None:
    robin, program = journey.person(), journey.program()
    account = f"cus_mail{journey.number}"
    journey.demo.add_account(account)
    invited = invite(journey, program, account, name=robin.name, email=robin.email)
    path = await_mail(journey, robin.email)
    assert invited["link"].endswith(path)
    assert robin.name in journey.http.get(f"{journey.demo.url}{path}").text

    done = press(journey, path, version="1")
    assert (done.status_code, done.headers["location"]) == (303, "/portal")
    assert "goodword-referrer=" in done.headers["set-cookie"]
    assert press(journey, path, version="1").status_code == 410
    enrolled = journey.walk.ask(f"/v1/referrers/{invited['referrer']}")
    assert (enrolled["terms"], len(enrolled["links"])) == ([f"{program}@1"], 1)

    assert press(journey, "/portal/sign-in", email=robin.email).status_code == 200
    entry = await_mail(journey, robin.email, 2)
    assert press(journey, entry).headers["location"] == "/portal"

    stop = re.search(r"/unsubscribe/[\w.-]+", mails_to(journey, robin.email)[0].text)
    assert stop is not None
    assert press(journey, stop[0]).status_code == 200
    assert journey.walk.ask(f"/v1/referrers/{invited['referrer']}")["mail_off"] == "unsubscribed"
    journey.expect(200, "POST", f"/v1/referrers/{invited['referrer']}/erase")
    for table in ("referrers", "tokens", "mails", "identities", "search_terms"):
        assert robin.email not in str(journey.rows(table))


def test_a_referrer_is_mailed_what_was_published(journey: Journey) -> None:
    ana, robin = journey.referrer(), journey.person()
    journey.sign_up(journey.link(ana), robin)

    def stored() -> bool:
        return ana.referrer in str(journey.rows("mails"))

    journey.walk.wait(stored, True, "the mail that an event becomes")
    assert robin.email not in str(journey.rows("mails"))
    journey.demo.hurry_mails()
    journey.walk.wait(lambda: len(mails_to(journey, ana.person.email)), 1, "the mail")


def test_a_bounce_stops_all_mail_to_its_address(journey: Journey) -> None:
    ana = journey.referrer()
    recipients = [{"emailAddress": ana.person.email}]
    detail = {
        "eventType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": recipients},
    }
    journey.demo.cloud.invoke("unsubscribe", {"source": "aws.ses", "detail": detail})
    assert journey.walk.ask(f"/v1/referrers/{ana.referrer}")["mail_off"] == "bounced"
