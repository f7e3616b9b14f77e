"""The tables, ids, clock, CRM and messages behind the ports, every call of them a boundary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar, cast

from goodword.domain.credits.credit import Credit
from goodword.domain.credits.ledger import LedgerEntry
from goodword.domain.credits.posting import (
    BalanceTransaction,
    BillingCustomer,
    CreditedInvoice,
    Posting,
    SendResult,
)
from goodword.domain.crm_copy.delivery import Delivery
from goodword.domain.crm_copy.fact import CrmEvent, CrmObject, Fact, ObjectRef
from goodword.domain.errors import Unavailable, Unreadable
from goodword.domain.referrals.referral import Referral
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Update, Write
from tests import fakes
from tests.fakes.stores import FakeInbox
from tests.simulation.faults import FaultKind
from tests.simulation.stripe import SimStripe

T = TypeVar("T")
# Crosses a boundary: port, act, and what else may happen there.
Cross = Callable[..., Any]
REMEMBERED = 3  # states that an index may be late by


class Throttled(Exception):
    """The table answered that it is too much, as often as the client tried."""


@dataclass
class Change:
    """What one transaction changed, each with what was there before."""

    credits: list[tuple[Credit | None, Credit]] = field(default_factory=list)
    facts: list[tuple[Fact | None, Fact]] = field(default_factory=list)
    ledger: list[LedgerEntry] = field(default_factory=list)
    referrals: list[str] = field(default_factory=list)  # made, not changed


class SimTables(fakes.FakeTables):
    """The tables of the fakes, whose index of credits may be late by some transactions."""

    def __init__(self) -> None:
        super().__init__()
        self.history: list[dict[Any, Any]] = []
        self.late_index: Callable[[], int] = lambda: 0

    def index(self, kind: type[T]) -> Iterable[T]:
        """Read a table through its index."""
        if kind is Credit and self.history:
            late = self.late_index()
            if late:
                state = self.history[-min(late, len(self.history))]
                return cast("Iterable[T]", state.values())
        return cast("Iterable[T]", self.rows[kind].values())


class SimCommit(fakes.FakeCommit):
    """The transaction of the fakes, which reports what it changed."""

    def __init__(self, tables: SimTables, changed: Callable[[Change], None]) -> None:
        super().__init__(tables)
        self.changed = changed

    def _apply(self, writes: Sequence[Write], sums: Any) -> None:
        tables = cast("SimTables", self.tables)
        change = Change()
        for write in writes:
            if isinstance(write, Insert | Update):
                record = write.record
                if isinstance(record, Credit):
                    change.credits.append((tables.rows[Credit].get((record.credit,)), record))
                elif isinstance(record, Fact):
                    stored = tables.rows[Fact].get((record.referral, record.fact))
                    change.facts.append((stored, record))
                elif isinstance(record, LedgerEntry):
                    change.ledger.append(record)
                elif isinstance(record, Referral) and isinstance(write, Insert):
                    change.referrals.append(record.referral)
        if change.credits:
            tables.history.append(dict(tables.rows[Credit]))
            del tables.history[:-REMEMBERED]
        super()._apply(writes, sums)
        self.changed(change)


class SimInbox(FakeInbox):
    """The inbox of the fakes, with a stream."""

    def __init__(self, tables: SimTables, stored: Callable[[str], None]) -> None:
        super().__init__(tables)
        self.stored = stored

    def put(self, delivery: Delivery) -> bool:
        """Store a delivery, and put a new one on the stream."""
        new = super().put(delivery)
        if new:
            self.stored(delivery.delivery)
        return new


class Gate:
    """One port with every call of it a boundary."""

    def __init__(self, noun: str, inner: object, cross: Cross) -> None:
        self._noun, self._inner, self._cross = noun, inner, cross

    def __getattr__(self, method: str) -> Callable[..., Any]:
        act, port, cross = getattr(self._inner, method), f"{self._noun}.{method}", self._cross

        def call(*given: Any) -> Any:
            return cross(port, lambda: act(*given))

        setattr(self, method, call)
        return call


def gated(stores: Stores, cross: Cross) -> Stores:
    """Return the stores with every call of them a boundary."""
    names = [each.name for each in fields(Stores) if each.name != "commit"]
    gates: dict[str, Any] = {name: Gate(name, getattr(stores, name), cross) for name in names}

    def commit(writes: Sequence[Write]) -> None:
        cross("commit", lambda: stores.commit(writes))

    return Stores(**gates, commit=commit)


class GatedBilling:
    """Stripe behind its port: reads can fail, a send never raises."""

    def __init__(self, stripe: SimStripe, cross: Cross, sending: Callable[[Posting], Any]) -> None:
        self.stripe, self.cross, self.sending = stripe, cross, sending

    def read_customer(self, account: str) -> BillingCustomer | None:
        """Read the referrer."""
        return cast("BillingCustomer | None", self._read("read_customer", account))

    def list_transactions(self, account: str) -> tuple[BalanceTransaction, ...]:
        """List all balance transactions."""
        return cast("tuple[BalanceTransaction, ...]", self._read("list_transactions", account))

    def send(self, posting: Posting) -> SendResult:
        """Send a posting; what the way to Stripe does to it comes out as an outcome."""

        def act(fault: FaultKind | None) -> SendResult:
            if fault == "throttle":
                self.stripe.count("429")
                return SendResult("again")
            if fault == "reply lost before":
                self.stripe.count("time-out before")
                return SendResult("again")
            lost = fault == "reply lost after"
            if lost:
                self.stripe.count("time-out after")
            return self.stripe.send(posting, self.sending(posting), reply_lost=lost)

        return cast("SendResult", self.cross("billing.send", act, notified=True))

    def _read(self, method: str, account: str) -> object:
        try:
            return self.cross(f"billing.{method}", lambda: getattr(self.stripe, method)(account))
        except (ConnectionError, Throttled):
            raise Unavailable("Stripe did not answer.") from None


class GatedLookup:
    """The CRM as it is asked: it holds what it would say now."""

    def __init__(self, objects: dict[ObjectRef, CrmObject], cross: Cross) -> None:
        self.objects, self.cross = objects, cross

    def look_up(self, ref: ObjectRef) -> CrmObject | None:
        """Return the object as the CRM holds it now."""
        try:
            return cast(
                "CrmObject | None", self.cross("crm.look_up", lambda: self.objects.get(ref))
            )
        except (ConnectionError, Throttled):
            raise Unavailable("the CRM did not answer") from None


class GatedRefunds:
    """Stripe as it is asked of a refund: all of it was given back."""

    def __init__(self, cross: Cross) -> None:
        self.cross = cross

    def read_credited(self, invoice: str) -> CreditedInvoice:
        """Read the invoice."""
        whole = CreditedInvoice(invoice, 120_00, 120_00, "USD", None)
        return cast("CreditedInvoice", self._read("read_credited", whole))

    def read_email(self, account: str) -> str:
        """Read the address."""
        return cast("str", self._read("read_email", f"{account}@prospect.example"))

    def still_pays(self, account: str) -> bool:
        """Check for another charge that was not refunded."""
        return cast("bool", self._read("still_pays", False))

    def _read(self, method: str, answer: object) -> object:
        try:
            return self.cross(f"refunds.{method}", lambda: answer)
        except (ConnectionError, Throttled):
            raise Unavailable("Stripe did not answer.") from None


POISON = b"poison"


class SimCrm(fakes.FakeCrm):
    """The CRM of the fakes, with one body that breaks its reader."""

    def read(self, body: bytes, connection: str) -> tuple[CrmEvent | Unreadable, ...]:
        """Read the events of a body."""
        if body == POISON:
            raise ArithmeticError("an unforeseen body")
        return super().read(body, connection)


class SimNewId:
    """Draw ids from the seed's own source."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def __call__(self, prefix: str) -> str:
        return f"{prefix}_{self.chance.getrandbits(64):016x}"

    def code(self) -> str:
        return f"{self.chance.getrandbits(64):016x}"

    def secret(self) -> str:
        return f"{self.chance.getrandbits(160):040x}"


class SimClock:
    """Give each worker the time as it sees it."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.skew = timedelta()

    def __call__(self) -> datetime:
        return self.now + self.skew
