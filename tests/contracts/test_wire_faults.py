"""One credit is posted once under any fault of the network: real clients, and a faulty proxy.

Real: the steps, the stores over pynamodb to the local cloud's DynamoDB, the billing over the stripe
SDK to the twin. Not real: the clock, which is moved on both sides instead of waited for; the waits
between a client's tries, which are short; and the queue, whose messages are handed over by the
test. Faults strike where money is decided: at the transaction that qualifies, at the send, and at
the transaction that writes the result down.

How fast the machine is makes no difference: the clients are patient, but for where a stall asks
them to give up, and there whatever else is too slow for them is tried again until the stall was
met.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from botocore.retries.standard import ExponentialBackoff

from goodword.billing.rate import TokenBucket
from goodword.billing.stripe_billing import StripeBilling
from goodword.domain.contact import Contact
from goodword.domain.credits.audit import Books, compare
from goodword.domain.credits.credit import Credit
from goodword.domain.crm_copy.fact import Change, Fact, ObjectRef
from goodword.domain.programs.program import Program
from goodword.domain.programs.terms import build_program
from goodword.domain.referrers.referrer import Account, Referrer
from goodword.domain.timeline import referral_subject
from goodword.ids import NewIds
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert
from goodword.steps.credits.post_credit import PostCreditDeps, post_credit
from goodword.steps.credits.sweep_credits import sweep_credits
from goodword.steps.decisions.decide_credit import DecideCreditDeps, decide_credit
from goodword.steps.referrals.evaluate_referral import evaluate_referral
from goodword.steps.referrals.evaluation import QualifyDeps
from goodword.steps.referrals.register_referral import (
    Introduction,
    RegisterReferralDeps,
    register_referral,
)
from goodword.store import open as opening
from infra.local.cloud import REGION, Cloud
from infra.local.demo import administrator
from infra.twins import stripe as stripe_twin
from tests.contracts.conftest import PREFIX
from tests.contracts.fault_proxy import FAULTS, FaultProxy, Request
from tests.fakes import FakeClock, FakeEnqueue
from tests.world import TERMS

PATIENT, HASTY = 60.0, 0.4  # seconds that a client waits here for a reply, and where replies stall
LIMITED = {**TERMS, "program": "wire", "limits": {"account_year": ["50.00 USD"]}}
# What a sweep after a sweep brings to its end: a lapsed lease, a quiet hour, an aged key, a 500's
# two days.
HEALS = (
    timedelta(seconds=90),
    timedelta(seconds=90),
    timedelta(hours=2),
    timedelta(hours=22),
    timedelta(hours=26),
    timedelta(hours=2),
    timedelta(hours=26),
)
ALWAYS = 1_000_000


@dataclass
class Wires:
    """The way to the tables and the way to Stripe, each through its proxy."""

    patch: pytest.MonkeyPatch
    tables: FaultProxy
    twin: stripe_twin.TwinHandle
    stripe: FaultProxy
    clock: FakeClock = field(default_factory=lambda: FakeClock(datetime.now(UTC)))
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    seconds: float = 0.0

    def waiting(self, seconds: float) -> None:
        """Open both ways with clients that wait so long for a reply."""
        if seconds == self.seconds:
            return
        self.seconds = seconds
        self.patch.setattr(opening, "CONNECT_SECONDS", seconds)
        self.patch.setattr(opening, "READ_SECONDS", seconds)
        self.stores = opening.open_stores(PREFIX, REGION)
        self.billing = StripeBilling(
            "sk_test_wire",
            api_base=self.stripe.url,
            timeout_seconds=seconds,
            bucket=TokenBucket(100_000.0),
        )


@pytest.fixture(scope="module")
def wires(local_cloud: Cloud) -> Iterator[Wires]:
    """Open both ways once."""
    with (
        pytest.MonkeyPatch.context() as patch,
        FaultProxy(local_cloud.endpoint, "dynamodb") as tables,
        stripe_twin.start() as twin,
        FaultProxy(twin.url, "stripe") as stripe,
        administrator(tables.url),
    ):
        patch.setattr(opening, "RETRIES", 1)
        patch.setattr(
            ExponentialBackoff, "delay_amount", lambda *_: 0.01
        )  # half a second, as a rule
        opened = Wires(patch, tables, twin, stripe)
        opened.waiting(PATIENT)
        program = build_program(LIMITED)
        opened.stores.commit([Insert(_in_force(program, opened.clock()))])
        yield opened


def _in_force(program: Program, at: datetime) -> Program:
    return Program(
        **{**{name: getattr(program, name) for name in program.__slots__}, "applied_at": at}
    )


class World:
    """One referrer with one prospect, whose deal is about to be worth a credit."""

    def __init__(self, wires: Wires) -> None:
        self.wires, self.clock = wires, wires.clock
        self.new_id, self.enqueue = NewIds(), FakeEnqueue()
        number = next(wires.numbers)
        self.account = f"cus_WIRE{number}"
        wires.twin.switch("customers", id=self.account, currency="usd")
        referrer = Referrer(
            f"c-{number}", self.account, "Ana", f"ana{number}@referrer.example", self.clock()
        )
        self.stores.commit([Insert(referrer), Insert(Account(self.account, self.clock(), "USD"))])
        program = self.stores.programs.latest("wire")
        assert program is not None
        contact = Contact("Pat", f"pat{number}@practice{number}.example", "", "")
        made = register_referral(
            Introduction(referrer, contact, program, source="verbal"),
            deps=RegisterReferralDeps(
                identity_key="key", stores=self.stores, now=self.clock, new_id=self.new_id
            ),
        )
        self.referral = made.referral.referral
        deal = ObjectRef("crm", "deal", str(number))
        at = self.clock()
        self.fact = Fact(
            self.referral, deal, "stage", "stage", "demo_attended", "demo_attended", at, 1,
            changes=(Change(at, "demo_attended"),),
        )  # fmt: skip

    @property
    def stores(self) -> Stores:
        """Return the stores as they are opened now."""
        return self.wires.stores

    # --- what happens -----------------------------------------------------------------------------

    def qualify(self) -> None:
        """Hear of the demo, as a delivery does."""
        services = QualifyDeps(self.stores, self.clock, self.new_id, self.enqueue)
        evaluate_referral(self.referral, facts=(self.fact,), deps=services)

    def post(self) -> None:
        """Let a worker take each enqueued credit."""
        enqueued, self.enqueue[:] = list(self.enqueue), []
        services = PostCreditDeps(self.stores, self.wires.billing, self.clock, self.new_id)
        for name in enqueued:
            post_credit(name, deps=services)

    def sweep(self) -> None:
        """Look for what was left, and let workers take it."""
        sweep_credits(stores=self.stores, now=self.clock, enqueue=self.enqueue)
        self.post()

    def later(self, by: timedelta) -> None:
        """Let time pass here and at Stripe."""
        self.clock.now += by
        self.wires.twin.switch("advance", seconds=int(by.total_seconds()))

    def heal(self) -> int:
        """Let everything pass again.

        Redeliver, move the clock, sweep. Say how often a person was asked.
        """
        self.wires.tables.heal()
        self.wires.stripe.heal()
        self.wires.waiting(PATIENT)
        self.qualify()
        asked = 0
        for by in HEALS:
            self.later(by)
            self.sweep()
            credits_ = self.credits()
            if all(each.status == "posted" for each in credits_):
                break
            for each in credits_:
                if each.status != "held":
                    continue
                assert each.hold == "server_error_unresolved", each.reasons
                asked += 1
                decide_credit(
                    each.credit,
                    "approve",
                    "Stripe shows nothing.",
                    by="key-1",
                    deps=DecideCreditDeps(
                        stores=self.stores, now=self.clock, new_id=self.new_id, enqueue=self.enqueue
                    ),
                )
        self.later(HEALS[-1])
        self.qualify()
        self.sweep()
        return asked

    # --- the outcome --------------------------------------------------------------------------

    def credits(self) -> list[Credit]:
        """Return the account's credits."""
        found = self.stores.credits.list_by_account(self.account, 99).items
        return [
            held for each in found if (held := self.stores.credits.get(each.credit)) is not None
        ]

    def transactions(self) -> list[dict[str, Any]]:
        """Return what stands at the twin."""
        return list(self.wires.twin.state()["transactions"].get(self.account, []))

    def look(self) -> None:
        """See that one credit is posted, that Stripe has it once, and that all books agree."""
        (credit,) = self.credits()
        (stands,) = self.transactions()
        assert (credit.status, credit.amount.minor) == ("posted", 5000)
        assert (stands["id"], stands["amount"], stands["currency"]) == (
            credit.transaction,
            -5000,
            "usd",
        )
        books = Books(
            self.account,
            (credit,),
            {credit.credit: self.stores.ledger.list_by_credit(credit.credit)},
            self.stores.counts.of(f"account#{self.account}"),
            self.wires.billing.list_transactions(self.account),
        )
        assert compare(books, {credit.credit: credit}, self.clock()) == ()
        assert books.counts["posted#USD"] == 5000
        subject = referral_subject(self.referral)
        story = [
            each.event.kind for each in self.stores.timeline.list_by_subject(subject, 99).items
        ]
        assert story.count("credit_pending") == story.count("credit_posted") == 1


