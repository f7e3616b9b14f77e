"""The whole on one machine, with something in it: cloud, twins, a site, two programs, a customer."""

from __future__ import annotations

import contextlib
import os
import secrets
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from goodword.store.open import open_stores
from infra.cli.init import init_stack
from infra.local import crm_twin, stripe_twin
from infra.local.cloud import ACCESS_KEY, REGION, SECRET_KEY
from infra.local.site import DemoSite
from infra.local.up import ROOT, LocalCloud, Progress

PROGRAMS = ("private-practice", "demo-and-deal")
ACCOUNT = "cus_DEMO"
CUSTOMER = "amy"
CODE = "amy-recommends"
LANDING_CODE = "amys-practice"  # of the program that has no page of its own
CONNECTION, STRIPE = "crm", "stripe"
STRIPE_KEY = "sk_test_twin"  # the twin takes any key of this shape


@contextlib.contextmanager
def administrator(endpoint: str) -> Iterator[None]:
    """Speak to the local cloud as its administrator while inside, wherever a client is built."""
    told = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Demo:
    """A running demo. Use it as a context manager: however it ends, all that it started is stopped.

    ports: of the public address, the Stripe twin, the CRM twin and the site; 0 for any free one.
    Inside: url, stripe, crm and site are addresses; key is an admin's bearer key, crm_secret signs events
    of the connection, stripe_secret those of the Stripe twin; api speaks to /v1.
    """

    def __init__(
        self,
        *,
        ports: tuple[int, int, int, int] = (0, 0, 0, 0),
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
        port, stripe_port, crm_port, site_port = self._ports
        with self._progress("Start the Stripe twin, the CRM twin and a site to land on"):
            self.stripe = opened.enter_context(stripe_twin.start(stripe_port))
            self.crm = crm_twin.start(crm_port)
            opened.callback(self.crm.stop)
            self.site = opened.enter_context(DemoSite(site_port))
        self.cloud = opened.enter_context(
            LocalCloud(stripe_api_base=self.stripe.url, port=port, root=self._root, progress=self._progress)
        )
        self.url = self.cloud.url
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
        with self._progress("Load the demo program, a CRM connection and a customer"):
            self._load()

    def _init(self) -> str:
        """Write what `goodword init` and `goodword secrets set` write, and return the admin's bearer key."""
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
        self.stripe.switch("webhook", url=f"{self.url}/webhooks/{STRIPE}", secret=self.stripe_secret)
        self.add_account(ACCOUNT)
        self.add_customer(
            CUSTOMER, ACCOUNT, "Amy Example", "amy@customer.example.com", company="Bright Dental"
        )
        self.add_link(CUSTOMER, "demo-and-deal", CODE)
        self.add_link(CUSTOMER, "private-practice", LANDING_CODE)

    def _connect(self, file: str) -> None:
        """Apply a shipped connection's file."""
        terms = yaml.safe_load((self._root / f"infra/connections/{file}.yaml").read_text(encoding="utf-8"))
        name = terms.pop("connection")
        self._ask("PUT", f"/v1/connections/{name}", json=terms, headers={"if-match": '"0"'})

    def program_text(self, program: str) -> str:
        """Return a shipped program's file, its links leading to the site on this machine."""
        text = (self._root / f"infra/programs/{program}.yaml").read_text(encoding="utf-8")
        host = httpx.URL(self.site.url).host
        return text.replace("https://www.example.com", self.site.url).replace("www.example.com", host)

    def put_yaml(self, path: str, text: str, match: str = '"0"') -> dict[str, Any]:
        """Put a program file."""
        headers = {"content-type": "application/yaml", "if-match": match}
        return self._ask("PUT", path, content=text.encode(), headers=headers)

    def add_account(self, account: str, currency: str = "usd") -> None:
        """Make a Stripe customer under a fixed id."""
        self.stripe.switch("customers", id=account, currency=currency, name="Demo account")

    def add_customer(self, customer: str, account: str, name: str, email: str, **more: object) -> None:
        """Enrol a customer."""
        told = {"customer": customer, "account": account, "name": name, "email": email, **more}
        self._ask("POST", "/v1/customers", json=told)

    def add_link(self, customer: str, program: str, code: str) -> str:
        """Make a link with a code of its own and return its address."""
        told = {"program": program, "code": code, "channel": "mail"}
        made = self._ask("POST", f"/v1/customers/{customer}/links", json=told)
        return str(made["url"])

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = self.api.request(method, path, **more)
        if answer.status_code >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return dict(answer.json())
