"""The twin's events in Stripe's format, signed, to one endpoint on this machine.

Source: docs.stripe.com/api/events/object, docs.stripe.com/webhooks#verify-manually. Each is tried a
few times and then dropped; no caller waits for an answer.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from infra.twins.stripe.books import Books, NewId
from infra.twins.stripe.endpoints import show_charge, show_customer
from infra.twins.stripe.invoicing import show_credit_note, show_invoice
from infra.twins.stripe.wire import Json

# the version of a request without one: docs.stripe.com/api/versioning
VERSION = "2026-10-28.endive"
_ANSWER_SECONDS = 10.0
_PAUSES_SECONDS = (0.2, 1.0, 3.0)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The target of events, and the secret that signs them."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Sending:
    """One event in transit."""

    url: str
    headers: dict[str, str]
    body: bytes


class Events:
    """Turns changes into signed events.

    endpoint: the target; None for none.
    """

    def __init__(self, new_id: NewId) -> None:
        self.endpoint: Endpoint | None = None
        self._new_id = new_id

    def take(self, books: Books, created: int, now: int) -> list[Sending]:
        """Return the changes since the last call as events of this time, signed now."""
        happened, books.happened = books.happened, []
        if self.endpoint is None:
            return []
        return [
            self._event(kind, _show(books, kind, name), created, now) for kind, name in happened
        ]

    def _event(self, kind: str, said: Json, created: int, now: int) -> Sending:
        assert self.endpoint is not None
        result = {
            "id": self._new_id("evt"),
            "object": "event",
            "api_version": VERSION,
            "created": created,
            "data": {"object": said},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        body = json.dumps(result, indent=2).encode()
        signed = hmac.digest(
            self.endpoint.secret.encode(), f"{now}.".encode() + body, hashlib.sha256
        )
        headers = {
            "Content-Type": "application/json",
            "Stripe-Signature": f"t={now},v1={signed.hex()}",
        }
        return Sending(self.endpoint.url, headers, body)


def _show(books: Books, kind: str, name: str) -> Json:
    """Return the object of an event, as it is now."""
    if kind.startswith("invoice."):
        return show_invoice(books, books.invoices[name])
    if kind.startswith("credit_note."):
        return show_credit_note(books.credit_notes[name])
    if kind.startswith("charge."):
        return show_charge(books.charges[name])
    return show_customer(books, books.customers[name])


class Messenger:
    """Sends events one after the other, in a thread that starts with the first of them."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Sending | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def send(self, sendings: Iterable[Sending]) -> None:
        """Enqueue events and return at once."""
        for each in sendings:
            self._waiting.put(each)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Drop pending events, after the request that is running."""
        self._stopped.set()
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join(_ANSWER_SECONDS + 1)

    def _work(self) -> None:
        while (each := self._waiting.get()) is not None:
            for pause in _PAUSES_SECONDS:
                if self._stopped.is_set() or _deliver(each):
                    break
                self._stopped.wait(pause)


def _deliver(each: Sending) -> bool:
    """Send once and return whether the endpoint accepted it."""
    url = urlsplit(each.url)
    connection = HTTPConnection(str(url.hostname), url.port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("POST", url.path, each.body, each.headers)
        return 200 <= connection.getresponse().status < 300
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
