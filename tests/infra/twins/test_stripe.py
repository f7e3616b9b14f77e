"""The twin's rules, asked of its pure core.

Then its wire, with the real SDK and over plain HTTP.
"""

from __future__ import annotations

import base64
import http.client
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe

from infra.twins.stripe import Reply, StripeTwin, TwinHandle, start

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
CUSTOMER = "cus_TEST1"
SECRET = "sk_test_twin"
TRANSACTIONS = f"/v1/customers/{CUSTOMER}/balance_transactions"
ROOT = Path(__file__).parents[3]


class Caller:
    """Asks a twin's core, at a time that the test sets."""

    def __init__(self) -> None:
        self.twin = StripeTwin()
        self.now = NOW

    def ask(
        self,
        method: str,
        path: str,
        /,
        *,
        key: str | None = None,
        secret: str | None = SECRET,
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> Reply:
        form = urlencode({name: value for name, value in fields.items() if value is not None})
        sent = {"Authorization": f"Bearer {secret}"} if secret else {}
        if key is not None:
            sent["Idempotency-Key"] = key
        if method == "POST":
            return self.twin.handle(
                method, path, {**sent, **(headers or {})}, form.encode(), self.now
            )
        target = f"{path}?{form}" if form else path
        return self.twin.handle(method, target, {**sent, **(headers or {})}, b"", self.now)

    def post(self, path: str, /, **fields: Any) -> dict[str, Any]:
        return _ok(self.ask("POST", path, **fields))

    def get(self, path: str, /, **fields: Any) -> dict[str, Any]:
        return _ok(self.ask("GET", path, **fields))

    def switch(self, name: str, /, **values: object) -> dict[str, Any]:
        body = json.dumps(values).encode()
        return _ok(self.twin.handle("POST", f"/_twin/{name}", {}, body, self.now))

    def credit(self, amount: int = -5000, currency: str = "usd", key: str | None = None) -> Reply:
        return self.ask("POST", TRANSACTIONS, key=key, amount=amount, currency=currency)

    def amounts(self) -> list[int]:
        return [each["amount"] for each in self.get(TRANSACTIONS, limit=100)["data"]]

    def invoice(
        self, amount: int, currency: str = "usd", *, finalize: bool = True
    ) -> dict[str, Any]:
        made = self.post("/v1/invoices", customer=CUSTOMER, currency=currency)
        self.post("/v1/invoiceitems", customer=CUSTOMER, invoice=made["id"], amount=amount)
        if finalize:
            return self.post(f"/v1/invoices/{made['id']}/finalize")
        return self.get(f"/v1/invoices/{made['id']}")


@pytest.fixture
def caller() -> Caller:
    made = Caller()
    made.switch(
        "customers", id=CUSTOMER, currency="usd", name="Ana Example", email="ana@example.com"
    )
    return made


def _ok(reply: Reply) -> dict[str, Any]:
    assert reply.status == 200, reply.body
    return read(reply)


def read(reply: Reply) -> dict[str, Any]:
    said = json.loads(reply.body)
    assert isinstance(said, dict)
    return said


def error(reply: Reply) -> dict[str, Any]:
    said = read(reply)["error"]
    assert isinstance(said, dict)
    return said


# The balance: docs.stripe.com/billing/customer/balance


@pytest.mark.parametrize(("amount", "currency"), [(-5001, "kwd"), (-5005, "BHD"), (-1050, "isk")])
def test_an_amount_with_more_decimals_than_its_currency_is_refused(
    caller: Caller, amount: int, currency: str
) -> None:
    refused = caller.credit(amount, currency)
    assert (refused.status, error(refused)["param"]) == (400, "amount")
    assert caller.credit(-1000, currency).status == 200


def test_a_negative_amount_is_a_credit_and_balances_add_up(caller: Caller) -> None:
    first, second = read(caller.credit(-5000)), read(caller.credit(1500))
    assert first["id"].startswith("cbtxn_")
    assert first["type"] == "adjustment"
    assert (first["ending_balance"], second["ending_balance"]) == (-5000, -3500)
    assert caller.get(f"/v1/customers/{CUSTOMER}")["balance"] == -3500


def test_a_customer_without_a_currency_takes_the_first_one(caller: Caller) -> None:
    made = caller.post("/v1/customers", email="bea@example.com")
    caller.post(f"/v1/customers/{made['id']}/balance_transactions", amount=-100, currency="EUR")
    assert made["currency"] is None
    assert caller.get(f"/v1/customers/{made['id']}")["currency"] == "eur"


def test_another_currency_is_listed_without_changing_the_customers_balance(
    caller: Caller,
) -> None:
    caller.credit(-5000, "usd")
    assert read(caller.credit(-700, "eur"))["ending_balance"] == -700
    found = caller.get(f"/v1/customers/{CUSTOMER}", **{"expand[]": "invoice_credit_balance"})
    assert (found["currency"], found["balance"]) == ("usd", -5000)
    assert found["invoice_credit_balance"] == {"eur": 700, "usd": 5000}


def test_only_description_and_metadata_of_a_transaction_can_change(
    caller: Caller,
) -> None:
    made = caller.post(TRANSACTIONS, amount=-1, currency="usd", **{"metadata[a]": "1"})
    place = f"{TRANSACTIONS}/{made['id']}"
    changed = caller.post(place, description="Thanks", **{"metadata[a]": "", "metadata[b]": "2"})
    assert (changed["description"], changed["metadata"]) == ("Thanks", {"b": "2"})
    assert caller.get(place) == changed
    refused = caller.ask("POST", place, amount=-2)
    assert (refused.status, error(refused)["code"]) == (400, "parameter_unknown")


# Invoices: docs.stripe.com/api/invoices/finalize, docs.stripe.com/api/invoices/void


def test_a_credit_comes_off_the_next_invoice_that_is_finalized(caller: Caller) -> None:
    caller.credit(-5000)
    evaluation = caller.invoice(12000, finalize=False)
    assert (evaluation["status"], evaluation["ending_balance"], caller.amounts()) == (
        "draft",
        None,
        [-5000],
    )
    made = caller.post(f"/v1/invoices/{evaluation['id']}/finalize")
    assert (made["status"], made["total"], made["amount_due"]) == ("open", 12000, 7000)
    assert (made["starting_balance"], made["ending_balance"]) == (-5000, 0)
    (applied, _) = caller.get(TRANSACTIONS)["data"]
    assert (applied["type"], applied["amount"], applied["invoice"]) == (
        "applied_to_invoice",
        5000,
        made["id"],
    )


def test_a_credit_larger_than_the_invoice_pays_and_remains(caller: Caller) -> None:
    caller.credit(-5000)
    made = caller.invoice(2000)
    assert (made["status"], made["amount_due"], made["ending_balance"]) == ("paid", 0, -3000)


def test_what_is_owed_is_added_to_the_next_invoice(caller: Caller) -> None:
    caller.credit(1000)
    made = caller.invoice(2000)
    assert (made["amount_due"], made["ending_balance"]) == (3000, 0)


def test_a_credit_in_another_currency_stays_out_of_the_invoice(caller: Caller) -> None:
    caller.credit(-5000, "eur")
    made = caller.invoice(12000, "usd")
    assert made["amount_due"] == 12000
    assert caller.amounts() == [-5000]


def test_voiding_an_open_invoice_gives_its_credit_back(caller: Caller) -> None:
    caller.credit(-5000)
    made = caller.invoice(12000)
    assert caller.post(f"/v1/invoices/{made['id']}/void")["status"] == "void"
    found = caller.get(TRANSACTIONS)["data"]
    assert [each["type"] for each in found] == [
        "unapplied_from_invoice",
        "applied_to_invoice",
        "adjustment",
    ]
    assert found[0]["ending_balance"] == -5000


def test_only_open_invoices_void_and_only_drafts_finalize(caller: Caller) -> None:
    caller.credit(-5000)
    paid, open_ = caller.invoice(2000), caller.invoice(12000)
    assert caller.ask("POST", f"/v1/invoices/{paid['id']}/void").status == 400
    assert caller.ask("POST", f"/v1/invoices/{open_['id']}/finalize").status == 400
    assert len(caller.amounts()) == 3


# Credit notes: docs.stripe.com/api/credit_notes/create, docs.stripe.com/api/credit_notes/void


def test_a_credit_note_makes_less_due_and_leaves_the_total(caller: Caller) -> None:
    made = caller.invoice(12000)
    note = caller.post("/v1/credit_notes", invoice=made["id"], amount=2000)
    assert (note["amount"], note["invoice"], note["customer"]) == (2000, made["id"], CUSTOMER)
    left = caller.get(f"/v1/invoices/{made['id']}")
    assert (left["total"], left["amount_due"], left["status"]) == (12000, 10000, "open")
    assert left["pre_payment_credit_notes_amount"] == 2000


def test_credit_notes_pay_an_invoice_and_never_exceed_its_due(
    caller: Caller,
) -> None:
    made = caller.invoice(12000)
    too_much = {"invoice": made["id"], "amount": 12001}
    assert caller.ask("POST", "/v1/credit_notes", **too_much).status == 400
    caller.post("/v1/credit_notes", invoice=made["id"], amount=12000)
    assert caller.get(f"/v1/invoices/{made['id']}")["status"] == "paid"
    assert caller.ask("POST", "/v1/credit_notes", invoice=made["id"], amount=1).status == 400


def test_a_note_is_voided_once_and_listed_all_the_same(caller: Caller) -> None:
    made = caller.invoice(12000)
    first = caller.post("/v1/credit_notes", invoice=made["id"], amount=2000)["id"]
    second = caller.post("/v1/credit_notes", invoice=made["id"], amount=3000)["id"]
    assert caller.post(f"/v1/credit_notes/{first}/void")["status"] == "void"
    assert caller.ask("POST", f"/v1/credit_notes/{first}/void").status == 400
    listed = caller.get("/v1/credit_notes", invoice=made["id"])["data"]
    assert [(each["id"], each["status"]) for each in listed] == [
        (second, "issued"),
        (first, "void"),
    ]
    assert caller.get(f"/v1/invoices/{made['id']}")["amount_due"] == 9000


def test_invoices_are_listed_by_customer_and_status_newest_first(caller: Caller) -> None:
    first, second = caller.invoice(100), caller.invoice(200)
    caller.invoice(300, finalize=False)
    listed = caller.get("/v1/invoices", customer=CUSTOMER, status="open")["data"]
    assert [each["id"] for each in listed] == [second["id"], first["id"]]
    assert caller.get("/v1/invoices", customer="cus_TEST2")["data"] == []


# Idempotency keys: docs.stripe.com/api/idempotent_requests


def test_a_repeated_key_returns_the_same_reply_as_a_replay(caller: Caller) -> None:
    first, second = caller.credit(key="k1"), caller.credit(key="k1")
    assert (second.status, second.body) == (first.status, first.body)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    assert caller.amounts() == [-5000]


def test_without_a_key_every_request_is_a_new_one(caller: Caller) -> None:
    caller.credit()
    caller.credit()
    assert caller.amounts() == [-5000, -5000]


def test_a_key_with_other_parameters_errors_and_keeps_its_outcome(
    caller: Caller,
) -> None:
    first = caller.credit(-5000, key="k1")
    refused = caller.credit(-6000, key="k1")
    assert (refused.status, error(refused)["type"]) == (400, "idempotency_error")
    assert caller.credit(-5000, key="k1").body == first.body
    assert caller.amounts() == [-5000]


def test_a_key_used_at_another_address_is_an_error(caller: Caller) -> None:
    caller.credit(key="k1")
    refused = caller.ask("POST", "/v1/customers", key="k1", amount=-5000, currency="usd")
    assert (refused.status, error(refused)["type"]) == (400, "idempotency_error")


def test_the_order_of_the_fields_is_no_difference(caller: Caller) -> None:
    caller.ask("POST", TRANSACTIONS, key="k1", amount=-1, currency="usd")
    again = caller.ask("POST", TRANSACTIONS, key="k1", currency="usd", amount=-1)
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    "fields",
    [
        {"currency": "usd"},
        {"amount": "-5000"},
        {"amount": "12.5", "currency": "usd"},
        {"amount": "-5000", "currency": "dollars"},
        {"amount": "-5000", "currency": "usd", "color": "blue"},
        {"amount": "-5000", "currency": "usd", "description": "x" * 351},
        {"amount": "-5000", "currency": "usd", f"metadata[{'x' * 41}]": "1"},
        {"amount": "-5000", "currency": "usd", "metadata[x]": "1" * 501},
        {"amount": "-5000", "currency": "usd", **{f"metadata[{n}]": "1" for n in range(51)}},
        {"amount": "-5000", "currency": "usd", "metadata": "flat"},
    ],
)
def test_nothing_is_stored_for_fields_that_fail(caller: Caller, fields: dict[str, Any]) -> None:
    refused = caller.ask("POST", TRANSACTIONS, key="k1", **fields)
    assert (refused.status, error(refused)["type"]) == (400, "invalid_request_error")
    assert caller.amounts() == []
    assert caller.credit(key="k1").status == 200


