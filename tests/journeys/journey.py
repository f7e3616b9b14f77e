"""What a journey does: enroll, share, follow, sign up, let a CRM report.

Look at the outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, Self

import httpx

from infra.local.demo import Demo
from infra.local.walk import BROWSER, Walk
from infra.twins.crm_signing import signed_request, stage_event

STAGES = ("contacted", "demo_booked", "demo_attended", "proposal", "won", "lost", "refunded")
STANDARD_SECRET = (
    "whsec_" + "am91cm5leXMtb2YtdGhlLWdvb2R3b3JkLXRlc3Rz"
)  # base64 of an invented text
# Everything of a person that any journey has handed in; none of it may ever be logged.
PERSONAL: set[str] = set()
# One for each person of any journey: a phone that two prospects share is flagged.
_PHONES = count()


@dataclass(frozen=True, slots=True)
class Person:
    """A person with a name and an address that no other journey uses."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Referrer:
    """An enrolled referrer and the account that their credits go to."""

    referrer: str
    account: str
    person: Person


@dataclass(frozen=True, slots=True)
class Crm:
    """A connection as its CRM sees it: where events go, and what signs them."""

    demo: Demo
    http: httpx.Client
    connection: str
    kind: str
    secret: str

    def send(self, body: bytes, *, secret: str = "") -> httpx.Response:
        """Send a body, signed now; secret: another one than the connection's."""
        address = f"{self.demo.url}/webhooks/{self.connection}"
        headers, sent, url = signed_request(
            self.kind, address, secret or self.secret, body, datetime.now(UTC)
        )
        return self.http.post(url, content=sent, headers=headers)

    def event(
        self, name: str, value: str, deal: str, at: datetime | None = None, **more: Any
    ) -> bytes:
        """Return the body that says that a deal's property has a new value; at.

        When it changed, or now.
        """
        at = at or datetime.now(UTC)
        return stage_event(
            self.kind, "deal", deal, name, value, at, f"{deal}-{value}-{at.isoformat()}", **more
        )

    def report(
        self, name: str, value: str, deal: str, at: datetime | None = None, **more: Any
    ) -> httpx.Response:
        """Say that a deal's property has a new value, and have it taken."""
        answer = self.send(self.event(name, value, deal, at, **more))
        assert answer.status_code == 200, answer.text
        return answer


