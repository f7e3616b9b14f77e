"""Walk one referral through over HTTP, from a referrer's link to a credit on the Stripe balance."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Self, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx

from infra.local.demo import ACCOUNT, CODE, CONNECTION, LANDING_CODE, Demo
from infra.twins.crm_signing import signed_request, stage_event

T = TypeVar("T")
PATIENCE_SECONDS = 60.0
BROWSER = {
    "user-agent": (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/140.0 Safari/537.36"
    ),
    "accept": "text/html",
    "accept-language": "en",
}


class WalkFailed(AssertionError):
    """A step failed; the message says which one and what was seen."""


class Walk:
    """Steps of one referral through a running demo; each prints a line with its time.

    A context manager, which closes its connections.
    """

    def __init__(self, demo: Demo, say: Callable[[str], None]) -> None:
        self._demo = demo
        self._say = say
        self._open = httpx.Client(timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def go(self) -> None:
        """Walk a prospect from the click to two credits that an invoice uses, to the cent."""
        with self._step("A referrer's link is followed: the prospect lands with a token"):
            token = self.follow(f"{self._demo.url}/r/{CODE}")
        with self._step("The prospect signs up: one referral"):
            referral = self.sign_up(token, name="Robin Example", email="robin@prospect.example.org")
        with self._step("The same prospect again: still that referral"):
            again = self.sign_up(token, name="Robin Example", email="Robin@Prospect.example.org")
            self._same("referral", again, referral)
        with self._step(
            "The CRM reports that the demo was attended: 50.00 USD stand on the balance"
        ):
            reported_at = datetime.now(UTC)
            self.report(
                "77", {"stage": "demo_attended"}, "robin@prospect.example.org", at=reported_at
            )
            self.await_balance(-5_000)
        with self._step("The CRM sends that again, and the same under new ids: nothing changes"):
            self._check_repeats(referral, reported_at)
        with self._step("The CRM reports that the deal is won: 200.00 USD more"):
            self.report("77", {"stage": "won"}, "robin@prospect.example.org")
            self.await_balance(-25_000)
        with self._step("The statement says so, and the click was counted as a person's"):
            self._check_statement(referral)
        with self._step(
            "An invoice of 120.00 USD is finalized: the statement says what came off it"
        ):
            self.bill("120.00")
            self.await_balance(-13_000)
            self._check_what_came_off()
        with self._step(
            "Another program's link leads to its landing page, which says who recommends"
        ):
            self._same(
                "the landing page", self._names_referrer(f"{self._demo.url}/r/{LANDING_CODE}"), True
            )
        with self._step("The audit compares ledger and Stripe: they agree"):
            self._demo.cloud.invoke("audit_ledger")
            self._same("the differences", self.ask("/v1/audits/latest")["differences"], [])

    def follow(self, link: str) -> str:
        """Follow a link as a browser does and return the click token."""
        answer = self._open.get(link, headers=BROWSER)
        if answer.status_code != 302:
            raise WalkFailed(f"the link answered {answer.status_code}")
        return parse_qs(urlsplit(answer.headers["location"]).query)["gw"][0]

    def _names_referrer(self, link: str) -> bool:
        answer = self._open.get(link, headers=BROWSER, follow_redirects=True)
        return answer.status_code == 200 and "Amy Example" in answer.text

    def sign_up(self, token: str, **contact: str) -> str:
        """Sign a prospect up and return the referral's id."""
        answer = self._open.post(f"{self._demo.url}/v1/signups", json={"gw": token, **contact})
        if answer.status_code != 202:
            raise WalkFailed(f"the signup answered {answer.status_code}: {answer.text}")
        return str(answer.json()["referral"])

    def report(
        self,
        deal: str,
        properties: dict[str, str],
        email: str,
        *,
        at: datetime | None = None,
        id_: str = "",
    ) -> None:
        """Send a signed CRM event for each property of a deal.

        at: when it changed, or now. id_: the request's webhook-id; by default a hash of the body.
        """
        for name, value in properties.items():
            at = at or datetime.now(UTC)
            body = stage_event(
                "standard", "deal", deal, name, value, at, f"ev-{deal}-{value}", emails=(email,)
            )
            address = f"{self._demo.url}/webhooks/{CONNECTION}"
            headers, sent, url = signed_request(
                "standard", address, self._demo.crm_secret, body, at, message_id=id_
            )
            answer = self._open.post(url, content=sent, headers=headers)
            if answer.status_code != 200:
                raise WalkFailed(f"the webhook answered {answer.status_code}: {answer.text}")

    def await_balance(self, minor: int, account: str = ACCOUNT) -> None:
        """Wait until the account's balance at the Stripe twin has this value, to the cent."""
        self.wait(lambda: self.balance(account), minor, "the balance")

    def balance(self, account: str = ACCOUNT) -> int:
        """Return the account's balance at the Stripe twin in minor units; a credit is negative."""
        answer = self._open.get(
            f"{self._demo.stripe.url}/v1/customers/{account}",
            headers={"authorization": "Bearer sk_test_twin"},
        )
        return int(answer.json()["balance"])

    def bill(self, amount: str, account: str = ACCOUNT) -> None:
        """Press the button at the Stripe twin that finalizes an invoice of this amount in USD."""
        address = f"{self._demo.stripe.url}/customers/{account}/invoices"
        answer = self._open.post(address, data={"amount": amount, "currency": "USD"})
        if answer.status_code != 303:
            raise WalkFailed(f"the invoice answered {answer.status_code}")

    def wait(self, read: Callable[[], T], wanted: T, what: str) -> None:
        """Read until the value is as expected.

        Raises WalkFailed after a minute with the last value.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        seen = read()
        while seen != wanted:
            if time.monotonic() > deadline:
                raise WalkFailed(f"{what} is {seen!r}, not {wanted!r}")
            time.sleep(0.1)
            seen = read()

    def ask(self, path: str) -> dict[str, Any]:
        """Read from /v1 with the admin's key."""
        answer = self._demo.api.get(path)
        if answer.status_code != 200:
            raise WalkFailed(f"{path} answered {answer.status_code}: {answer.text}")
        return dict(answer.json())

    def _check_repeats(self, referral: str, reported_at: datetime) -> None:
        """Send the reported changes again, three times, and compare once all of them were applied.

        The same request stops at the inbox. Under a new id it is a delivery without new data, and
        so is one with a later time.
        """
        self._await_posted([5_000])
        before, (there, _) = self._what_stands(referral), self._deliveries()
        result = ("77", {"stage": "demo_attended"}, "robin@prospect.example.org")
        self.report(*result, at=reported_at)
        self.report(*result, at=reported_at, id_="msg_again")
        self.report(*result)
        self.wait(
            self._deliveries, (there + 2, there + 2), "how many deliveries came and were applied"
        )
        self._same("what stands of the referral", self._what_stands(referral), before)

    def _what_stands(self, referral: str) -> tuple[int, object, object]:
        """Return the balance, the referral with its timeline, and the account's statement."""
        statement = self.ask(f"/v1/accounts/{ACCOUNT}/statement")
        story = self.ask(f"/v1/referrals/{referral}")
        known = {name: story[name] for name in ("stage", "milestones", "timeline")}
        return self.balance(), known, (statement["sums"], statement["credits"])

    def _deliveries(self) -> tuple[int, int]:
        """Return how many deliveries of the CRM arrived, and how many were applied."""
        client = self._demo.cloud.client("dynamodb")
        pages = client.get_paginator("scan").paginate(
            TableName=f"{self._demo.cloud.stack}-inbox", ConsistentRead=True
        )
        records = [item["record"]["M"] for page in pages for item in page["Items"]]
        own = [each for each in records if each["connection"]["S"] == CONNECTION]
        return len(own), sum("M" in each["outcome"] for each in own)

    def _await_posted(self, minor: list[int]) -> None:
        def posted() -> list[int]:
            result = self.ask(f"/v1/accounts/{ACCOUNT}/statement")
            return [each["minor"] for each in result["sums"]["posted"]]

        self.wait(posted, minor, "the sum of posted credits")

    def _check_statement(self, referral: str) -> None:
        self._await_posted([25_000])
        story = self.ask(f"/v1/referrals/{referral}")
        self._same("the stage", story["stage"], "won")
        self._same("open", story["open"], False)
        self.wait(
            lambda: self.ask(f"/v1/links/{CODE}")["clicks"],
            {"person": 1, "machine": 0, "uncertain": 0},
            "the link's clicks",
        )

    def _check_what_came_off(self) -> None:
        """Wait until the older credit is used and the newer one in part, by Stripe's event."""

        def used() -> list[tuple[int, int]]:
            result = self.ask(f"/v1/accounts/{ACCOUNT}/statement")["credits"]
            return sorted((each["amount"]["minor"], each["applied"]["minor"]) for each in result)

        self.wait(used, [(5_000, 5_000), (20_000, 7_000)], "what came off the invoice")
        sentences = {
            each["sentence"] for each in self.ask(f"/v1/accounts/{ACCOUNT}/statement")["credits"]
        }
        invoice = next(iter(self._demo.stripe.state()["invoices"]))
        wanted = {
            f"50.00 USD came off invoice {invoice}.",
            f"70.00 USD of 200.00 USD came off invoice {invoice}; "
            "130.00 USD comes off your next invoice.",
        }
        self._same("the statement", sentences, wanted)

    def _same(self, what: str, seen: object, wanted: object) -> None:
        if seen != wanted:
            raise WalkFailed(f"{what} is {seen!r}, not {wanted!r}")

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._say(f"{what} [dim]{time.monotonic() - began:.1f} s[/]")
