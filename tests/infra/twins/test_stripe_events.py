"""The events of the Stripe twin: their content, their signature, and no call waits for them."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from stripe import WebhookSignature

from goodword.crm.stripe.webhook import StripeEvents, accounts, question
from goodword.domain.credits.posting import RefundQuestion
from goodword.ports.services import SecretPair, WebhookRequest
from infra.twins.stripe import StripeTwin, TwinHandle, start
from infra.twins.stripe.events import Messenger, Sending

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CUSTOMER, SECRET = "cus_TEST1", "whsec_twin"
URL = "http://127.0.0.1:1/webhooks/stripe"
KEY = {"Authorization": "Bearer sk_test_twin"}


class Asked:
    """A twin's core with an endpoint."""

    def __init__(self) -> None:
        self.twin = StripeTwin()
        self.switch("webhook", url=URL, secret=SECRET)
        self.switch("customers", id=CUSTOMER, currency="usd")
        self.events()

    def switch(self, name: str, /, **values: object) -> int:
        body = json.dumps(values).encode()
        return self.twin.handle("POST", f"/_twin/{name}", {}, body, NOW).status

    def post(self, path: str, form: str = "") -> dict[str, str]:
        reply = self.twin.handle("POST", path, KEY, form.encode(), NOW)
        assert reply.status in (200, 303), reply.body
        return dict(json.loads(reply.body or b"{}"))

    def bill(self, amount: str) -> None:
        self.post(f"/customers/{CUSTOMER}/invoices", f"amount={amount}&currency=USD")

    def sendings(self) -> list[Sending]:
        return self.twin.take_events(NOW)

    def events(self) -> list[str]:
        return [json.loads(each.body)["type"] for each in self.sendings()]


@pytest.fixture
def result() -> Asked:
    return Asked()


def test_an_invoice_is_reported_when_finalized_and_when_voided(result: Asked) -> None:
    result.bill("120.00")
    assert result.events() == ["invoice.finalized"]
    invoice = result.twin.handle("GET", "/_twin/state", {}, b"", NOW)
    (name,) = json.loads(invoice.body)["invoices"]
    result.post(f"/v1/invoices/{name}/void")
    assert result.events() == ["invoice.voided"]


def test_an_invoice_that_the_balance_covers_is_reported_as_paid(result: Asked) -> None:
    result.post(f"/v1/customers/{CUSTOMER}/balance_transactions", "amount=-20000&currency=usd")
    result.bill("120.00")
    assert result.events() == ["invoice.finalized", "invoice.paid"]


def test_a_customers_change_and_end_are_reported(result: Asked) -> None:
    result.post(f"/v1/customers/{CUSTOMER}", "name=Ana")
    result.twin.handle("DELETE", f"/v1/customers/{CUSTOMER}", KEY, b"", NOW)
    assert result.events() == ["customer.updated", "customer.deleted"]


def test_a_credit_note_is_reported_with_its_invoice_by_id(result: Asked) -> None:
    result.bill("120.00")
    result.events()
    state = result.twin.handle("GET", "/_twin/state", {}, b"", NOW)
    (name,) = json.loads(state.body)["invoices"]
    result.post("/v1/credit_notes", f"invoice={name}&amount=12000")
    note, paid = (json.loads(each.body) for each in result.sendings())
    assert (note["type"], paid["type"]) == ("credit_note.created", "invoice.paid")
    assert question(json.dumps(note).encode()) == RefundQuestion(CUSTOMER, name)


def test_a_refunded_charge_is_reported_with_its_customers_id(result: Asked) -> None:
    charge = {"id": "ch_1", "customer": CUSTOMER, "amount": 5_000}
    result.twin.handle("POST", "/_twin/charges", {}, json.dumps(charge).encode(), NOW)
    assert result.events() == []
    result.twin.handle(
        "POST", "/_twin/charges", {}, json.dumps(charge | {"refunded": 5_000}).encode(), NOW
    )
    (sending,) = result.sendings()
    assert json.loads(sending.body)["type"] == "charge.refunded"
    assert question(sending.body) == RefundQuestion(CUSTOMER)


def test_what_is_reported_is_taken_once(result: Asked) -> None:
    result.bill("120.00")
    assert result.events()
    assert result.events() == []


def test_an_event_names_its_customer_and_holds_to_stripes_signature(result: Asked) -> None:
    result.bill("120.00")
    (sending,) = result.sendings()
    assert sending.url == URL
    assert accounts(sending.body) == (CUSTOMER,)
    header = sending.headers["Stripe-Signature"]
    assert WebhookSignature.verify_header(sending.body.decode(), header, SECRET)
    request = WebhookRequest("POST", URL, {"stripe-signature": header}, sending.body)
    StripeEvents().verify(request, SecretPair(SECRET), NOW)


def test_a_moved_clock_dates_the_event_but_not_the_signature(result: Asked) -> None:
    result.switch("advance", seconds=86400)
    result.bill("120.00")
    (sending,) = result.sendings()
    assert json.loads(sending.body)["created"] == int((NOW + timedelta(days=1)).timestamp())
    assert sending.headers["Stripe-Signature"].startswith(f"t={int(NOW.timestamp())},")


def test_without_an_endpoint_nothing_is_reported(result: Asked) -> None:
    result.switch("webhook")
    result.bill("120.00")
    assert result.sendings() == []


@pytest.mark.parametrize(
    "values",
    [
        {"url": "https://example.com/webhooks/stripe", "secret": "x"},
        {"url": "http://127.0.0.1.example.com/", "secret": "x"},
        {"url": "http://127.0.0.1/ x", "secret": "x"},
        {"url": URL},
        {"url": 7, "secret": "x"},
    ],
)
def test_an_endpoint_is_on_this_machine_and_has_a_secret(
    result: Asked, values: dict[str, object]
) -> None:
    assert result.switch("webhook", **values) == 400


# --- over the wire --------------------------------------------------------------------------------


class Receiver(HTTPServer):
    """Takes events; the first so many are answered 503."""

    def __init__(self, refuse: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Receive)
        self.refuse = refuse
        self.got: queue.Queue[tuple[str, str]] = queue.Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/webhooks/stripe"


class _Receive(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.refuse -= 1
        self.send_response(503 if self.server.refuse >= 0 else 200)
        self.end_headers()
        self.server.got.put((json.loads(body)["type"], self.headers["Stripe-Signature"]))

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(refuse=1) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def running() -> Iterator[TwinHandle]:
    with start() as handle:
        yield handle


def test_a_running_twin_sends_its_events_and_retries(
    running: TwinHandle, receiver: Receiver
) -> None:
    running.switch("webhook", url=receiver.url, secret=SECRET)
    running.switch("customers", id=CUSTOMER)
    first, again = receiver.got.get(timeout=10), receiver.got.get(timeout=10)
    assert first == again
    assert first[0] == "customer.updated"


def test_undelivered_events_are_dropped_with_the_twin() -> None:
    messenger = Messenger()
    messenger.send([Sending(URL, {}, b"{}")] * 100)
    messenger.stop()
    assert messenger._thread is not None
    assert not messenger._thread.is_alive()
