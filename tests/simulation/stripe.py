"""Stripe behind the Billing port, with the idempotency and the failures of its manual.

429 and 401 come before the idempotency layer and store nothing. The first outcome under a key that
reached the endpoint is stored and replayed, a 500 too; while it runs, the key answers 409; other
parameters under it are an error; it is forgotten after 24 hours. Lists see every write at once.
docs.stripe.com/api/idempotent_requests, docs.stripe.com/error-low-level
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from goodword.domain.credits.posting import BalanceTransaction, BillingCustomer, Posting, SendResult
from goodword.domain.errors import NotFound
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from tests.simulation.faults import SendKind

KEY_KEPT = timedelta(hours=24)
# A call whose reply timed out is done within this time, if it is ever done; a promise of ours on
# which the quiet hour rests.
LATE_WITHIN = timedelta(minutes=30)
# What Stripe rolls forward after a 500 is there within 48 hours; a little less, for clocks that
# differ.
ROLLED_FORWARD_WITHIN = timedelta(hours=47, minutes=55)


@dataclass
class Stored:
    """The first outcome under a key: 200 with its transaction, 500, or still under way."""

    posting: Posting
    created: datetime
    status: Literal["200", "500", "under way"]
    transaction: str = ""


@dataclass(frozen=True)
class Late:
    """An effect that is still to come, of a timed-out call or of a 500 rolled forward."""

    at: datetime
    posting: Posting
    of: Literal["late effect", "500 late effect"]


class SimStripe:
    """Keep customers, balances and keys.

    effect: is called with every balance transaction. count: is called with the outcome of each
    send. known_suspect: says whether the 500 under a credit's key is on record with us.
    """

    def __init__(
        self,
        chance: Random,
        now: Callable[[], datetime],
        effect: Callable[[BalanceTransaction, Posting], None],
        count: Callable[[str], None],
    ) -> None:
        self.chance = chance
        self.now = now
        self.effect = effect
        self.count = count
        self.customers: dict[str, BillingCustomer] = {}
        self.transactions: list[BalanceTransaction] = []
        self.keys: dict[str, Stored] = {}
        self.first_seen: dict[str, datetime] = {}
        self.failed_at: dict[str, datetime] = {}
        self.late: list[Late] = []
        self.late_waits: tuple[int, ...] = (15, 50, 70, 200, 900, 1790)  # seconds
        self.known_suspect: Callable[[Posting], bool] = lambda _: True

    # --- the port ---------------------------------------------------------------------------------

    def read_customer(self, account: str) -> BillingCustomer | None:
        """Return the customer, also a deleted one's stub."""
        return self.customers.get(account)

    def list_transactions(self, account: str) -> tuple[BalanceTransaction, ...]:
        """Return the transactions, newest first; a deleted customer has no list.

        The one place where the simulation must promise for Stripe more than its manual does: a 500
        that none of our records knows of (each reply was lost and nothing was tried again for as
        long as a key lives) has its late effect before the key's quiet time is over, or never.
        """
        there = self.customers.get(account)
        if there is None or there.deleted:
            raise NotFound("Stripe has no such customer.", where="account")
        for late in [each for each in self.late if each.posting.account == account]:
            if late.of == "500 late effect" and not self.known_suspect(late.posting):
                self.late.remove(late)
                self.count("500 late effect that was unknown")
                if self.chance.random() < 0.5:
                    self._come(late)
        return tuple(each for each in reversed(self.transactions) if each.account == account)

    def send(self, posting: Posting, kind: SendKind, *, reply_lost: bool = False) -> SendResult:
        """Take a send that reached Stripe, do with it as kind says, and answer."""
        if kind == "never":
            return SendResult("again")
        if kind == "401":
            self.count("401")
            refused = Reason("stripe_key_refused", {"http": 401})
            return self._answer(SendResult("rejected", reason=refused), reply_lost)
        self.first_seen.setdefault(posting.key, self.now())
        stored = self.keys.get(posting.key)
        if stored is not None:
            return self._answer(self._replay(stored, posting), reply_lost)
        there = self.customers.get(posting.account)
        if there is None or there.deleted:
            self.count("404")
            refused = Reason("stripe_refused", {"http": 404})
            return self._answer(SendResult("rejected", reason=refused), reply_lost)
        return self._answer(self._run(posting, kind), reply_lost)

    # --- time -------------------------------------------------------------------------------------

    def invoice(self, account: str, minor: int) -> str:
        """Let an invoice take from the balance, as far as there is something.

        Return it, or nothing.
        """
        there = sum(each.amount.minor for each in self.transactions if each.account == account)
        if there <= 0:
            return ""
        name = f"in_{len(self.transactions) + 1}"
        self._move(account, -min(minor, there), "applied_to_invoice", name)
        return name

    def void_invoice(self, account: str, invoice: str) -> None:
        """Give back what an invoice took."""
        took = [each for each in self.transactions if each.invoice == invoice]
        if len(took) == 1:
            self._move(account, -took[0].amount.minor, "unapplied_from_invoice", invoice)

    def gain(self, account: str, minor: int) -> None:
        """Put a foreign credit on the balance."""
        self._move(account, minor, "adjustment", "")

    def _move(self, account: str, minor: int, kind: str, invoice: str) -> None:
        name = f"cbtxn_{len(self.transactions) + 1:06}"
        amount = Money(minor, "USD")
        made = BalanceTransaction(name, account, amount, self.now(), {}, kind=kind, invoice=invoice)
        self.transactions.append(made)

    def settle(self) -> None:
        """Let effects come whose time is there, and forget keys that are a day old."""
        now = self.now()
        if self.late:
            for late in sorted(
                (each for each in self.late if each.at <= now), key=lambda each: each.at
            ):
                if late in self.late:
                    self.late.remove(late)
                    self._come(late)
        gone = [key for key, each in self.keys.items() if now - each.created >= KEY_KEPT]
        for key in gone:
            if self.keys[key].status != "under way":
                del self.keys[key]

    # --- inside -----------------------------------------------------------------------------------

    def _answer(self, result: SendResult, reply_lost: bool) -> SendResult:
        return SendResult("again") if reply_lost else result

    def _replay(self, stored: Stored, posting: Posting) -> SendResult:
        if stored.posting != posting:
            self.count("mismatch")
            return SendResult("mismatch", reason=Reason("key_reused"))
        if stored.status == "under way":
            self.count("409")
            return SendResult("again")
        self.count(f"replay of {stored.status}")
        if stored.status == "500":
            return SendResult("suspect")
        return SendResult("posted", stored.transaction)

    def _run(self, posting: Posting, kind: SendKind) -> SendResult:
        self.count(kind)
        now = self.now()
        if kind == "200":
            transaction = self._record(posting)
            self.keys[posting.key] = Stored(posting, now, "200", transaction)
            return SendResult("posted", transaction)
        if kind == "late effect":
            self.keys[posting.key] = Stored(posting, now, "under way")
            wait = timedelta(seconds=self.chance.choice(self.late_waits))
            self.late.append(Late(now + min(wait, LATE_WITHIN), posting, kind))
            return SendResult("again")
        self.keys[posting.key] = Stored(posting, now, "500")
        self.failed_at[posting.key] = now
        if kind == "500 immediate effect":
            self._record(posting)
        elif kind == "500 late effect":
            hours = self.chance.choice((0.01, 0.5, 2.0, 20.0, 23.0, 30.0, 47.0))
            at = now + min(timedelta(hours=hours), ROLLED_FORWARD_WITHIN)
            self.late.append(Late(at, posting, kind))
        return SendResult("suspect")

    def _come(self, late: Late) -> None:
        there = self.customers[late.posting.account]
        stored = self.keys.get(late.posting.key)
        if there.deleted:
            if stored is not None and stored.status == "under way":
                del self.keys[late.posting.key]
            return
        self.count(f"{late.of} came")
        transaction = self._record(late.posting)
        if stored is not None and stored.status == "under way":
            stored.status, stored.transaction = "200", transaction

    def _record(self, posting: Posting) -> str:
        name = f"cbtxn_{len(self.transactions) + 1:06}"
        made = BalanceTransaction(
            name, posting.account, posting.amount, self.now(), dict(posting.metadata)
        )
        self.transactions.append(made)
        self.effect(made, posting)
        return name