@dataclass(slots=True)
class Journey:
    """One test's way through a running demo; every name it makes has its number."""

    demo: Demo
    number: int
    walk: Walk = field(init=False)
    http: httpx.Client = field(init=False)
    _opened: ExitStack = field(init=False, default_factory=ExitStack)
    _numbers: Iterator[int] = field(init=False, default_factory=lambda: count(1))

    def __enter__(self) -> Self:
        self.walk = self._opened.enter_context(Walk(self.demo, lambda _: None))
        self.http = self._opened.enter_context(httpx.Client(timeout=30, trust_env=False))
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    # ---- Whom and what there is ------------------------------------------------------------------

    def name(self, term: str) -> str:
        """Return the text with a unique number."""
        return f"{term}-{self.number}-{next(self._numbers)}"

    def person(self, term: str = "robin", domain: str = "") -> Person:
        """Make up a person; domain: of a company that there is already."""
        name = self.name(term)
        letters = "".join(chr(ord("a") + int(digit)) for digit in name if digit.isdigit())
        phone = f"+1 212 555 01{next(_PHONES) % 100:02d}"
        person = Person(
            f"{term.title()} Quill{letters}", f"{name}@{domain or name + '.example.org'}", phone
        )
        PERSONAL.update((person.name, person.email))
        return person

    def referrer(self, *, account: str = "", currency: str = "usd", **more: object) -> Referrer:
        """Enroll a referrer, under an account of their own unless one is named."""
        person = self.person("ana")
        name = person.email.partition("@")[0]
        if not account:
            account = f"cus_{name.replace('-', '')}x{self.number}"
            self.demo.add_account(account, currency)
        self.demo.add_referrer(name, account, person.name, person.email, **more)
        return Referrer(name, account, person)

    def program(
        self, terms: str = "", *, qualifies: str = "{contact: [name, email]}", hold_days: int = 0
    ) -> str:
        """Apply a program that pays 50.00 USD for a reachable person, and return its name."""
        name = self.name("peers")
        self.demo.put_yaml(
            f"/v1/programs/{name}",
            f"""\
program: {name}
name: Introduce a peer
starts: 2026-01-01
time_zone: UTC
prospect_gets: A free hour.
targets: [127.0.0.1]
default_target: {self.demo.site.url}/welcome
{terms}
milestones:
  - milestone: known
    condition_text: we know them
    pays: [50.00 USD]
    qualifies: {qualifies}
    hold_days: {hold_days}
""",
        )
        return name

    def crm(
        self,
        kind: str = "standard",
        secret: str = STANDARD_SECRET,
        *,
        programs: tuple[str, ...] = ("demo-and-deal",),
        properties: dict[str, Any] | None = None,
        token: str = "",
    ) -> Crm:
        """Connect a CRM; with a token its twin is asked for what events do not carry."""
        name = self.name("crm")
        stages = {
            "deal.stage": {"attribute": "stage", "values": {stage: stage for stage in STAGES}}
        }
        terms = {
            "kind": kind,
            "programs": list(programs),
            "properties": properties or stages,
            "api_base": self.demo.crm.url if token else "",
        }
        self.expect(200, "PUT", f"/v1/connections/{name}", json=terms, headers={"if-match": '"0"'})
        for part, value in (("current", secret), ("token", token)):
            if value:
                self.demo.cloud.client("ssm").put_parameter(
                    Name=f"/goodword/{self.demo.cloud.stack}/connections/{name}/{part}",
                    Value=value,
                    Type="SecureString",
                )
        return Crm(self.demo, self.http, name, kind, secret)

    # ---- What people do --------------------------------------------------------------------------

    def link(self, referrer: Referrer, program: str = "demo-and-deal") -> str:
        """Make a link of the referrer's and return its address."""
        return self.demo.add_link(referrer.referrer, program, self.name("go"))

    def sign_up(self, link: str, person: Person, **more: str) -> str:
        """Follow a link, sign up, and return the referral."""
        return self.walk.sign_up(
            self.walk.follow(link), name=person.name, email=person.email, **more
        )

    def follow(self, link: str, method: str = "GET", **headers: str) -> httpx.Response:
        """Follow a link as a browser does, or with other headers."""
        return self.http.request(method, link, headers={**BROWSER, **headers})

    def enter(
        self, referrer: Referrer, program: str, person: Person, **more: Any
    ) -> dict[str, Any]:
        """Hand over a contact by form, attested, and return what was made."""
        result = {
            "referrer": referrer.referrer,
            "program": program,
            "source": "form",
            "name": person.name,
            "email": person.email,
            "attestation": "I may pass on this contact.",
            **more,
        }
        return dict(self.expect({200, 201}, "POST", "/v1/referrals", json=result))

    # ---- What is there now -----------------------------------------------------------------------

    def expect(self, status: int | set[int], method: str, path: str, **more: Any) -> dict[str, Any]:
        """Ask /v1 as the administrator and return the answer, which must have this status."""
        answer = self.demo.api.request(method, path, **more)
        wanted = status if isinstance(status, set) else {status}
        assert answer.status_code in wanted, f"{method} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    def story(self, referral: str) -> dict[str, Any]:
        """Return all that is known of a referral."""
        return self.walk.ask(f"/v1/referrals/{referral}")

    def kinds(self, referral: str) -> list[str]:
        """Return the kinds of the timeline's entries, in their order."""
        return [entry["kind"] for entry in self.story(referral)["timeline"]]

    def statement(self, account: str) -> dict[str, Any]:
        """Return an account's statement."""
        return self.walk.ask(f"/v1/accounts/{account}/statement")

    def credits(self, account: str) -> list[tuple[str, int]]:
        """Return status and minor units of the account's credits, smallest first."""
        found = [
            (each["status"], each["amount"]["minor"]) for each in self.statement(account)["credits"]
        ]
        return sorted(found, key=lambda each: each[1])

    def await_credits(self, account: str, *wanted: tuple[str, int]) -> list[dict[str, Any]]:
        """Wait until the account has just these credits, and return them."""
        self.walk.wait(lambda: self.credits(account), list(wanted), f"the credits of {account}")
        return list(self.statement(account)["credits"])

    def decide(self, credit: str, decision: str, status: int = 200) -> dict[str, Any]:
        """Approve a credit or cancel it."""
        return self.expect(
            status, "POST", f"/v1/credits/{credit}/{decision}", json={"reason": "Looked into it."}
        )

    def transactions(self, account: str) -> list[dict[str, Any]]:
        """Return the account's balance transactions at the Stripe twin."""
        return list(self.demo.stripe.state()["transactions"].get(account, []))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return every item of a table; only a test may scan."""
        client = self.demo.cloud.client("dynamodb")
        pages = client.get_paginator("scan").paginate(
            TableName=f"{self.demo.cloud.stack}-{table}", ConsistentRead=True
        )
        return [item for page in pages for item in page["Items"]]

    def deliveries(self, crm: Crm) -> list[dict[str, str]]:
        """Return the arguments of each delivery's outcome at a connection.

        None where nothing came yet.
        """
        records = [row["record"]["M"] for row in self.rows("inbox")]
        outcomes = [
            each["outcome"].get("M")
            for each in records
            if each["connection"]["S"] == crm.connection
        ]
        return [
            {}
            if each is None
            else {name: str(*value.values()) for name, value in each["args"]["M"].items()}
            for each in outcomes
        ]