def test_an_error_after_the_endpoint_began_is_replayed(caller: Caller) -> None:
    first = caller.ask(
        "POST", "/v1/customers/cus_TEST2/balance_transactions", key="k1", amount=1, currency="usd"
    )
    caller.switch("customers", id="cus_TEST2")
    again = caller.ask(
        "POST", "/v1/customers/cus_TEST2/balance_transactions", key="k1", amount=1, currency="usd"
    )
    assert (first.status, error(first)["code"]) == (404, "resource_missing")
    assert (again.status, again.headers["Idempotent-Replayed"]) == (404, "true")


def test_a_key_expires_after_a_day(caller: Caller) -> None:
    first = caller.credit(key="k1")
    caller.now = NOW + DAY - timedelta(seconds=1)
    assert caller.credit(key="k1").body == first.body
    caller.now = NOW + DAY
    assert caller.credit(key="k1").body != first.body
    assert caller.amounts() == [-5000, -5000]


def test_a_key_has_at_most_255_characters(caller: Caller) -> None:
    assert caller.credit(key="k" * 255).status == 200
    assert caller.credit(key="k" * 256).status == 400


def test_a_key_has_no_effect_on_reading_and_deleting(caller: Caller) -> None:
    caller.ask("GET", f"/v1/customers/{CUSTOMER}", key="k1")
    assert caller.ask("DELETE", f"/v1/customers/{CUSTOMER}", key="k1").status == 200
    assert caller.ask("DELETE", f"/v1/customers/{CUSTOMER}", key="k1").status == 404


