"""The twin's pages: a customer's balance, transactions and invoices."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from urllib.parse import parse_qsl

from infra.twins.stripe import invoicing
from infra.twins.stripe.books import Books, Customer, Invoice, Transaction
from infra.twins.stripe.wire import Fields, Reply, Request

# docs.stripe.com/currencies#zero-decimal and #three-decimal
_PLACES = {
    **dict.fromkeys(("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"), 0),
    **dict.fromkeys(("pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"), 0),
    **dict.fromkeys(("bhd", "jod", "kwd", "omr", "tnd"), 3),
}
_CUSTOMER = re.compile(r"/customers/([A-Za-z0-9_]+)")
_NEW_INVOICE = re.compile(r"/customers/([A-Za-z0-9_]+)/invoices")
_VOID = re.compile(r"/customers/([A-Za-z0-9_]+)/invoices/([A-Za-z0-9_]+)/void")
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Cache-Control": "no-store",
}
_LABELS = {
    "adjustment": "Adjustment",
    "applied_to_invoice": "Applied to invoice",
    "unapplied_from_invoice": "Returned from invoice",
}
_STYLE = """
:root { color-scheme: light dark; --ink: #1d2433; --soft: #667085; --line: #e4e7ec; --page: #f7f8fa;
  --card: #fff; --mark: #3b5bdb; --good: #087f5b; --bad: #b42318 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9f0; --soft: #98a2b3; --line: #2c3444;
  --page: #12161f; --card: #1a202c; --mark: #91a7ff; --good: #38d9a9; --bad: #ffa8a8 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif }
header, main { max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem }
header { display: flex; gap: .75rem; align-items: baseline; justify-content: space-between }
header a { color: inherit; font-weight: 650; text-decoration: none }
header span, .soft, dt, th { color: var(--soft); font-size: .875rem; font-weight: 400 }
h1 { font-size: 1.5rem; margin: .5rem 0 0 } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
overflow-x: auto }
.balance { padding: 1.25rem; margin: 1rem 0; display: flex; flex-wrap: wrap; gap: 1rem 3rem;
  align-items: end; justify-content: space-between }
.figure { font-size: 2.25rem; font-weight: 650; line-height: 1.1;
font-variant-numeric: tabular-nums }
.good { color: var(--good) } .bad { color: var(--bad) }
table { border-collapse: collapse; width: 100% }
th, td { padding: .6rem 1rem; text-align: left; border-top: 1px solid var(--line);
vertical-align: top }
tr:first-child th { border-top: 0 } .money { text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap }
code { font-size: .85em; overflow-wrap: anywhere } a { color: var(--mark) }
form { display: flex; gap: .5rem; align-items: end; margin: 0 }
label { font-size: .875rem; color: var(--soft) }
input { display: block; width: 8rem; padding: .5rem .6rem; border: 1px solid var(--line);
  border-radius: .5rem; background: var(--page); color: var(--ink); font: inherit }
button { padding: .5rem .9rem; border: 0; border-radius: .5rem; background: var(--mark);
  color: var(--card); font: inherit; font-weight: 600; cursor: pointer }
button.quiet { background: none; color: var(--mark); padding: 0; font-weight: 400;
  text-decoration: underline }
