"""A storm of deliveries: a hundred for each of a hundred referrals, shuffled, at once, each five times over.

Real: every delivery is a signed request over HTTP to the deployed stack; the functions are the built ones,
each a process of its own under its own role; streams, queues and tables are the local cloud's; Stripe is the
twin, spoken to by the stripe SDK. Not real: the cloud runs DynamoDB's calls one after another, so that no
transaction ever meets a conflict (the simulation has those), and 32 clients send at once, not ten thousand.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

import httpx
import pytest

from infra.local.crm_signing import signed_request
from tests.journeys.journey import Crm, Journey

pytestmark = pytest.mark.journey

REFERRALS, COPIES, CLIENTS = 100, 5, 32
ACCOUNTS = 10  # more prospects of one customer in a day than twenty would be flagged
STAGES = ("contacted", "demo_booked", "demo_attended", "proposal", "won")
TOLD = 4  # each stage is told so often, as different events of different times
DELIVERIES = REFERRALS * len(STAGES) * TOLD * COPIES
SECONDS = 600.0


def test_ten_thousand_deliveries_make_a_hundred_credits(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()

    def say(what: str) -> None:
        with capsys.disabled():
            print(f"\n  storm, {time.monotonic() - began:3.0f} s: {what}", end="", flush=True)

    assert DELIVERIES == 10_000
    program = journey.program(qualifies="{stage: demo_attended}")
    crm = journey.crm(programs=(program,))
    customers = [journey.customer() for _ in range(ACCOUNTS)]
    referrals = {}
    for number in range(REFERRALS):
        person, owner = journey.person(), customers[number % ACCOUNTS]
        made = journey.enter(owner, program, person)
        referrals[made["referral"]] = (person.email, journey.name("deal"), owner.account)
    say(f"{REFERRALS} referrals of {ACCOUNTS} accounts are there")

    bodies = [body for email, deal, _ in referrals.values() for body in _bodies(crm, email, deal)]
    storm = bodies * COPIES
    Random(20270301).shuffle(storm)  # noqa: S311
    _deliver(journey, crm, storm, say)

    def still_waiting() -> int:
        return journey.deliveries(crm).count("")

    _until_nought(still_waiting, "deliveries are not applied yet", say)
    assert len(journey.deliveries(crm)) == len(bodies)
    accounts = [each.account for each in customers]
    _until_nought(
        lambda: REFERRALS - sum(len(journey.transactions(each)) for each in accounts),
        "credits are not at Stripe yet",
        say,
    )
    journey.demo.cloud.invoke("settle_credits")
    journey.walk.wait(
        lambda: [journey.credits(each) for each in accounts],
        [[("posted", 5_000)] * (REFERRALS // ACCOUNTS)] * ACCOUNTS,
        "the credits",
    )
    _compare(journey, accounts, referrals)
    assert [row for row in journey.rows("unmatched") if crm.connection in str(row)] == []
    say("a hundred credits, each once\n")


def _bodies(crm: Crm, email: str, deal: str) -> list[bytes]:
    """Return what a CRM tells of one deal: each stage some times over, the later stage always the newer."""
    start = datetime.now(UTC) - timedelta(days=10)
    return [
        crm.event("stage", stage, deal, start + timedelta(days=place, hours=hour), emails=(email,))
        for (place, stage), hour in product(enumerate(STAGES), range(TOLD))
    ]


def _deliver(journey: Journey, crm: Crm, storm: list[bytes], say) -> None:  # type: ignore[no-untyped-def]
    address = f"{journey.demo.url}/webhooks/{crm.connection}"
    limits = httpx.Limits(max_connections=CLIENTS)
    with (
        httpx.Client(timeout=60, trust_env=False, limits=limits) as http,
        ThreadPoolExecutor(CLIENTS) as clients,
    ):

        def send(body: bytes) -> int:
            """Send as a CRM does: what is not taken is sent again, a few times."""
            for _ in range(5):
                headers, sent, url = signed_request(crm.kind, address, crm.secret, body, datetime.now(UTC))
                status = http.post(url, content=sent, headers=headers).status_code
                if status == 200:
                    break
            return status

        taken = 0
        for status in clients.map(send, storm):
            assert status == 200
            taken += 1
            if taken % 1000 == 0:
                say(f"{taken:,} of {len(storm):,} deliveries are taken")


def _until_nought(read, what: str, say) -> None:  # type: ignore[no-untyped-def]
    """Look again until nothing is left; give up after a while with what was seen last."""
    deadline, said = time.monotonic() + SECONDS, None
    while (left := read()) != 0:
        assert time.monotonic() < deadline, f"{left} {what}"
        if left != said:
            say(f"{left} {what}")
            said = left


def _compare(journey: Journey, accounts: list[str], referrals: dict[str, tuple[str, str, str]]) -> None:
    """See that Stripe has just these credits, each once, and that the audit agrees."""
    stands = [each for account in accounts for each in journey.transactions(account)]
    paid = sorted(
        (each["metadata"]["goodword_referral"], each["customer"], each["amount"]) for each in stands
    )
    assert paid == sorted((referral, account, -5_000) for referral, (_, _, account) in referrals.items())
    told = [each for account in accounts for each in journey.statement(account)["credits"]]
    assert sorted(each["transaction"] for each in told) == sorted(each["id"] for each in stands)
    audit = journey.demo.cloud.invoke("audit_ledger")
    latest = journey.walk.ask("/v1/audits/latest")
    assert latest["complete"], audit
    assert [each for each in latest["differences"] if each["account"] in accounts] == []