# What goes wrong: docs.stripe.com/error-low-level


def test_a_throttle_comes_before_the_keys_and_stores_nothing(caller: Caller) -> None:
    caller.credit(key="k1")
    caller.switch("faults", kind="rate_limit", count=2)
    assert [caller.credit(key="k1").status, caller.credit(key="k2").status] == [429, 429]
    assert caller.credit(key="k1").headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in caller.credit(key="k2").headers


def test_a_conflict_stores_nothing(caller: Caller) -> None:
    caller.switch("faults", kind="conflict")
    refused = caller.credit(key="k1")
    assert (refused.status, error(refused)["code"]) == (409, "idempotency_key_in_use")
    assert caller.amounts() == []
    assert caller.credit(key="k1").status == 200


@pytest.mark.parametrize(
    ("kind", "at_once"),
    [("error_no_effect", []), ("error_effect", [-5000]), ("error_late_effect", [])],
)
def test_a_500_is_stored_and_replayed_with_or_without_effect(
    caller: Caller, kind: str, at_once: list[int]
) -> None:
    caller.switch("faults", kind=kind)
    first, again = caller.credit(key="k1"), caller.credit(key="k1")
    assert (first.status, error(first)["type"]) == (500, "api_error")
    assert (again.status, again.body, again.headers["Idempotent-Replayed"]) == (
        500,
        first.body,
        "true",
    )
    assert caller.amounts() == at_once


