"""The Stripe side of a credit: what is sent, what comes back, what stands there."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Final, Literal

from goodword.domain.money import Money
from goodword.domain.reason import Reason, Vocabulary
from goodword.domain.record import dataclass


@dataclass(frozen=True, slots=True)
class Posting:
    """One balance transaction to be made, frozen before the first send so that a repeat is the same call.

    amount: what the account gains; the adapter turns the sign (Stripe: negative is a credit). A
    reversal has a negative amount. key: the idempotency key.
    """

    account: str
    amount: Money
    description: str
    key: str
    metadata: dict[str, str] = field(default_factory=dict)


# Why Stripe will not take a send. http: the status of its answer. codes: type, code and parameter
# of its error.
SEND_REFUSALS: Final[Vocabulary] = {
    "key_reused": {},
    "stripe_refused": {"http": "count", "codes": "id", "request": "id"},
    "stripe_key_refused": {"http": "count", "codes": "id", "request": "id"},
}
SendKind = Literal["posted", "again", "suspect", "mismatch", "rejected"]


@dataclass(frozen=True, slots=True)
class SendResult:
    """What is known after one send.

    posted: it stands, transaction is its id. again: nobody knows (timeout, connection lost, 409,
    429); the same key may be sent again. suspect: 500, indeterminate. mismatch: the key was used
    with other parameters. rejected: Stripe said no for good (4xx). reason: of the last two; it has
    no personal data.
    """

    kind: SendKind
    transaction: str | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class BillingCustomer:
    """What Stripe says about an account.

    currency: ISO code in capitals, or None where Stripe has not fixed one. standing: the worst that
    its subscriptions say.
    """

    account: str
    deleted: bool
    currency: str | None
    standing: Literal["good", "past_due", "ended"]


@dataclass(frozen=True, slots=True)
class BalanceTransaction:
    """One balance transaction as Stripe holds it; amount as the account gains it (a credit is positive).

    kind: Stripe's own word for what it is (adjustment, applied_to_invoice, unapplied_from_invoice,
    …). invoice: the invoice that it concerns, if any.
    docs.stripe.com/billing/customer/balance#types
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
    """What an event of a refund does not show: whose address it is, and how much of the invoice is left.

    customer: the prospect's Stripe customer. invoice: the one that a credit note is of; empty for a
    charge.
    """

    customer: str
    invoice: str = ""


@dataclass(frozen=True, slots=True)
class CreditedInvoice:
    """An invoice of a prospect's with what its credit notes give back, in the invoice's minor units.

    noted_at: when the newest of them was made, or None where none is in force. email: as on the
    invoice.
    """

    invoice: str
    total_minor: int
    credited_minor: int
    currency: str
    noted_at: datetime | None
    email: str = ""
