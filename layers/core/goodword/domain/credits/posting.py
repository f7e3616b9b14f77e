"""The Stripe side of a credit: the request, the result and the balance transactions."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Final, Literal

from goodword.domain.money import Money
from goodword.domain.reason import Reason, Vocabulary
from goodword.domain.record import dataclass


@dataclass(frozen=True, slots=True)
class Posting:
    """One balance transaction to create, fixed before the first send so that a retry is identical.

    amount: positive for a credit; the adapter changes the sign (Stripe: negative is a credit). A
    reversal has a negative amount. key: the idempotency key.
    """

    account: str
    amount: Money
    description: str
    key: str
    metadata: dict[str, str] = field(default_factory=dict)


# Why Stripe rejected a send. http: the status of its answer. codes: type, code and parameter of its
# error.
SEND_REFUSALS: Final[Vocabulary] = {
    "key_reused": {},
    "stripe_refused": {"http": "count", "codes": "id", "request": "id"},
    "stripe_key_refused": {"http": "count", "codes": "id", "request": "id"},
}
SendKind = Literal["posted", "again", "suspect", "mismatch", "rejected"]


@dataclass(frozen=True, slots=True)
class SendResult:
    """The result of one send.

    posted: it exists, transaction is its id. again: unknown (timeout, connection lost, 409, 429);
    the same key may be sent again. suspect: 500, indeterminate. mismatch: the key was used with
    other parameters. rejected: a final refusal (4xx). reason: of the last two; it has no personal
    data.
    """

    kind: SendKind
    transaction: str | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class BillingCustomer:
    """Stripe's data of an account.

    currency: ISO code in capitals, or None if Stripe has not fixed one. standing: the worst status
    of its subscriptions.
    """

    account: str
    deleted: bool
    currency: str | None
    standing: Literal["good", "past_due", "ended"]


@dataclass(frozen=True, slots=True)
class BalanceTransaction:
    """One balance transaction at Stripe; amount is positive for a credit.

    kind: Stripe's type (adjustment, applied_to_invoice, unapplied_from_invoice, …). invoice: the
    invoice that it concerns, if any. docs.stripe.com/billing/customer/balance#types
    """

    transaction: str
    account: str
    amount: Money
    created_at: datetime
    metadata: dict[str, str]
    kind: str = "adjustment"
    invoice: str = ""


@dataclass(frozen=True, slots=True)
class RefundQuestion:
    """What a refund event does not show: the customer's address, and the invoice's remainder.

    customer: the prospect's Stripe customer. invoice: the one that a credit note is of; empty for a
    charge.
    """

    customer: str
    invoice: str = ""


@dataclass(frozen=True, slots=True)
class CreditedInvoice:
    """An invoice of a prospect with the total of its credit notes, in minor units.

    noted_at: when the newest valid note was made, or None without one. email: as on the invoice.
    """

    invoice: str
    total_minor: int
    credited_minor: int
    currency: str
    noted_at: datetime | None
    email: str = ""