def test_a_late_effect_happens_once_at_its_time(caller: Caller) -> None:
    caller.switch("faults", kind="error_late_effect", late_seconds=600)
    caller.credit(key="k1")
    assert caller.switch("advance", seconds=599)["settled"] == 0
    assert caller.switch("advance", seconds=1)["settled"] == 1
    assert caller.switch("settle")["settled"] == 0
    assert caller.amounts() == [-5000]


def test_a_new_key_after_a_500_can_double_the_credit(caller: Caller) -> None:
    caller.switch("faults", kind="error_late_effect")
    caller.credit(key="k1")
    caller.credit(key="k2")
    caller.switch("settle")
    assert caller.amounts() == [-5000, -5000]


def test_a_request_in_flight_locks_its_key(caller: Caller) -> None:
    caller.switch("faults", kind="in_flight")
    assert caller.credit(key="k1").delivery == "hold"
    assert (caller.credit(key="k1").status, caller.amounts()) == (409, [])
    assert caller.credit(key="k2").status == 200
    caller.switch("settle")
    assert caller.credit(key="k1").headers["Idempotent-Replayed"] == "true"
    assert caller.amounts() == [-5000, -5000]


@pytest.mark.parametrize(
    ("kind", "delivery", "amounts"),
    [
        ("timeout_before_effect", "hold", []),
        ("timeout_after_effect", "hold", [-5000]),
        ("lost_reply", "drop", [-5000]),
        ("garbled_reply", "send", [-5000]),
    ],
)
def test_a_reply_that_does_not_arrive_may_have_its_effect(
    caller: Caller, kind: str, delivery: str, amounts: list[int]
) -> None:
    caller.switch("faults", kind=kind)
    assert caller.credit(key="k1").delivery == delivery
    assert caller.amounts() == amounts
    assert caller.credit(key="k1").status == 200
    assert caller.amounts() == [-5000]


def test_faults_strike_in_order_and_only_their_targets(caller: Caller) -> None:
    caller.switch("faults", kind="conflict")
    caller.switch("faults", kind="error_no_effect")
    caller.switch("faults", kind="rate_limit", on="read")
    assert caller.ask("POST", "/v1/customers").status == 200
    assert [caller.credit(key=key).status for key in ("k1", "k2", "k3")] == [409, 500, 200]
    assert [caller.ask("GET", TRANSACTIONS).status for _ in range(2)] == [429, 200]


