"""A small Stripe: customers, their balance transactions, idempotency keys with their replay."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from goodword.domain.credits.posting import BalanceTransaction, BillingCustomer, Posting, SendResult
from goodword.domain.errors import Unavailable
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from goodword.ports.services import Clock
from tests.fakes.chance import FakeClock

# What the next sends do; without a script each one posts. A part after + is what Stripe did all the
# same.
OUTCOMES = ("posted", "again", "again+effect", "suspect", "suspect+effect", "mismatch", "rejected")


class FakeBilling:
    """Keep balances as Stripe does; `script` names the outcomes of the next sends, in order.

    down: customers and lists cannot be read. sent: every posting that arrived, in order. keys: what
    Stripe remembers under each idempotency key; clear it to let a day pass.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.customers: dict[str, BillingCustomer] = {}
        self.transactions: list[BalanceTransaction] = []
        self.keys: dict[str, tuple[Posting, SendResult]] = {}
        self.script: deque[str] = deque()
        self.sent: list[Posting] = []
        self.down = False

    def add_customer(self, account: str, currency: str | None = "USD") -> None:
        """Let Stripe know this account, in good standing."""
        self.customers[account] = BillingCustomer(account, False, currency, "good")

    def update_referrer(self, account: str, **changes: object) -> None:
        """Change what Stripe says about an account."""
        self.customers[account] = replace(self.customers[account], **changes)  # type: ignore[arg-type]

    def balance(self, account: str) -> int:
        """Return what the account gained, in minor units of any currency."""
        return sum(each.amount.minor for each in self.transactions if each.account == account)

    def read_customer(self, account: str) -> BillingCustomer | None:
        self._answer()
        return self.customers.get(account)

    def list_transactions(self, account: str) -> tuple[BalanceTransaction, ...]:
        self._answer()
        return tuple(each for each in reversed(self.transactions) if each.account == account)

    def send(self, posting: Posting) -> SendResult:
        self.sent.append(posting)
        kind, _, effect = (self.script.popleft() if self.script else "posted").partition("+")
        if kind == "again" and not effect:
            return SendResult("again")  # never reached the idempotency layer
        if posting.key in self.keys:
            first, result = self.keys[posting.key]
            return (
                result if first == posting else SendResult("mismatch", reason=Reason("key_reused"))
            )
        if kind in ("mismatch", "rejected"):
            code = {"mismatch": "key_reused", "rejected": "stripe_refused"}[kind]
            return SendResult(kind, reason=Reason(code))  # type: ignore[arg-type]
        transaction = self.make(posting) if effect or kind == "posted" else ""
        result = SendResult("suspect") if kind == "suspect" else SendResult("posted", transaction)
        self.keys[posting.key] = (posting, result)
        return SendResult("again") if kind == "again" else result

    def make(self, posting: Posting) -> str:
        """Put a balance transaction there and return its id, for any key."""
        name = f"cbtxn_{len(self.transactions) + 1}"
        self.transactions.append(
            BalanceTransaction(
                name, posting.account, posting.amount, self.clock(), dict(posting.metadata)
            )
        )
        return name

    def bill(self, account: str, minor: int, invoice: str) -> None:
        """Finalize an invoice: what lies on the balance comes off it, up to its total."""
        taken = min(self.balance(account), minor)
        if taken:
            self._move(account, -taken, "applied_to_invoice", invoice)

    def void(self, account: str, invoice: str) -> None:
        """Void an invoice: what came off it goes back."""
        taken = [
            each for each in self.transactions if (each.account, each.invoice) == (account, invoice)
        ]
        self._move(
            account, -sum(each.amount.minor for each in taken), "unapplied_from_invoice", invoice
        )

    def _move(self, account: str, minor: int, kind: str, invoice: str) -> None:
        name = f"cbtxn_{len(self.transactions) + 1}"
        currency = self.customers[account].currency or "USD"
        made = BalanceTransaction(
            name, account, Money(minor, currency), self.clock(), {}, kind, invoice
        )
        self.transactions.append(made)

    def _answer(self) -> None:
        if self.down:
            raise Unavailable("Stripe does not answer")
