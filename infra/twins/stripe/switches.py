"""The test switches under /_twin, which Stripe does not have: faults, clock, test data, state."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from infra.twins.stripe.books import Books, Charge, Customer
from infra.twins.stripe.events import Endpoint
from infra.twins.stripe.faults import KINDS, Fault
from infra.twins.stripe.invoicing import STATUSES, subscribe
from infra.twins.stripe.state import State
from infra.twins.stripe.wire import Json, Refusal, Reply, Request, json_reply

_CURRENCY = re.compile(r"[a-z]{3}")
_ACCOUNT = re.compile(r"cus_[A-Za-z0-9]{1,60}")
_CHARGE = re.compile(r"ch_[A-Za-z0-9]{1,60}")
_READ_KINDS = frozenset(
    {
        "timeout_before_effect",
        "rate_limit",
        "conflict",
        "unavailable",
        "error_no_effect",
        "lost_reply",
        "garbled_reply",
    }
)
_WEBHOOK = re.compile(r"http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?/[!-~]{0,200}")
_MOST_FAULTS = 100_000
_LARGEST_NUMBER = 1_000_000_000  # about thirty years in seconds


def answer(state: State, request: Request) -> Reply:
    """Answer a request under /_twin; its body and the reply's are JSON."""
    switch = _SWITCHES.get((request.method, request.path.removeprefix("/_twin/")))
    if switch is None:
        raise Refusal(404, "There is no such switch.")
    return json_reply(200, switch(state, _read(request.body), request.now))


def _set_faults(state: State, given: Json, _now: int) -> Json:
    """POST /_twin/faults {kind, count = 1, on = send

    read, late_seconds = 60}: add faults.
    """
    kind, on = given.get("kind"), given.get("on", "send")
    count, late = _whole(given, "count", 1), _whole(given, "late_seconds", 60)
    if (
        kind not in KINDS
        or on not in ("send", "read")
        or (on == "read" and kind not in _READ_KINDS)
    ):
        raise Refusal(400, f"Unknown fault. Known: {', '.join(KINDS)}.", param="kind")
    if count > _MOST_FAULTS:
        raise Refusal(400, f"At most {_MOST_FAULTS} at once.", param="count")
    state.faults.waiting += [Fault(kind, on, late)] * count
    return {"waiting": len(state.faults.waiting)}


def _clear_faults(state: State, _given: Json, _now: int) -> Json:
    """POST /_twin/heal: remove all waiting faults; late effects still happen."""
    state.faults.waiting.clear()
    return {"waiting": 0}


def _advance(state: State, given: Json, now: int) -> Json:
    """POST /_twin/advance {seconds}: advance the clock, and run late effects that are due."""
    seconds = _whole(given, "seconds", 0)
    state.offset_seconds += seconds
    settled = state.faults.settle(now + seconds, only_due=True)
    return {"now": now + seconds, "settled": settled}


def _settle(state: State, _given: Json, now: int) -> Json:
    """POST /_twin/settle: run every late effect now."""
    return {"now": now, "settled": state.faults.settle(now, only_due=False)}


def _reset(state: State, _given: Json, _now: int) -> Json:
    """POST /_twin/reset: clear everything but the id counter."""
    state.reset()
    return {}


def _put_customer(state: State, given: Json, now: int) -> Json:
    """POST /_twin/customers {id, currency, email, name, delinquent, deleted}: put a customer."""
    account = given.get("id")
    if not isinstance(account, str) or not _ACCOUNT.fullmatch(account):
        raise Refusal(400, "An id looks like cus_TEST1.", param="id")
    old = state.books.customers.get(account) or Customer(account, now)
    changes: Json = {
        name: given[name] for name in ("currency", "email", "name") if _is_text(given, name)
    }
    if "currency" in changes and not _CURRENCY.fullmatch(changes["currency"]):
        raise Refusal(400, "A currency looks like usd.", param="currency")
    if "delinquent" in given:
        changes["delinquent"] = bool(given["delinquent"])
    made = replace(old, **changes)
    state.books.customers[account] = made
    state.books.happened.append(("customer.updated", account))
    if given.get("deleted"):
        state.books.delete(made, now)
    return asdict(state.books.customers[account])