def test_healing_takes_the_waiting_faults_away(caller: Caller) -> None:
    caller.switch("faults", kind="conflict", count=5)
    caller.switch("heal")
    assert caller.credit().status == 200


# Lists: docs.stripe.com/api/pagination


def numbered(caller: Caller, count: int) -> list[str]:
    made = [read(caller.credit(-number))["id"] for number in range(1, count + 1)]
    return made[::-1]


def test_a_list_is_newest_first_and_holds_ten_by_default(caller: Caller) -> None:
    ids = numbered(caller, 12)
    page = caller.get(TRANSACTIONS)
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (ids[:10], True)
    assert (page["object"], page["url"]) == ("list", TRANSACTIONS)


def test_cursors_walk_the_list_forwards_and_backwards(caller: Caller) -> None:
    ids = numbered(caller, 7)
    after = caller.get(TRANSACTIONS, limit=3, starting_after=ids[2])
    assert ([each["id"] for each in after["data"]], after["has_more"]) == (ids[3:6], True)
    last = caller.get(TRANSACTIONS, limit=3, starting_after=ids[5])
    assert ([each["id"] for each in last["data"]], last["has_more"]) == (ids[6:], False)
    before = caller.get(TRANSACTIONS, limit=3, ending_before=ids[4])
    assert ([each["id"] for each in before["data"]], before["has_more"]) == (ids[1:4], True)
    first = caller.get(TRANSACTIONS, limit=3, ending_before=ids[1])
    assert ([each["id"] for each in first["data"]], first["has_more"]) == (ids[:1], False)


def test_a_page_that_just_fits_has_no_more(caller: Caller) -> None:
    numbered(caller, 3)
    assert caller.get(TRANSACTIONS, limit=3)["has_more"] is False


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "many"},
        {"starting_after": "cbtxn_NONE"},
        {"starting_after": "a", "ending_before": "b"},
        {"metadata[credit]": "crd_TEST1"},
    ],
)
def test_a_list_refuses_what_it_cannot_do(caller: Caller, query: dict[str, Any]) -> None:
    assert caller.ask("GET", TRANSACTIONS, **query).status == 400


def test_a_list_can_be_bounded_by_time_and_by_invoice(caller: Caller) -> None:
    caller.credit(-1)
    caller.now = NOW + timedelta(seconds=10)
    caller.credit(-2)
    invoice = caller.invoice(100)["id"]
    at = int(caller.now.timestamp())
    earlier = caller.get(TRANSACTIONS, **{"created[lt]": at})["data"]
    assert [each["amount"] for each in earlier] == [-1]
    assert [each["amount"] for each in caller.get(TRANSACTIONS, invoice=invoice)["data"]] == [3]


# Customers and subscriptions


def test_a_deleted_customer_is_a_read_only_stub(caller: Caller) -> None:
    caller.credit()
    caller.switch("subscriptions", customer=CUSTOMER, status="active")
    assert read(caller.ask("DELETE", f"/v1/customers/{CUSTOMER}"))["deleted"] is True
    assert caller.get(f"/v1/customers/{CUSTOMER}") == {
        "id": CUSTOMER,
        "object": "customer",
        "deleted": True,
    }
    assert caller.credit().status == 404
    assert caller.ask("POST", f"/v1/customers/{CUSTOMER}", name="Ana").status == 404
    assert caller.amounts() == [-5000]
    assert caller.get("/v1/customers")["data"] == []
    ended = caller.get("/v1/subscriptions", customer=CUSTOMER, status="canceled")["data"]
    assert len(ended) == 1


def test_a_customer_keeps_what_an_update_does_not_name(caller: Caller) -> None:
    changed = caller.post(f"/v1/customers/{CUSTOMER}", name="", **{"metadata[team]": "north"})
    assert (changed["name"], changed["email"], changed["metadata"]) == (
        None,
        "ana@example.com",
        {"team": "north"},
    )
    assert caller.post(f"/v1/customers/{CUSTOMER}", metadata="")["metadata"] == {}


def test_customers_are_found_by_their_exact_address(caller: Caller) -> None:
    caller.post("/v1/customers", email="bea@example.com")
    listed = caller.get("/v1/customers", email="bea@example.com")["data"]
    assert [each["email"] for each in listed] == ["bea@example.com"]


