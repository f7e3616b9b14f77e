"""What a test starts from: a program, a referrer, a link, a CRM's connection and the secrets.

The documents are what a person would apply; the functions turn them into records of a store. The
world of the steps keeps the records in memory (tests/steps/world.py), the deployment of the API
tests sends the documents through the API (tests/api/cloud.py), the simulation and the contracts
vary both.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import yaml

from goodword.domain.crm_copy.connection import Connection, PropertyMapping
from goodword.domain.links.link import Link
from goodword.domain.programs.program import Program
from goodword.domain.programs.terms import build_program
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.stage import STAGES

PROGRAM = """\
program: peers
name: Introduce a peer
starts: 2020-01-01
time_zone: America/New_York
prospect_gets: The first month free.
targets: [www.example.com]
default_target: https://www.example.com/demo
reversal_grace_days: 0
milestones:
  - milestone: demo
    condition_text: they attend a demo
    pays: [50.00 USD]
    qualifies: { stage: demo_attended }
"""
# Every scalar but a number stays a text, as in a request.
TERMS: dict[str, Any] = {
    **yaml.load(PROGRAM, yaml.BaseLoader),  # noqa: S506  # text alone
    "reversal_grace_days": 0,
}
# A demo that stays paid when the sale is lost, and a deal.
DEMO: dict[str, Any] = {**TERMS["milestones"][0], "taken_back_on": []}
DEAL: dict[str, Any] = {
    "milestone": "deal",
    "condition_text": "they become a customer",
    "pays": ["200.00 USD"],
    "qualifies": {"stage": "won", "within_days": 180},
}
REFERRER = {
    "referrer": "ana",
    "account": "cus_1",
    "name": "Ana Example",
    "email": "ana@referrer.example",
    "currency": "USD",
}
PROSPECT = {
    "name": "Robin Prospect",
    "email": "robin@practice.example.org",
    "phone": "+1 212 555 0123",
}
LINK = {
    "code": "ana-link",
    "program": TERMS["program"],
    "target": TERMS["default_target"],
    "channel": "mail",
}
STAGE = {"attribute": "stage", "values": {f"crm {stage}": stage for stage in STAGES}}
CONNECTION: dict[str, Any] = {
    "kind": "standard",
    "programs": [TERMS["program"]],
    "properties": {
        "deal.stage": STAGE,
        "contact.stage": STAGE,
        "contact.segment": {"attribute": "segment", "values": {}},
        "company.size": {"attribute": "company_size", "values": {}},
        "deal.amount": {"attribute": "value", "values": {}},
    },
}

IDENTITY_KEY = "identity key"
SESSION_KEY = "session-key"
TOKEN_KEY = "token key"  # of the link
URL = "https://refer.example.com"
SENDER = "hello@example.com"
CRM_SECRET = "whsec_" + "Z29vZHdvcmQtdGVzdC1zZWNyZXQtMzItYnl0ZXM="
SECRETS = {
    "keys/identities": IDENTITY_KEY,
    "keys/addresses": "addresses of the test",
    "keys/cursors": "cursors of the test",
    "keys/sessions": SESSION_KEY,
    "public_url": URL,
    "sender_address": SENDER,
    "connections/crm/current": CRM_SECRET,
}


def make_program(
    *milestones: dict[str, Any], version: int = 1, applied_at: datetime, **terms: Any
) -> Program:
    """Return a version of the program: with the demo and the deal, unless others are given."""
    document = {**TERMS, "milestones": list(milestones or (DEMO, DEAL)), **terms}
    return replace(build_program(document), version=version, applied_at=applied_at)


def make_referrer(
    created_at: datetime,
    name: str = REFERRER["referrer"],
    account: str = REFERRER["account"],
    **more: Any,
) -> Referrer:
    """Return an enrolled referrer; one with another name is called by it."""
    shown, email = f"{name.title()} Example", f"{name}@referrer.example"
    return Referrer(name, account, shown, email, created_at, **more)


def create_link(created_at: datetime, **more: Any) -> Link:
    """Return a link of the referrer."""
    people = {name: REFERRER[name] for name in ("referrer", "account")}
    keys = {"token_key": TOKEN_KEY, "address_key": "address key"}
    return Link(**{**LINK, **people, **keys, "created_at": created_at, **more})


def make_connection(applied_at: datetime, *, version: int = 1, **more: Any) -> Connection:
    """Return a version of what the CRM's properties mean."""
    given: dict[str, Any] = {
        "connection": "crm",
        "kind": CONNECTION["kind"],
        "programs": tuple(CONNECTION["programs"]),
        "properties": {
            name: PropertyMapping(**mapping) for name, mapping in CONNECTION["properties"].items()
        },
    }
    return Connection(version=version, applied_at=applied_at, **{**given, **more})
