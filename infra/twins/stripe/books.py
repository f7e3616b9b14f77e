"""The twin's records, and how a customer's balance moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from infra.twins.stripe.wire import Refusal, missing

NewId = Callable[[str], str]
TransactionType = Literal["adjustment", "applied_to_invoice", "unapplied_from_invoice"]
InvoiceStatus = Literal["draft", "open", "paid", "void"]


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer; currency None until an operation sets it, created in Unix seconds."""

    id: str
    created: int
    currency: str | None = None
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    delinquent: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Transaction:
    """One change of a balance; a negative amount is a credit."""

    id: str
    customer: str
    created: int
    amount: int
    currency: str
    type: TransactionType
    ending_balance: int
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    invoice: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceItem:
    """One line of an invoice."""

    id: str
    amount: int
    description: str | None


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice; the applied balance is negative for a credit, like the balance."""

    id: str
    customer: str
    created: int
    currency: str
    number: str
    items: tuple[InvoiceItem, ...] = ()
    status: InvoiceStatus = "draft"
    starting_balance: int = 0
    ending_balance: int | None = None
    applied_balance: int = 0
    finalized_at: int | None = None
    voided_at: int | None = None
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    credited: int = 0

    @property
    def total(self) -> int:
        """Return the sum of the lines, before the balance."""
        return sum(item.amount for item in self.items)

    @property
    def amount_due(self) -> int:
        """Return the amount due after the balance and the credit notes."""
        return self.total + self.applied_balance - self.credited


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit note on an open invoice, which reduces the amount due."""

    id: str
    invoice: str
    customer: str
    created: int
    amount: int
    currency: str
    status: Literal["issued", "void"] = "issued"
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Charge:
    """A payment of a customer, made by a switch: the twin takes no money."""

    id: str
    customer: str
    created: int
    amount: int
    currency: str
    amount_refunded: int = 0
    status: Literal["succeeded", "pending", "failed"] = "succeeded"
    captured: bool = True
    receipt_email: str | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription, of which only the status matters here."""

    id: str
    customer: str
    created: int
    status: str
    currency: str
    canceled_at: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


class Books:
    """The twin's records of customers; each table is in the order of creation."""

    def __init__(self, new_id: NewId) -> None:
        self.new_id = new_id
        self.customers: dict[str, Customer] = {}
        self.transactions: dict[str, list[Transaction]] = {}
        self.invoices: dict[str, Invoice] = {}
        self.credit_notes: dict[str, CreditNote] = {}
        self.charges: dict[str, Charge] = {}
        self.subscriptions: dict[str, Subscription] = {}
        # Pending events: the type of an event and its object.
        self.happened: list[tuple[str, str]] = []

    def customer(self, name: str, param: str = "id") -> Customer:
        """Return the customer, deleted or not; raise Refusal if it never existed."""
        found = self.customers.get(name)
        if found is None:
            raise missing("customer", name, param)
        return found

    def living_customer(self, name: str, param: str = "customer") -> Customer:
        """Return the customer; raise Refusal if it was deleted.

        docs.stripe.com/api/customers/delete
        """
        found = self.customer(name, param)
        if found.deleted:
            raise missing("customer", name, param)
        return found

    def balance(self, customer: str, currency: str) -> int:
        """Return the balance in one currency: the sum of its transactions, negative for a credit.

        docs.stripe.com/billing/customer/balance
        """
        return sum(
            each.amount for each in self.transactions.get(customer, ()) if each.currency == currency
        )

    def balances(self, customer: str) -> dict[str, int]:
        """Return the balance in each currency that was ever used."""
        currencies = sorted({each.currency for each in self.transactions.get(customer, ())})
        return {currency: self.balance(customer, currency) for currency in currencies}

    def move(
        self,
        customer: Customer,
        amount: int,
        currency: str,
        type_: TransactionType,
        now: int,
        *,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
        invoice: str | None = None,
    ) -> Transaction:
        """Write one transaction, which sets the currency of a customer without one.

        A transaction in another currency has a balance of its own.
        docs.stripe.com/api/customer_balance_transactions/create
        """
        made = Transaction(
            id=self.new_id("cbtxn"),
            customer=customer.id,
            created=now,
            amount=amount,
            currency=currency,
            type=type_,
            ending_balance=self.balance(customer.id, currency) + amount,
            description=description,
            metadata=dict(metadata or {}),
            invoice=invoice,
        )
        if customer.currency is None:
            self.customers[customer.id] = replace(customer, currency=currency)
        self.transactions.setdefault(customer.id, []).append(made)
        return made

    def finalize(self, invoice: Invoice, now: int) -> Invoice:
        """Finalize a draft and apply the balance in its currency.

        A credit is applied up to the total, a debit in full.
        docs.stripe.com/billing/customer/balance, docs.stripe.com/api/invoices/finalize
        """
        if invoice.status != "draft":
            raise Refusal(400, "This invoice is already finalized, you can't re-finalize it.")
        if invoice.total < 0:
            raise Refusal(400, "The twin has no invoices with a negative total.")
        customer = self.living_customer(invoice.customer)
        before = self.balance(customer.id, invoice.currency)
        applied = max(before, -invoice.total)
        if applied:
            self.move(
                customer, -applied, invoice.currency, "applied_to_invoice", now, invoice=invoice.id
            )
        made = replace(
            invoice,
            status="paid" if invoice.total + applied == 0 else "open",
            starting_balance=before,
            ending_balance=before - applied,
            applied_balance=applied,
            finalized_at=now,
        )
        self.invoices[made.id] = made
        self.happened.append(("invoice.finalized", made.id))
        if made.status == "paid":
            self.happened.append(("invoice.paid", made.id))
        return made

    def void(self, invoice: Invoice, now: int) -> Invoice:
        """Void an open invoice, and return the applied balance to the customer.

        docs.stripe.com/api/invoices/void,
        docs.stripe.com/changelog/2019-12-03/customer-balances-returned-voided-invoices
        """
        if invoice.status != "open":
            raise Refusal(
                400, f"You can only void open invoices. This invoice has status {invoice.status}."
            )
        customer = self.living_customer(invoice.customer)
        if invoice.applied_balance:
            self.move(
                customer,
                invoice.applied_balance,
                invoice.currency,
                "unapplied_from_invoice",
                now,
                invoice=invoice.id,
            )
        made = replace(invoice, status="void", voided_at=now)
        self.invoices[made.id] = made
        self.happened.append(("invoice.voided", made.id))
        return made

    def credit(
        self, invoice: Invoice, amount: int, metadata: Mapping[str, str], now: int
    ) -> CreditNote:
        """Credit a part or all of an open invoice; without an amount due it is paid.

        docs.stripe.com/api/credit_notes/create
        """
        if invoice.status != "open":
            raise Refusal(400, "The twin has credit notes on open invoices only.", param="invoice")
        if not 0 < amount <= invoice.amount_due:
            raise Refusal(400, "A credit note is of what is due at most.", param="amount")
        made = CreditNote(
            id=self.new_id("cn"),
            invoice=invoice.id,
            customer=invoice.customer,
            created=now,
            amount=amount,
            currency=invoice.currency,
            metadata=metadata,
        )
        left = replace(invoice, credited=invoice.credited + amount)
        self.credit_notes[made.id] = made
        self.invoices[left.id] = left if left.amount_due else replace(left, status="paid")
        self.happened.append(("credit_note.created", made.id))
        if not left.amount_due:
            self.happened.append(("invoice.paid", left.id))
        return made

    def void_note(self, note: CreditNote) -> CreditNote:
        """Void a credit note on an invoice that is still open.

        docs.stripe.com/api/credit_notes/void
        """
        invoice = self.invoices[note.invoice]
        if note.status == "void" or invoice.status != "open":
            raise Refusal(400, "A credit note can be voided once, and while its invoice is open.")
        made = replace(note, status="void")
        self.credit_notes[made.id] = made
        self.invoices[invoice.id] = replace(invoice, credited=invoice.credited - note.amount)
        self.happened.append(("credit_note.voided", made.id))
        return made

    def delete(self, customer: Customer, now: int) -> None:
        """Delete a customer and cancel its subscriptions at once.

        docs.stripe.com/api/customers/delete
        """
        self.customers[customer.id] = replace(customer, deleted=True)
        self.happened.append(("customer.deleted", customer.id))
        for each in list(self.subscriptions.values()):
            if each.customer == customer.id and each.status != "canceled":
                self.subscriptions[each.id] = replace(each, status="canceled", canceled_at=now)