def test_subscriptions_come_with_a_customer_only_when_expanded_and_current(caller: Caller) -> None:
    caller.switch("subscriptions", customer=CUSTOMER, status="canceled")
    caller.switch("subscriptions", customer=CUSTOMER, status="past_due", another=True)
    assert "subscriptions" not in caller.get(f"/v1/customers/{CUSTOMER}")
    found = caller.get(f"/v1/customers/{CUSTOMER}", **{"expand[0]": "subscriptions"})
    assert [each["status"] for each in found["subscriptions"]["data"]] == ["past_due"]
    assert found["delinquent"] is True
    unknown: dict[str, Any] = {"expand[0]": "tax"}
    refused = caller.ask("GET", f"/v1/customers/{CUSTOMER}", **unknown)
    assert "cannot be expanded" in error(refused)["message"]


def test_a_list_of_subscriptions_leaves_out_the_cancelled_unless_asked(caller: Caller) -> None:
    made = caller.post("/v1/subscriptions", customer=CUSTOMER, **{"items[0][price]": "price_TEST1"})
    assert made["status"] == "active"
    assert read(caller.ask("DELETE", f"/v1/subscriptions/{made['id']}"))["status"] == "canceled"
    assert caller.get("/v1/subscriptions", customer=CUSTOMER)["data"] == []
    for status in ("all", "ended", "canceled"):
        assert len(caller.get("/v1/subscriptions", customer=CUSTOMER, status=status)["data"]) == 1


def test_a_first_subscription_fixes_the_currency_of_its_customer(caller: Caller) -> None:
    made = caller.post("/v1/customers")
    caller.post("/v1/subscriptions", customer=made["id"], currency="eur")
    assert caller.get(f"/v1/customers/{made['id']}")["currency"] == "eur"


# The door: docs.stripe.com/api/authentication, docs.stripe.com/api/errors


@pytest.mark.parametrize("secret", [None, "sk_live_TEST", "pk_test_TEST", "nonsense"])
def test_a_request_without_a_test_modes_secret_key_is_refused(
    caller: Caller, secret: str | None
) -> None:
    refused = caller.ask("GET", f"/v1/customers/{CUSTOMER}", secret=secret)
    assert (refused.status, error(refused)["type"]) == (401, "invalid_request_error")


def test_the_secret_key_can_come_by_basic_authentication(caller: Caller) -> None:
    sent = base64.b64encode(b"sk_test_twin:").decode()
    reply = caller.ask(
        "GET", "/v1/customers", secret=None, headers={"authorization": f"Basic {sent}"}
    )
    assert reply.status == 200


def test_a_restricted_key_may_read_and_not_write(caller: Caller) -> None:
    assert caller.ask("GET", TRANSACTIONS, secret="rk_test_reader").status == 200
    refused = caller.ask(
        "POST", TRANSACTIONS, secret="rk_test_reader", key="k1", amount=-1, currency="usd"
    )
    assert refused.status == 403
    assert caller.credit(key="k1").status == 200


def test_every_reply_names_its_request_and_its_version(caller: Caller) -> None:
    replies = [caller.credit(), caller.ask("GET", "/v1/nothing"), caller.credit()]
    assert len({reply.headers["Request-Id"] for reply in replies}) == 3
    assert {reply.headers["Stripe-Version"] for reply in replies} == {"2026-10-28.endive"}
    older = caller.ask("GET", "/v1/customers", headers={"Stripe-Version": "2024-06-20"})
    assert older.headers["Stripe-Version"] == "2024-06-20"
    assert caller.ask("GET", "/v1/customers", headers={"Stripe-Version": "new"}).status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"a=%ff",
        b"a=1&a[b]=2",
        b"a[b]=2&a=1",
        b"[x]=1",
        b"a[b[c]]=1",
        b"a[b][c][d][e][f][g]=1",
    ],
)
def test_a_body_that_is_no_form_is_refused(caller: Caller, body: bytes) -> None:
    headers = {"Authorization": "Bearer sk_test_twin"}
    assert caller.twin.handle("POST", TRANSACTIONS, headers, body, NOW).status == 400


def test_the_same_requests_bring_the_same_replies() -> None:
    def story() -> list[Reply]:
        caller = Caller()
        caller.switch("customers", id=CUSTOMER, currency="usd")
        return [caller.credit(key="k1"), caller.credit(key="k1"), caller.ask("GET", TRANSACTIONS)]

    assert story() == story()