def _put_charge(state: State, given: Json, now: int) -> Json:
    """POST /_twin/charges: put one payment.

    Fields: id, customer, amount, refunded, status, captured, receipt_email. amount and refunded are
    in minor units of usd; a higher refunded amount makes an event.
    """
    books, name, customer = state.books, given.get("id"), given.get("customer")
    if not isinstance(name, str) or not _CHARGE.fullmatch(name) or not isinstance(customer, str):
        raise Refusal(400, "Give a customer and an id such as ch_TEST1.", param="id")
    books.customer(customer, "customer")
    old = books.charges.get(name) or Charge(name, customer, now, 0, "usd")
    amount = _whole(given, "amount", old.amount)
    refunded = min(amount, _whole(given, "refunded", old.amount_refunded))
    changes: Json = {
        each: given[each] for each in ("status", "receipt_email") if _is_text(given, each)
    }
    changes["captured"] = bool(given.get("captured", old.captured))
    books.charges[name] = replace(old, amount=amount, amount_refunded=refunded, **changes)
    if refunded > old.amount_refunded:
        books.happened.append(("charge.refunded", name))
    return asdict(books.charges[name])


def _put_subscription(state: State, given: Json, now: int) -> Json:
    """POST /_twin/subscriptions {customer, status, currency, another}: set a status.

    It changes the last subscription, or makes one; another: makes one more. A customer that is past
    due is delinquent too, and one that is active is not.
    """
    customer, status = given.get("customer"), given.get("status")
    if not isinstance(customer, str) or status not in STATUSES:
        raise Refusal(400, f"Give a customer and a status: {', '.join(STATUSES)}.", param="status")
    books = state.books
    found = books.living_customer(customer)
    books.customers[customer] = replace(found, delinquent=status in ("past_due", "unpaid"))
    owned = [each for each in books.subscriptions.values() if each.customer == customer]
    if given.get("another") or not owned:
        currency = given["currency"] if _is_text(given, "currency") else None
        return asdict(subscribe(books, customer, status, currency, now))
    made = replace(owned[-1], status=status, canceled_at=now if status == "canceled" else None)
    books.subscriptions[made.id] = made
    return asdict(made)


def _set_webhook(state: State, given: Json, _now: int) -> Json:
    """POST /_twin/webhook {url, secret}: send signed events there; without url, to no endpoint.

    Only to this machine, since the events are for tests.
    """
    if not given.get("url"):
        state.events.endpoint = None
        return {"url": None}
    url, secret = given["url"], given.get("secret")
    if (
        not isinstance(url, str)
        or not _WEBHOOK.fullmatch(url)
        or not isinstance(secret, str)
        or not secret
    ):
        raise Refusal(
            400,
            "Give a secret and a url on this machine: http://127.0.0.1:8700/webhooks/stripe.",
        )
    state.events.endpoint = Endpoint(url, secret)
    return {"url": url}


def _dump(state: State, _given: Json, now: int) -> Json:
    """GET /_twin/state: return the state of the twin, and its requests."""
    return {
        "now": now,
        "customers": _customers(state.books),
        "transactions": {
            name: [asdict(each) for each in moves]
            for name, moves in state.books.transactions.items()
        },
        "invoices": {name: asdict(each) for name, each in state.books.invoices.items()},
        "subscriptions": {name: asdict(each) for name, each in state.books.subscriptions.items()},
        "keys": state.keys.as_json(),
        "faults": [asdict(each) for each in state.faults.waiting],
        "late": len(state.faults.late),
        "requests": list(state.requests),
    }


def _customers(books: Books) -> Json:
    return {
        name: {**asdict(each), "balances": books.balances(name)}
        for name, each in books.customers.items()
    }


_SWITCHES: dict[tuple[str, str], Callable[[State, Json, int], Json]] = {
    ("POST", "faults"): _set_faults,
    ("POST", "heal"): _clear_faults,
    ("POST", "advance"): _advance,
    ("POST", "settle"): _settle,
    ("POST", "reset"): _reset,
    ("POST", "customers"): _put_customer,
    ("POST", "charges"): _put_charge,
    ("POST", "subscriptions"): _put_subscription,
    ("POST", "webhook"): _set_webhook,
    ("GET", "state"): _dump,
}


def _read(body: bytes) -> Json:
    if not body:
        return {}
    try:
        given: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON.") from None
    if not isinstance(given, dict):
        raise Refusal(400, "The body is not a JSON object.")
    return given


def _whole(given: Json, name: str, default: int) -> int:
    value = given.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST_NUMBER:
        raise Refusal(400, f"{name} is a whole number from 0 to {_LARGEST_NUMBER}.", param=name)
    return value


def _is_text(given: Json, name: str) -> bool:
    if name not in given:
        return False
    if not isinstance(given[name], str):
        raise Refusal(400, f"{name} is a text.", param=name)
    return True