.empty { padding: 1rem; color: var(--soft) }
"""


def answer(books: Books, request: Request) -> Reply:
    """Answer a request for a page, or the form of one of its buttons."""
    if request.method == "GET":
        if request.path == "/":
            return _page(200, "Customers", _front(books))
        match = _CUSTOMER.fullmatch(request.path)
        if match is not None and match[1] in books.customers:
            return _page(200, match[1], _customer(books, books.customers[match[1]]))
    if request.method == "POST":
        match = _NEW_INVOICE.fullmatch(request.path)
        if match is not None:
            return _make_invoice(books, match[1], request)
        match = _VOID.fullmatch(request.path)
        if match is not None and match[2] in books.invoices:
            books.void(books.invoices[match[2]], request.now)
            return _back_to(match[1])
    return _page(404, "Not here", '<h1>Not here</h1><p>See <a href="/">all customers</a>.</p>')


def say_amount(minor: int, currency: str) -> str:
    """Return an amount as text: 50.00 USD."""
    places = _PLACES.get(currency, 2)
    whole, part = divmod(abs(minor), 10**places)
    digits = f"{whole:,}.{part:0{places}d}" if places else f"{whole:,}"
    return f"{'−' if minor < 0 else ''}{digits} {currency.upper()}"


def read_amount(text: str, currency: str) -> int | None:
    """Read an amount such as 120.00 into minor units, or None if it is not valid."""
    places = _PLACES.get(currency, 2)
    match = re.fullmatch(r"(\d{1,9})(?:\.(\d{1,3}))?", text.strip())
    if match is None or len(match[2] or "") > places:
        return None
    return int(match[1] + (match[2] or "").ljust(places, "0"))


def _make_invoice(books: Books, customer: str, request: Request) -> Reply:
    """Make an invoice with one line and finalize it at once, which applies the credit."""
    given = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    currency = given.get("currency", "usd").lower()
    amount = read_amount(given.get("amount", ""), currency)
    if amount is None or not re.fullmatch(r"[a-z]{3}", currency):
        return _page(
            400,
            "No amount",
            "<h1>That is no amount</h1><p>Write it as 120.00, with USD beside it.</p>",
        )
    made = invoicing.create_invoice(books, Fields({"customer": customer, "currency": currency}))(
        request.now
    )
    line = {
        "customer": customer,
        "invoice": made["id"],
        "amount": str(amount),
        "description": "Monthly bill",
    }
    invoicing.create_invoice_item(books, Fields(line))(request.now)
    books.finalize(books.invoices[made["id"]], request.now)
    return _back_to(customer)


def _back_to(customer: str) -> Reply:
    return Reply(303, {"Location": f"/customers/{customer}", "Content-Type": "text/plain"}, b"")


def _page(status: int, title: str, content: str) -> Reply:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Stripe twin</title><style>{_STYLE}</style></head><body>"
        '<header><a href="/">Stripe twin</a>'
        "<span>On this machine only. No real money.</span></header>"
        f"<main>{content}</main></body></html>"
    )
    return Reply(status, dict(_HEADERS), text.encode())


def _front(books: Books) -> str:
    rows = "".join(
        f'<tr><td><a href="/customers/{escape(each.id)}"><code>{escape(each.id)}</code></a></td>'
        f"<td>{_who(each)}</td><td>{_standing(books, each)}</td>"
        f'<td class="money">{"<br>".join(_balances(books, each))}</td></tr>'
        for each in reversed(books.customers.values())
    )
    heads = '<tr><th>Customer</th><th>Name</th><th>Standing</th><th class="money">Balance</th></tr>'
    return f"<h1>Customers</h1>{_table(heads, rows, 'No customer yet.')}"


def _customer(books: Books, customer: Customer) -> str:
    moves = "".join(
        _transaction_row(each) for each in reversed(books.transactions.get(customer.id, []))
    )
    bills = "".join(
        _invoice_row(each)
        for each in reversed(books.invoices.values())
        if each.customer == customer.id
    )
    move_heads = (
        "<tr><th>When</th><th>What</th><th>Description</th>"
        '<th class="money">Credit</th><th class="money">Balance after</th></tr>'
    )
    bill_heads = (
        '<tr><th>Invoice</th><th>Status</th><th class="money">Total</th>'
        '<th class="money">From balance</th><th class="money">To pay</th><th></th></tr>'
    )
    return (
        f"<h1>{_who(customer) or escape(customer.id)}</h1>"
        f'<p class="soft"><code>{escape(customer.id)}</code>'
        f" · {_standing(books, customer)}</p>"
        f'<section class="card balance"><div><div class="soft">Balance</div><div class="figure">'
        f"{'<br>'.join(_balances(books, customer))}</div></div>{_invoice_form(customer)}</section>"
        f"<h2>Invoices</h2>{_table(bill_heads, bills, 'No invoice yet.')}"
        f"<h2>Balance transactions</h2>{_table(move_heads, moves, 'The balance has never moved.')}"
    )


def _invoice_form(customer: Customer) -> str:
    if customer.deleted:
        return ""
    currency = escape((customer.currency or "usd").upper())
    amount = "120.00" if _PLACES.get(currency.lower(), 2) else "12000"
    return (
        f'<form method="post" action="/customers/{escape(customer.id)}/invoices">'
        f'<label>Amount<input name="amount" value="{amount}" inputmode="decimal" required></label>'
        f'<label>Currency<input name="currency" value="{currency}" maxlength="3" required></label>'
        "<button>Finalize an invoice</button></form>"
    )


def _transaction_row(each: Transaction) -> str:
    invoice = f"<br><code>{escape(each.invoice)}</code>" if each.invoice else ""
    return (
        f"<tr><td>{_when(each.created)}</td><td>{escape(_LABELS[each.type])}{invoice}"
        f'<br><code class="soft">{escape(each.id)}</code></td>'
        f"<td>{escape(each.description or '')}</td>"
        f'<td class="money">{_change(each.amount, each.currency)}</td>'
        f'<td class="money">{_said(each.ending_balance, each.currency)}</td></tr>'
    )


def _invoice_row(each: Invoice) -> str:
    used = say_amount(each.applied_balance, each.currency) if each.applied_balance else "none"
    button = ""
    if each.status == "open":
        action = f"/customers/{escape(each.customer)}/invoices/{escape(each.id)}/void"
        button = f'<form method="post" action="{action}"><button class="quiet">Void</button></form>'
    return (
        f'<tr><td>{escape(each.number)}<br><code class="soft">{escape(each.id)}</code></td>'
        f"<td>{escape(each.status.capitalize())}</td>"
        f'<td class="money">{say_amount(each.total, each.currency)}</td>'
        f'<td class="money">{used}</td>'
        f'<td class="money">{say_amount(max(0, each.amount_due), each.currency)}</td>'
        f"<td>{button}</td></tr>"
    )


def _balances(books: Books, customer: Customer) -> list[str]:
    balances = books.balances(customer.id)
    if not balances:
        return [_said(0, customer.currency)] if customer.currency else ["none"]
    return [_said(amount, currency) for currency, amount in balances.items()]


def _said(minor: int, currency: str) -> str:
    """Return a balance with its side: at Stripe a credit is negative."""
    amount = say_amount(abs(minor), currency)
    if minor < 0:
        return f'<span class="good">{amount} credit</span>'
    return f'<span class="bad">{amount} owed</span>' if minor > 0 else amount


def _change(minor: int, currency: str) -> str:
    """Return how much credit a transaction added or used."""
    kind, sign = ("good", "+") if minor < 0 else ("bad", "−")
    return f'<span class="{kind}">{sign}{say_amount(abs(minor), currency)}</span>'


def _who(customer: Customer) -> str:
    return escape(customer.name or customer.email or customer.description or "")


def _standing(books: Books, customer: Customer) -> str:
    if customer.deleted:
        return "Deleted"
    owned = [each.status for each in books.subscriptions.values() if each.customer == customer.id]
    said = ", ".join(sorted(set(owned))).replace("_", " ") or "no subscription"
    return escape(said.capitalize())


def _when(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _table(heads: str, rows: str, empty: str) -> str:
    content = (
        f"<table>{heads}{rows}</table>" if rows else f'<div class="empty">{escape(empty)}</div>'
    )
    return f'<div class="card">{content}</div>'