# The switches and the pages


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("faults", b'{"kind": "earthquake"}'),
        ("faults", b'{"kind": "in_flight", "on": "read"}'),
        ("faults", b'{"kind": "conflict", "count": -1}'),
        ("advance", b'{"seconds": "many"}'),
        ("customers", b'{"id": "<b>"}'),
        ("customers", b'{"id": "cus_TEST9", "currency": "USD"}'),
        ("subscriptions", b'{"customer": "cus_TEST1", "status": "happy"}'),
        ("advance", b"["),
        ("advance", b"[]"),
        ("lever", b"{}"),
    ],
)
def test_a_switch_says_what_it_cannot_do(caller: Caller, name: str, body: bytes) -> None:
    reply = caller.twin.handle("POST", f"/_twin/{name}", {}, body, NOW)
    assert reply.status in (400, 404)
    assert error(reply)["message"]


def test_a_reset_forgets_everything_and_gives_no_id_twice(caller: Caller) -> None:
    before = read(caller.credit(key="k1"))["id"]
    caller.switch("faults", kind="conflict")
    caller.switch("advance", seconds=60)
    caller.switch("reset")
    caller.switch("customers", id=CUSTOMER)
    after = read(caller.credit(key="k1"))
    assert after["id"] != before
    assert after["created"] == int(NOW.timestamp())


def test_the_state_contains_all_calls(caller: Caller) -> None:
    caller.credit(key="k1")
    caller.credit(key="k1")
    said = read(caller.twin.handle("GET", "/_twin/state", {}, b"", NOW))
    assert said["customers"][CUSTOMER]["balances"] == {"usd": -5000}
    assert [each["replayed"] for each in said["requests"]] == [False, True]
    assert said["keys"]["k1"]["status"] == 200


def page(caller: Caller, path: str) -> str:
    reply = caller.twin.handle("GET", path, {}, b"", NOW)
    assert reply.headers["Content-Type"].startswith("text/html")
    return reply.body.decode()


def press(caller: Caller, path: str, **fields: str) -> Reply:
    return caller.twin.handle("POST", path, {}, urlencode(fields).encode(), NOW)


def test_the_front_page_shows_every_customer_with_its_balance(caller: Caller) -> None:
    caller.credit(-5000)
    shown = page(caller, "/")
    assert f'href="/customers/{CUSTOMER}"' in shown
    assert "50.00 USD credit" in shown


def test_the_button_finalizes_an_invoice_and_applies_the_credit(caller: Caller) -> None:
    caller.credit(-5000)
    assert "Finalize an invoice" in page(caller, f"/customers/{CUSTOMER}")
    reply = press(caller, f"/customers/{CUSTOMER}/invoices", amount="120.00", currency="USD")
    assert (reply.status, reply.headers["Location"]) == (303, f"/customers/{CUSTOMER}")
    shown = page(caller, f"/customers/{CUSTOMER}")
    for said in ("120.00 USD", "+50.00 USD", "−50.00 USD", "70.00 USD", "Applied to invoice"):
        assert said in shown


def test_an_open_invoice_can_be_voided_on_the_page(caller: Caller) -> None:
    caller.credit(-5000)
    invoice = caller.invoice(12000)["id"]
    action = f"/customers/{CUSTOMER}/invoices/{invoice}/void"
    assert f'action="{action}"' in page(caller, f"/customers/{CUSTOMER}")
    assert press(caller, action).status == 303
    assert "Returned from invoice" in page(caller, f"/customers/{CUSTOMER}")


@pytest.mark.parametrize("amount", ["", "free", "-1", "1.234", "1e9"])
def test_an_amount_that_is_none_makes_no_invoice(caller: Caller, amount: str) -> None:
    reply = press(caller, f"/customers/{CUSTOMER}/invoices", amount=amount, currency="usd")
    assert reply.status == 400
    assert caller.get("/v1/invoices")["data"] == []


def test_an_amount_in_yen_is_shown_without_decimals(caller: Caller) -> None:
    caller.switch("customers", id="cus_TESTJPY", currency="jpy")
    press(caller, "/customers/cus_TESTJPY/invoices", amount="12000", currency="jpy")
    assert "12,000 JPY" in page(caller, "/customers/cus_TESTJPY")


def test_what_a_customer_is_called_cannot_become_markup(caller: Caller) -> None:
    caller.switch("customers", id=CUSTOMER, name="<script>alert(1)</script>")
    caller.ask("POST", TRANSACTIONS, amount=-1, currency="usd", description='"><img src=x>')
    for path in ("/", f"/customers/{CUSTOMER}"):
        assert "<script" not in page(caller, path)
        assert "<img" not in page(caller, path)
    assert "&lt;script&gt;" in page(caller, "/")


def test_a_page_that_is_not_there_says_so(caller: Caller) -> None:
    assert caller.twin.handle("GET", "/customers/cus_NONE", {}, b"", NOW).status == 404
    assert caller.twin.handle("GET", "/favicon.ico", {}, b"", NOW).status == 404


