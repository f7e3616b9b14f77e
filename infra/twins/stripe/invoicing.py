"""Invoices, their lines, their credit notes, and subscriptions as far as their status goes."""

from __future__ import annotations

from dataclasses import replace

from infra.twins.stripe.books import Books, CreditNote, Invoice, InvoiceItem, Subscription
from infra.twins.stripe.wire import Effect, Fields, Json, Paging, Refusal, missing

STATUSES = (
    "active",
    "canceled",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
)
_HOME_CURRENCY = "usd"  # the currency of the twin's own Stripe account


def create_invoice(books: Books, fields: Fields) -> Effect:
    """POST /v1/invoices: an empty draft, docs.stripe.com/api/invoices/create."""
    customer, currency = fields.need("customer"), fields.currency()
    description, metadata = fields.text("description", limit=1500), fields.metadata()({})
    fields.done()

    def run(now: int) -> Json:
        found = books.living_customer(customer)
        made = Invoice(
            id=books.new_id("in"),
            customer=found.id,
            created=now,
            currency=currency or found.currency or _HOME_CURRENCY,
            number=f"TWIN-{len(books.invoices) + 1:04d}",
            description=description,
            metadata=metadata,
        )
        books.invoices[made.id] = made
        return show_invoice(books, made)

    return run


def create_invoice_item(books: Books, fields: Fields) -> Effect:
    """POST /v1/invoiceitems: a line on a draft, docs.stripe.com/api/invoiceitems/create."""
    customer, invoice, amount = (
        fields.need("customer"),
        fields.need("invoice"),
        fields.need_integer("amount"),
    )
    currency, description = fields.currency(), fields.text("description")
    fields.done()

    def run(now: int) -> Json:
        books.living_customer(customer)
        found = _invoice(books, invoice, "invoice")
        if found.customer != customer:
            raise Refusal(400, "The invoice belongs to another customer.", param="invoice")
        if found.status != "draft":
            raise Refusal(400, "Lines can be added to a draft only.", param="invoice")
        if currency not in (None, found.currency):
            raise Refusal(400, "The line's currency is not that of the invoice.", param="currency")
        item = InvoiceItem(books.new_id("ii"), amount, description)
        books.invoices[invoice] = replace(found, items=(*found.items, item))
        return _show_item(item, found, now)

    return run


def read_invoice(books: Books, fields: Fields, invoice: str) -> Effect:
    """GET /v1/invoices/{id}: docs.stripe.com/api/invoices/retrieve."""
    fields.done()
    return lambda _now: show_invoice(books, _invoice(books, invoice))


def list_invoices(books: Books, fields: Fields) -> Effect:
    """GET /v1/invoices, newest first: docs.stripe.com/api/invoices/list."""
    paging, customer, status = Paging.take(fields), fields.text("customer"), fields.text("status")
    fields.done()

    def run(_now: int) -> Json:
        rows = [
            show_invoice(books, each)
            for each in reversed(books.invoices.values())
            if customer in (None, each.customer) and status in (None, each.status)
        ]
        return paging.of(rows, "/v1/invoices")

    return run


def finalize_invoice(books: Books, fields: Fields, invoice: str) -> Effect:
    """POST /v1/invoices/{id}/finalize: docs.stripe.com/api/invoices/finalize."""
    fields.text("auto_advance")  # invoices do not advance automatically here
    fields.done()
    return lambda now: show_invoice(books, books.finalize(_invoice(books, invoice), now))


def void_invoice(books: Books, fields: Fields, invoice: str) -> Effect:
    """POST /v1/invoices/{id}/void: docs.stripe.com/api/invoices/void."""
    fields.done()
    return lambda now: show_invoice(books, books.void(_invoice(books, invoice), now))