def writes(kind: str) -> Callable[[Request], bool]:
    """Tell the transaction that writes this entry into a timeline."""

    def strikes(request: Request) -> bool:
        target = request.header("x-amz-target")
        return target.endswith(".TransactWriteItems") and f'"{kind}"'.encode() in request.body

    return strikes


def sends(request: Request) -> bool:
    """Tell the request that makes a balance transaction."""
    return request.method == "POST" and request.path.endswith("/balance_transactions")


STRIKES = {"qualify": writes("credit_pending"), "send": sends, "result": writes("credit_posted")}
PLACES = tuple(STRIKES)
TRIES = 10  # until a stall is met by clients for whom a busy machine may be too slow elsewhere
# Where Stripe's own answer says that nobody knows, and nothing stands, only a person may start a
# new key.
ASKS = {"500 before", "503 before"}
# What a client's own second try meets, and what only the next delivery or the sweep can make good.
LOST = (
    "reset after, reply lost",
    "stalled after",
    "reply truncated",
    "500 after",
    "conflict after",
)
CASES = [
    *((place, fault, ALWAYS) for place in PLACES for fault in FAULTS),
    *((place, fault, 1) for place in PLACES for fault in LOST),
]


def _name(case: object) -> str:
    return (
        {ALWAYS: "always", 1: "condition_text"}.get(case, str(case))
        if isinstance(case, int)
        else str(case)
    )


@pytest.mark.parametrize(("place", "fault", "times"), CASES, ids=_name)
def test_whatever_happens_on_the_wire_one_credit_is_posted_once(
    wires: Wires, place: str, fault: str, times: int
) -> None:
    world = World(wires)
    proxy = wires.stripe if place == "send" else wires.tables
    if place != "qualify":
        world.qualify()
    wires.waiting(HASTY if fault.startswith("stalled") else PATIENT)
    proxy.strike(fault, STRIKES[place], times)
    for _ in range(TRIES):
        world_tries(world.qualify if place == "qualify" else world.sweep)
        if proxy.struck:
            break
        world.later(HEALS[0])
    struck = proxy.struck
    if place == "qualify":
        world_tries(world.sweep)
    asked = world.heal()
    assert struck >= 1, "the fault met nothing"
    assert asked == (place == "send" and fault in ASKS)
    world.look()


def world_tries(act: Callable[[], None]) -> None:
    """Call it twice, with any error suppressed, as a stream or a queue repeats a failed batch."""
    for _ in range(2):
        with contextlib.suppress(Exception):
            act()


def test_there_are_enough_faults_for_each_place() -> None:
    assert len(FAULTS) >= 12