# The wire


@pytest.fixture
def running() -> Iterator[TwinHandle]:
    with start(clock=lambda: NOW) as handle:
        yield handle


def sdk(twin: TwinHandle) -> stripe.StripeClient:
    return stripe.StripeClient(
        "sk_test_twin",
        base_addresses={"api": twin.url},
        http_client=stripe.RequestsClient(timeout=5),
        max_network_retries=0,
    )


def test_the_real_sdk_walks_the_whole_way(running: TwinHandle) -> None:
    client = sdk(running).v1
    customer = client.customers.create({"email": "ana@example.com", "metadata": {"plan": "small"}})
    credit = client.customers.balance_transactions.create(
        customer.id,
        {"amount": -5000, "currency": "usd", "metadata": {"credit": "crd_TEST1"}},
        {"idempotency_key": "k1"},
    )
    evaluation = client.invoices.create({"customer": customer.id})
    client.invoice_items.create(
        {"customer": customer.id, "invoice": evaluation.id, "amount": 12000}
    )
    invoice = client.invoices.finalize_invoice(evaluation.id)
    assert (invoice.status, invoice.amount_due, invoice.ending_balance) == ("open", 7000, 0)
    assert client.invoices.void_invoice(evaluation.id).status == "void"
    found = client.customers.balance_transactions.list(customer.id, {"limit": 1})
    assert [each.type for each in found.auto_paging_iter()] == [
        "unapplied_from_invoice",
        "applied_to_invoice",
        "adjustment",
    ]
    kept = client.customers.balance_transactions.retrieve(customer.id, credit.id)
    assert kept.metadata is not None
    assert kept.metadata.to_dict() == {"credit": "crd_TEST1"}
    assert client.customers.delete(customer.id).deleted is True


def test_the_real_sdk_distinguishes_the_errors(running: TwinHandle) -> None:
    client = sdk(running).v1
    running.switch("customers", id=CUSTOMER)
    create = client.customers.balance_transactions.create
    create(CUSTOMER, {"amount": -1, "currency": "usd"}, {"idempotency_key": "k1"})
    with pytest.raises(stripe.IdempotencyError):
        create(CUSTOMER, {"amount": -2, "currency": "usd"}, {"idempotency_key": "k1"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        create("cus_TESTNONE", {"amount": -1, "currency": "usd"})
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    assert caught.value.request_id is not None
    running.switch("faults", kind="rate_limit")
    with pytest.raises(stripe.RateLimitError):
        create(CUSTOMER, {"amount": -1, "currency": "usd"})
    with pytest.raises(stripe.AuthenticationError):
        client.customers.retrieve(CUSTOMER, None, {"api_key": "sk_live_wrong"})


def test_many_requests_at_once_under_one_key_make_one_transaction(running: TwinHandle) -> None:
    running.switch("customers", id=CUSTOMER)
    ids: list[str] = []

    def send() -> None:
        made = sdk(running).v1.customers.balance_transactions.create(
            CUSTOMER, {"amount": -5000, "currency": "usd"}, {"idempotency_key": "k1"}
        )
        ids.append(made.id)

    threads = [threading.Thread(target=send) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 12
    assert len(set(ids)) == 1
    assert len(running.state()["transactions"][CUSTOMER]) == 1


def test_a_held_reply_blocks_no_other_and_ends_at_reset(
    running: TwinHandle,
) -> None:
    running.switch("customers", id=CUSTOMER)
    running.switch("faults", kind="timeout_before_effect")
    port = int(running.url.rpartition(":")[2])
    stored = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Authorization": "Bearer sk_test_twin"}
    try:
        stored.request("POST", TRANSACTIONS, body=b"amount=-1&currency=usd", headers=headers)
        asked = sum(
            1 for _ in iter(lambda: running.state()["faults"], [])
        )  # until the fault was met
        assert asked < 1000
        running.switch("reset")
        with pytest.raises(http.client.RemoteDisconnected):
            stored.getresponse()
    finally:
        stored.close()


def test_a_body_that_is_too_large_is_refused(running: TwinHandle) -> None:
    port = int(running.url.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.putrequest("POST", TRANSACTIONS)
        connection.putheader("Content-Length", "1000001")
        connection.endheaders()
        assert connection.getresponse().status == 413
    finally:
        connection.close()


def test_the_command_prints_its_address_and_stops_on_request() -> None:
    command = [sys.executable, "-m", "infra.twins.stripe", "--port", "0"]
    with subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert said.startswith("Stripe twin at http://127.0.0.1:")