def create_credit_note(books: Books, fields: Fields) -> Effect:
    """POST /v1/credit_notes: docs.stripe.com/api/credit_notes/create."""
    invoice, amount, metadata = (
        fields.need("invoice"),
        fields.need_integer("amount"),
        fields.metadata()({}),
    )
    fields.done()

    def run(now: int) -> Json:
        return show_credit_note(
            books.credit(_invoice(books, invoice, "invoice"), amount, metadata, now)
        )

    return run


def list_credit_notes(books: Books, fields: Fields) -> Effect:
    """GET /v1/credit_notes, newest first, with void ones.

    docs.stripe.com/api/credit_notes/list
    """
    paging, customer, invoice = Paging.take(fields), fields.text("customer"), fields.text("invoice")
    fields.done()

    def run(_now: int) -> Json:
        rows = [
            show_credit_note(each)
            for each in reversed(books.credit_notes.values())
            if customer in (None, each.customer) and invoice in (None, each.invoice)
        ]
        return paging.of(rows, "/v1/credit_notes")

    return run


def void_credit_note(books: Books, fields: Fields, note: str) -> Effect:
    """POST /v1/credit_notes/{id}/void: docs.stripe.com/api/credit_notes/void."""
    fields.done()

    def run(_now: int) -> Json:
        found = books.credit_notes.get(note)
        if found is None:
            raise missing("credit_note", note)
        return show_credit_note(books.void_note(found))

    return run


def create_subscription(books: Books, fields: Fields) -> Effect:
    """POST /v1/subscriptions: active at once; its items are ignored.

    It sets the currency of a customer without one. docs.stripe.com/api/subscriptions/create
    """
    customer, currency, metadata = fields.need("customer"), fields.currency(), fields.metadata()({})
    fields.nested("items")
    fields.done()

    def run(now: int) -> Json:
        return show_subscription(subscribe(books, customer, "active", currency, now, metadata))

    return run


def read_subscription(books: Books, fields: Fields, subscription: str) -> Effect:
    """GET /v1/subscriptions/{id}: docs.stripe.com/api/subscriptions/retrieve."""
    fields.done()
    return lambda _now: show_subscription(_subscription(books, subscription))


def list_subscriptions(books: Books, fields: Fields) -> Effect:
    """GET /v1/subscriptions, without canceled ones by default.

    docs.stripe.com/api/subscriptions/list
    """
    paging, customer, status = Paging.take(fields), fields.text("customer"), fields.text("status")
    if status not in (None, "all", "ended", *STATUSES):
        raise Refusal(400, f"Invalid status: {status}", param="status")
    fields.done()

    def run(_now: int) -> Json:
        rows = [
            show_subscription(each)
            for each in reversed(books.subscriptions.values())
            if customer in (None, each.customer) and _is_asked_for(each.status, status)
        ]
        return paging.of(rows, "/v1/subscriptions")

    return run


def cancel_subscription(books: Books, fields: Fields, subscription: str) -> Effect:
    """DELETE /v1/subscriptions/{id}: docs.stripe.com/api/subscriptions/cancel."""
    fields.done()

    def run(now: int) -> Json:
        found = _subscription(books, subscription)
        if found.status == "canceled":
            raise missing("subscription", subscription)
        made = replace(found, status="canceled", canceled_at=now)
        books.subscriptions[made.id] = made
        return show_subscription(made)

    return run


def subscribe(
    books: Books,
    customer: str,
    status: str,
    currency: str | None,
    now: int,
    metadata: dict[str, str] | None = None,
) -> Subscription:
    """Give the customer a subscription with this status."""
    found = books.living_customer(customer)
    made = Subscription(
        id=books.new_id("sub"),
        customer=customer,
        created=now,
        status=status,
        currency=currency or found.currency or _HOME_CURRENCY,
        canceled_at=now if status == "canceled" else None,
        metadata=metadata or {},
    )
    books.customers[customer] = replace(found, currency=found.currency or made.currency)
    books.subscriptions[made.id] = made
    return made


