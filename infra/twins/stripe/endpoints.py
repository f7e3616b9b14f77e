"""Customers and their balance transactions.

An endpoint first takes and checks its fields, and returns the effect that runs it. The idempotency
layer runs between the two, since it stores nothing for invalid fields:
docs.stripe.com/api/idempotent_requests
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from infra.twins.stripe.books import Books, Charge, Customer, Transaction
from infra.twins.stripe.invoicing import show_subscription
from infra.twins.stripe.wire import Effect, Fields, Json, Paging, Refusal, missing

# The step of amounts: docs.stripe.com/currencies#three-decimal and #special-cases
_STEPS = {**dict.fromkeys(("bhd", "jod", "kwd", "omr", "tnd"), 10), "isk": 100}
_EXPANDABLE = ("subscriptions", "invoice_credit_balance")


def create_customer(books: Books, fields: Fields) -> Effect:
    """POST /v1/customers: docs.stripe.com/api/customers/create."""
    change = _customer_fields(fields)

    def run(now: int) -> Json:
        made = Customer(books.new_id("cus"), now)
        books.customers[made.id] = change(made)
        return show_customer(books, books.customers[made.id])

    return run


def read_customer(books: Books, fields: Fields, customer: str) -> Effect:
    """GET /v1/customers/{id}; a deleted one is a stub: docs.stripe.com/api/customers/retrieve."""
    expand = fields.expand(*_EXPANDABLE)
    fields.done()

    def run(_now: int) -> Json:
        found = books.customer(customer)
        return _stub(found) if found.deleted else show_customer(books, found, expand)

    return run


def update_customer(books: Books, fields: Fields, customer: str) -> Effect:
    """POST /v1/customers/{id}: docs.stripe.com/api/customers/update."""
    change = _customer_fields(fields)

    def run(_now: int) -> Json:
        books.customers[customer] = change(books.living_customer(customer, "id"))
        books.happened.append(("customer.updated", customer))
        return show_customer(books, books.customers[customer])

    return run


def delete_customer(books: Books, fields: Fields, customer: str) -> Effect:
    """DELETE /v1/customers/{id}: docs.stripe.com/api/customers/delete."""
    fields.done()

    def run(now: int) -> Json:
        found = books.living_customer(customer, "id")
        books.delete(found, now)
        return _stub(found)

    return run


def list_customers(books: Books, fields: Fields) -> Effect:
    """GET /v1/customers: docs.stripe.com/api/customers/list."""
    paging, email = Paging.take(fields), fields.text("email")
    fields.done()

    def run(_now: int) -> Json:
        found = [each for each in reversed(books.customers.values()) if not each.deleted]
        rows = [show_customer(books, each) for each in found if email in (None, each.email)]
        return paging.of(rows, "/v1/customers")

    return run


def create_transaction(books: Books, fields: Fields, customer: str) -> Effect:
    """POST /v1/customers/{id}/balance_transactions.

    Its type is always adjustment: docs.stripe.com/billing/customer/balance#types,
    docs.stripe.com/api/customer_balance_transactions/create
    """
    amount = fields.need_integer("amount")
    currency = fields.currency() or fields.need("currency")
    step = _STEPS.get(currency, 1)
    if amount % step:
        raise Refusal(400, f"An amount in {currency} must be a multiple of {step}.", param="amount")
    description, metadata = fields.text("description", limit=350), fields.metadata()({})
    fields.expand()
    fields.done()

    def run(now: int) -> Json:
        found = books.living_customer(customer)
        made = books.move(
            found,
            amount,
            currency,
            "adjustment",
            now,
            description=description,
            metadata=metadata,
        )
        return show_transaction(made)

    return run


def list_transactions(books: Books, fields: Fields, customer: str) -> Effect:
    """GET …/balance_transactions, newest first.

    Metadata is not a filter here. A deleted customer's history can still be read.
    docs.stripe.com/api/customer_balance_transactions/list
    """
    paging, invoice = Paging.take(fields), fields.text("invoice")
    fields.done()

    def run(_now: int) -> Json:
        books.customer(customer, "customer")
        found = reversed(books.transactions.get(customer, ()))
        rows = [show_transaction(each) for each in found if invoice in (None, each.invoice)]
        return paging.of(rows, f"/v1/customers/{customer}/balance_transactions")

    return run


def read_transaction(books: Books, fields: Fields, customer: str, transaction: str) -> Effect:
    """GET …/balance_transactions/{id}.

    docs.stripe.com/api/customer_balance_transactions/retrieve
    """
    fields.done()
    return lambda _now: show_transaction(_transaction(books, customer, transaction)[1])


def update_transaction(books: Books, fields: Fields, customer: str, transaction: str) -> Effect:
    """POST …/balance_transactions/{id}: only description and metadata can change.

    docs.stripe.com/api/customer_balance_transactions/update
    """
    description, change = fields.text("description", limit=350), fields.metadata()
    fields.done()

    def run(_now: int) -> Json:
        place, found = _transaction(books, customer, transaction)
        made = replace(
            found,
            description=found.description if description is None else description or None,
            metadata=change(found.metadata),
        )
        books.transactions[customer][place] = made
        return show_transaction(made)

    return run


def list_charges(books: Books, fields: Fields) -> Effect:
    """GET /v1/charges, newest first; an unknown customer is an error.

    docs.stripe.com/api/charges/list
    """
    paging, customer = Paging.take(fields), fields.text("customer")
    fields.done()

    def run(_now: int) -> Json:
        if customer is not None:
            books.customer(customer, "customer")
        found = reversed(books.charges.values())
        rows = [show_charge(each) for each in found if customer in (None, each.customer)]
        return paging.of(rows, "/v1/charges")

    return run


def show_charge(charge: Charge) -> Json:
    """Return the charge as Stripe shows it, its customer by id.

    docs.stripe.com/api/charges/object
    """
    moved = charge.status == "succeeded" and charge.captured
    return {
        "id": charge.id,
        "object": "charge",
        "amount": charge.amount,
        "amount_captured": charge.amount if moved else 0,
        "amount_refunded": charge.amount_refunded,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "captured": charge.captured,
        "created": charge.created,
        "currency": charge.currency,
        "customer": charge.customer,
        "description": None,
        "disputed": False,
        "livemode": False,
        "metadata": {},
        "paid": charge.status == "succeeded",
        "receipt_email": charge.receipt_email,
        "refunded": charge.amount_refunded == charge.amount,
        "status": charge.status,
    }


def show_customer(books: Books, customer: Customer, expand: frozenset[str] = frozenset()) -> Json:
    """Return the customer as Stripe shows it: docs.stripe.com/api/customers/object.

    Its balance is the one in its own currency. The balances by currency, when expanded, have the
    other sign: a credit is positive there.
    """
    shown: Json = {
        "id": customer.id,
        "object": "customer",
        "address": None,
        "balance": books.balance(customer.id, customer.currency) if customer.currency else 0,
        "created": customer.created,
        "currency": customer.currency,
        "default_source": None,
        "delinquent": customer.delinquent,
        "description": customer.description,
        "email": customer.email,
        "livemode": False,
        "metadata": dict(customer.metadata),
        "name": customer.name,
        "phone": customer.phone,
        "shipping": None,
        "tax_exempt": "none",
    }
    if "invoice_credit_balance" in expand:
        shown["invoice_credit_balance"] = {
            currency: -amount for currency, amount in books.balances(customer.id).items()
        }
    if "subscriptions" in expand:
        shown["subscriptions"] = _current_subscriptions(books, customer)
    return shown


def show_transaction(transaction: Transaction) -> Json:
    """Return the transaction as Stripe shows it.

    docs.stripe.com/api/customer_balance_transactions/object
    """
    return {
        "id": transaction.id,
        "object": "customer_balance_transaction",
        "amount": transaction.amount,
        "checkout_session": None,
        "created": transaction.created,
        "credit_note": None,
        "currency": transaction.currency,
        "customer": transaction.customer,
        "description": transaction.description,
        "ending_balance": transaction.ending_balance,
        "invoice": transaction.invoice,
        "livemode": False,
        "metadata": dict(transaction.metadata),
        "type": transaction.type,
    }


def _current_subscriptions(books: Books, customer: Customer) -> Json:
    """Return the first page of current subscriptions: docs.stripe.com/api/customers/object."""
    found = reversed(books.subscriptions.values())
    rows = [
        show_subscription(each)
        for each in found
        if each.customer == customer.id and each.status not in ("canceled", "incomplete_expired")
    ]
    return Paging(10, None, None, {}).of(rows, f"/v1/customers/{customer.id}/subscriptions")


def _customer_fields(fields: Fields) -> Callable[[Customer], Customer]:
    """Take the changes of a customer; a missing field stays, an empty text unsets it."""
    texts = {name: fields.text(name) for name in ("email", "name", "phone", "description")}
    given: dict[str, Any] = {
        name: value or None for name, value in texts.items() if value is not None
    }
    metadata = fields.metadata()
    fields.done()

    def change(customer: Customer) -> Customer:
        return replace(customer, **given, metadata=metadata(customer.metadata))

    return change


def _stub(customer: Customer) -> Json:
    return {"id": customer.id, "object": "customer", "deleted": True}


def _transaction(books: Books, customer: str, transaction: str) -> tuple[int, Transaction]:
    books.customer(customer, "customer")
    for place, each in enumerate(books.transactions.get(customer, ())):
        if each.id == transaction:
            return place, each
    raise missing("customer_balance_transaction", transaction, "transaction")
