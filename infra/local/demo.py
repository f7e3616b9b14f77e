"""The demo on one machine: cloud, twins, a site, two programs, a referrer."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from goodword.domain.mails.mail import GROUPED
from goodword.http.wiring import utc_now
from goodword.ports.writes import Update
from goodword.store.open import open_stores
from infra.cli.init import init_stack
from infra.local.cloud import ACCESS_KEY, REGION, SECRET_KEY
from infra.local.mailbox import Mailbox, Sent
from infra.local.site import DemoSite
from infra.local.up import ROOT, LocalCloud, Progress
from infra.twins import crm as crm_twin
from infra.twins import stripe as stripe_twin

PROGRAMS = ("private-practice", "demo-and-deal")
ACCOUNT = "cus_DEMO"
REFERRER = "amy"
REFERRER_EMAIL = "amy@referrer.example.com"
INVITED_EMAIL = "ben@referrer.example.com"
STAFF_EMAIL = "staff@example.com"
CODE = "amy-recommends"
LANDING_CODE = "amys-practice"  # of the program without a page of its own
CONNECTION, STRIPE = "crm", "stripe"
STRIPE_KEY = "sk_test_twin"  # the twin accepts any key of this form
MAIL_SECONDS = 60.0


@contextlib.contextmanager
def administrator(endpoint: str) -> Iterator[None]:
    """Use the local cloud's administrator credentials for every client built while inside."""
    result = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }
    before = {name: os.environ.get(name) for name in result}
    os.environ.update(result)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Demo:
    """A running demo, as a context manager: it stops all that it started, also after an error.

    ports: of the public address, both twins, the site and the mails; 0 for any free one. Inside:
    url, stripe, crm, site and mailbox are addresses; key is an admin's bearer key, crm_secret signs
    events of the connection, stripe_secret those of the Stripe twin; api calls /v1.
    """

    def __init__(
        self,
        *,
        ports: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0),
        progress: Progress = lambda _: contextlib.nullcontext(),
        root: Path = ROOT,
    ) -> None:
        self._ports = ports
        self._progress = progress
        self._root = root
        self._opened = ExitStack()
        self.crm_secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
        self.stripe_secret = "whsec_" + secrets.token_hex(16)

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self._bring_up(opened)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def _bring_up(self, opened: ExitStack) -> None:
        port, stripe_port, crm_port, site_port, mail_port = self._ports
        with self._progress("Start the Stripe twin, the CRM twin, a site to land on and a mailbox"):
            self.stripe = opened.enter_context(stripe_twin.start(stripe_port))
            self.crm = crm_twin.start(crm_port)
            opened.callback(self.crm.stop)
            self.site = opened.enter_context(DemoSite(site_port))
            self.mailbox = opened.enter_context(Mailbox(mail_port))
        self.cloud = opened.enter_context(
            LocalCloud(
                stripe_api_base=self.stripe.url, port=port, root=self._root, progress=self._progress
            )
        )
        self.url = self.cloud.url
        self.mailbox.read = self.cloud.mails
        self.site.action = f"{self.url}/v1/signups"
        with self._progress("Write the secrets and the first key"):
            self.key = self._init()
            self.api = opened.enter_context(
                httpx.Client(
                    base_url=self.url,
                    headers={"authorization": f"Bearer {self.key}"},
                    timeout=30,
                    trust_env=False,
                )
            )
        with self._progress(
            "Load two programs, a CRM connection, a referrer and a person of the staff"
        ):
            self._load()

    def _init(self) -> str:
        """Do what `goodword init` and `goodword secrets set` do, and return the admin's key."""
        parameters = self.cloud.client("ssm")
        with administrator(self.cloud.endpoint):
            stores = open_stores(self.cloud.stack, REGION)
            made = init_stack(parameters, stores, self.cloud.stack, STRIPE_KEY)
        for connection, secret in ((CONNECTION, self.crm_secret), (STRIPE, self.stripe_secret)):
            parameters.put_parameter(
                Name=f"/goodword/{self.cloud.stack}/connections/{connection}/current",
                Value=secret,
                Type="SecureString",
            )
        return made.bearer

    def _load(self) -> None:
        for program in PROGRAMS:
            self.put_yaml(f"/v1/programs/{program}", self.program_text(program))
        self._connect("standard")
        self._connect("stripe")
        self.stripe.switch(
            "webhook", url=f"{self.url}/webhooks/{STRIPE}", secret=self.stripe_secret
        )
        self.add_account(ACCOUNT)
        self.add_referrer(REFERRER, ACCOUNT, "Amy Example", REFERRER_EMAIL, company="Bright Dental")
        self.add_link(REFERRER, "demo-and-deal", CODE)
        self.add_link(REFERRER, "private-practice", LANDING_CODE)
        self.add_staff(STAFF_EMAIL)
        self.invite("private-practice", name="Ben Example", email=INVITED_EMAIL, account=ACCOUNT)

    def _connect(self, file: str) -> None:
        """Apply a shipped connection's file."""
        terms = self._connection_terms(file)
        name = terms.pop("connection")
        self._ask("PUT", f"/v1/connections/{name}", json=terms, headers={"if-match": '"0"'})

    def _connection_terms(self, file: str) -> dict[str, Any]:
        text = (self._root / f"infra/connections/{file}.yaml").read_text(encoding="utf-8")
        return dict(yaml.safe_load(text))

    def let_speak_of(self, program: str) -> None:
        """Add one more program to the connection of the CRM."""
        terms = self._connection_terms("standard")
        name = terms.pop("connection")
        now = self._ask("GET", f"/v1/connections/{name}")
        terms["programs"] = [*now["programs"], program]
        headers = {"if-match": f'"{now["version"]}"'}
        self._ask("PUT", f"/v1/connections/{name}", json=terms, headers=headers)

    def program_text(self, program: str) -> str:
        """Return a shipped program's file, with its links to the site on this machine."""
        text = (self._root / f"infra/programs/{program}.yaml").read_text(encoding="utf-8")
        host = httpx.URL(self.site.url).host
        return text.replace("https://www.example.com", self.site.url).replace(
            "www.example.com", host
        )

    def put_yaml(self, path: str, text: str, match: str = '"0"') -> dict[str, Any]:
        """Put a program file."""
        headers = {"content-type": "application/yaml", "if-match": match}
        return self._ask("PUT", path, content=text.encode(), headers=headers)

    def add_account(self, account: str, currency: str = "usd") -> None:
        """Make a Stripe customer under a fixed id."""
        self.stripe.switch("customers", id=account, currency=currency, name="Demo account")

    def add_referrer(
        self, referrer: str, account: str, name: str, email: str, **more: object
    ) -> None:
        """Enroll a referrer."""
        result = {"referrer": referrer, "account": account, "name": name, "email": email, **more}
        self._ask("POST", "/v1/referrers", json=result)

    def add_link(self, referrer: str, program: str, code: str) -> str:
        """Make a link with a given code and return its address."""
        result = {"program": program, "code": code, "channel": "mail"}
        made = self._ask("POST", f"/v1/referrers/{referrer}/links", json=result)
        return str(made["url"])

    def add_staff(self, email: str, role: str = "admin") -> None:
        """Add a staff member to the console."""
        self._ask("POST", "/v1/staff", json={"email": email, "role": role})

    def invite(self, program: str, **contact: object) -> dict[str, Any]:
        """Invite a contact by mail and return the answer."""
        result = self._ask(
            "POST", "/v1/invitations", json={"program": program, "contacts": [contact]}
        )
        return dict(result["invitations"][0])

    def mails(self, to: str = "") -> tuple[Sent, ...]:
        """Return every mail that was sent, oldest first.

        to: only to this address.
        """
        return tuple(mail for mail in self.cloud.mails() if to in ("", mail.to))

    def await_mail(self, to: str, path: str, before: int = 0) -> Sent:
        """Wait for a mail to this address with a link under this path, and return the latest one.

        before: how many of these already existed. Raises TimeoutError after a minute.
        """
        deadline = time.monotonic() + MAIL_SECONDS
        while len(found := self.mails_with(to, path)) <= before:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no mail with a link under {path}")
            time.sleep(0.1)
        return found[-1]

    def mails_with(self, to: str, path: str) -> list[Sent]:
        """Return the mails to this address that have a link under this path."""
        return [mail for mail in self.mails(to) if any(path in address for address in mail.links())]

    def hurry_mails(self) -> None:
        """Send waiting notices now, instead of ten minutes after the first."""
        with administrator(self.cloud.endpoint):
            stores = open_stores(self.cloud.stack, REGION)
            now = utc_now()
            for recipient, name in stores.mails.due(now + GROUPED, 200):
                stored = stores.mails.get(recipient, name)
                if stored is not None and stored.status == "waiting":
                    stores.commit(
                        [Update(replace(stored, due_at=now, revision=stored.revision + 1))]
                    )
        self.cloud.invoke("send_mail")

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = self.api.request(method, path, **more)
        if answer.status_code >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return dict(answer.json())