def show_invoice(books: Books, invoice: Invoice) -> Json:
    """Return the invoice as Stripe shows it: docs.stripe.com/api/invoices/object.

    Until it is finalized its starting balance is the customer's present one, and the ending balance
    is unknown.
    """
    is_draft = invoice.status == "draft"
    starting = (
        books.balance(invoice.customer, invoice.currency) if is_draft else invoice.starting_balance
    )
    due = max(0, invoice.amount_due)
    return {
        "id": invoice.id,
        "object": "invoice",
        "amount_due": due,
        "amount_paid": 0,
        "amount_remaining": due if invoice.status in ("draft", "open") else 0,
        "created": invoice.created,
        "currency": invoice.currency,
        "customer": invoice.customer,
        "customer_email": books.customers[invoice.customer].email,
        "description": invoice.description,
        "ending_balance": invoice.ending_balance,
        "lines": {
            "object": "list",
            "url": f"/v1/invoices/{invoice.id}/lines",
            "has_more": False,
            "data": [_show_line(item, invoice) for item in invoice.items],
        },
        "livemode": False,
        "metadata": dict(invoice.metadata),
        "number": None if is_draft else invoice.number,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": invoice.credited,
        "starting_balance": starting,
        "status": invoice.status,
        "status_transitions": {
            "finalized_at": invoice.finalized_at,
            "marked_uncollectible_at": None,
            "paid_at": invoice.finalized_at if invoice.status == "paid" else None,
            "voided_at": invoice.voided_at,
        },
        "subtotal": invoice.total,
        "total": invoice.total,
    }


def show_credit_note(note: CreditNote) -> Json:
    """Return the note as Stripe shows it, its invoice by id.

    docs.stripe.com/api/credit_notes/object
    """
    return {
        "id": note.id,
        "object": "credit_note",
        "amount": note.amount,
        "created": note.created,
        "currency": note.currency,
        "customer": note.customer,
        "invoice": note.invoice,
        "livemode": False,
        "metadata": dict(note.metadata),
        "post_payment_amount": 0,
        "pre_payment_amount": note.amount,
        "status": note.status,
        "subtotal": note.amount,
        "total": note.amount,
        "type": "pre_payment",
    }


def show_subscription(subscription: Subscription) -> Json:
    """Return the subscription without its items: docs.stripe.com/api/subscriptions/object."""
    return {
        "id": subscription.id,
        "object": "subscription",
        "canceled_at": subscription.canceled_at,
        "created": subscription.created,
        "currency": subscription.currency,
        "customer": subscription.customer,
        "items": {"object": "list", "url": "/v1/subscription_items", "has_more": False, "data": []},
        "livemode": False,
        "metadata": dict(subscription.metadata),
        "status": subscription.status,
    }


def _show_line(item: InvoiceItem, invoice: Invoice) -> Json:
    return {
        "id": item.id.replace("ii_", "il_"),
        "object": "line_item",
        "amount": item.amount,
        "currency": invoice.currency,
        "description": item.description,
        "invoice": invoice.id,
        "livemode": False,
        "metadata": {},
        "quantity": 1,
    }


def _show_item(item: InvoiceItem, invoice: Invoice, now: int) -> Json:
    return {
        "id": item.id,
        "object": "invoiceitem",
        "amount": item.amount,
        "currency": invoice.currency,
        "customer": invoice.customer,
        "date": now,
        "description": item.description,
        "invoice": invoice.id,
        "livemode": False,
        "metadata": {},
        "quantity": 1,
    }


def _is_asked_for(status: str, asked: str | None) -> bool:
    if asked is None:
        return status != "canceled"
    if asked == "ended":
        return status in ("canceled", "incomplete_expired")
    return asked in ("all", status)


def _invoice(books: Books, invoice: str, param: str = "id") -> Invoice:
    found = books.invoices.get(invoice)
    if found is None:
        raise missing("invoice", invoice, param)
    return found


def _subscription(books: Books, subscription: str) -> Subscription:
    found = books.subscriptions.get(subscription)
    if found is None:
        raise missing("subscription", subscription)
    return found
