"""The pure core of the twin: a request and a time go in, a reply comes out."""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from infra.twins.stripe import endpoints, invoicing, pages, switches
from infra.twins.stripe.books import NewId
from infra.twins.stripe.events import VERSION, Sending
from infra.twins.stripe.faults import Fault, Late, refuse
from infra.twins.stripe.keys import Stored
from infra.twins.stripe.state import State
from infra.twins.stripe.wire import (
    Effect,
    Fields,
    Json,
    Refusal,
    Reply,
    Request,
    json_reply,
    read_form,
)

_VERSION_FORM = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")
_ID = r"([A-Za-z0-9_]+)"
_TRANSACTIONS = f"/v1/customers/{_ID}/balance_transactions"

_ENDPOINTS: list[tuple[str, re.Pattern[str], Callable[..., Effect]]] = [
    (method, re.compile(path), endpoint)
    for method, path, endpoint in (
        ("POST", "/v1/customers", endpoints.create_customer),
        ("GET", "/v1/customers", endpoints.list_customers),
        ("GET", f"/v1/customers/{_ID}", endpoints.read_customer),
        ("POST", f"/v1/customers/{_ID}", endpoints.update_customer),
        ("DELETE", f"/v1/customers/{_ID}", endpoints.delete_customer),
        ("POST", _TRANSACTIONS, endpoints.create_transaction),
        ("GET", _TRANSACTIONS, endpoints.list_transactions),
        ("GET", f"{_TRANSACTIONS}/{_ID}", endpoints.read_transaction),
        ("POST", f"{_TRANSACTIONS}/{_ID}", endpoints.update_transaction),
        ("GET", "/v1/charges", endpoints.list_charges),
        ("POST", "/v1/invoiceitems", invoicing.create_invoice_item),
        ("POST", "/v1/invoices", invoicing.create_invoice),
        ("GET", "/v1/invoices", invoicing.list_invoices),
        ("GET", f"/v1/invoices/{_ID}", invoicing.read_invoice),
        ("POST", f"/v1/invoices/{_ID}/finalize", invoicing.finalize_invoice),
        ("POST", f"/v1/invoices/{_ID}/void", invoicing.void_invoice),
        ("POST", "/v1/credit_notes", invoicing.create_credit_note),
        ("GET", "/v1/credit_notes", invoicing.list_credit_notes),
        ("POST", f"/v1/credit_notes/{_ID}/void", invoicing.void_credit_note),
        ("POST", "/v1/subscriptions", invoicing.create_subscription),
        ("GET", "/v1/subscriptions", invoicing.list_subscriptions),
        ("GET", f"/v1/subscriptions/{_ID}", invoicing.read_subscription),
        ("DELETE", f"/v1/subscriptions/{_ID}", invoicing.cancel_subscription),
    )
]


def counted_ids() -> NewId:
    """Return a source of sequential ids: cus_TWIN00000001, cbtxn_TWIN00000002, …"""
    numbers = itertools.count(1)
    return lambda prefix: f"{prefix}_TWIN{next(numbers):08d}"


class StripeTwin:
    """One Stripe account in test mode, without a server; deterministic.

    Not thread-safe; the server passes one request at a time.
    """

    def __init__(self, new_id: NewId | None = None) -> None:
        self._state = State(new_id or counted_ids())

    def handle(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Reply:
        """Answer one request.

        The path includes its query. The twin's clock is `now` plus its offset.
        """
        state = self._state
        place, _, query = path.partition("?")
        names = {name.lower(): value for name, value in headers.items()}
        at = int(now.timestamp()) + state.offset_seconds
        request = Request(method, unquote(place), query, names, body, at)
        if request.path.startswith("/v1/"):
            state.keys.prune(at)
            return self._answer_api(request)
        try:
            if request.path.startswith("/_twin/"):
                return switches.answer(state, request)
            return pages.answer(state.books, request)
        except Refusal as refusal:
            return json_reply(refusal.status, refusal.as_json())

    def take_events(self, now: datetime) -> list[Sending]:
        """Return the events since the last call, signed with the real time and not the twin's."""
        state, at = self._state, int(now.timestamp())
        return state.events.take(state.books, at + state.offset_seconds, at)

    def _answer_api(self, request: Request) -> Reply:
        """Answer with the headers of every Stripe reply: docs.stripe.com/api/request_ids."""
        request_id = self._state.new_id("req")
        try:
            reply = self._guard(request, request_id)
        except Refusal as refusal:
            reply = json_reply(refusal.status, refusal.as_json(), _advice(refusal))
        version = request.headers.get("stripe-version", VERSION)
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        reply.headers["Request-Id"] = request_id
        # A request's value is returned only if it cannot inject another header.
        if version.isprintable():
            reply.headers["Stripe-Version"] = version
        if key is not None and key.isprintable():
            reply.headers["Idempotency-Key"] = key
        self._state.requests.append(
            {
                "method": request.method,
                "path": request.path,
                "key": key,
                "status": reply.status if reply.delivery == "send" else None,
                "replayed": "Idempotent-Replayed" in reply.headers,
            }
        )
        return reply

    def _guard(self, request: Request, request_id: str) -> Reply:
        """Check the secret key, the version and the rate, before an endpoint runs."""
        _authenticate(request)
        if not _VERSION_FORM.fullmatch(request.headers.get("stripe-version", VERSION)):
            raise Refusal(400, "Invalid Stripe API version.")
        fault = self._state.faults.before_keys(request)
        if fault is not None:
            refuse(fault)
            if fault.kind == "unavailable":
                return Reply(503, {"Content-Type": "text/html"}, b"<h1>Service unavailable</h1>")
            return Reply(0, {}, b"", "hold")
        reply = self._run(request, request_id)
        fault = self._state.faults.after_effect(request) if reply.delivery == "send" else None
        if fault is None:
            return reply
        if fault.kind == "garbled_reply":
            return reply._replace(body=reply.body[: len(reply.body) // 2])
        return reply._replace(delivery="hold" if fault.kind == "timeout_after_effect" else "drop")

    def _run(self, request: Request, request_id: str) -> Reply:
        """Run the endpoint, or replay the stored outcome of the same key.

        Keys have an effect on POST only. The fields are checked after the key and before anything
        is stored: docs.stripe.com/api/idempotent_requests
        """
        form = read_form(request.query if request.method != "POST" else _text(request.body))
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        stored = self._state.keys.find(key, request.path, form) if key is not None else None
        if stored is not None and stored.body is not None:
            result = {"Idempotent-Replayed": "true", "Original-Request": stored.request_id}
            return json_reply(stored.status, stored.body, result)
        effect = self._route(request, form)
        fresh = Stored(request.now, request.path, form, request_id)
        fault = self._state.faults.while_running(request)
        if fault is not None and fault.kind == "in_flight":
            return self._leave_running(key, fresh, effect)
        status, body = self._execute(effect, fault, request.now)
        self._keep(key, fresh, status, body)
        return json_reply(status, body)

    def _route(self, request: Request, form: Json) -> Effect:
        for method, pattern, endpoint in _ENDPOINTS:
            match = pattern.fullmatch(request.path)
            if match is not None and method == request.method:
                return endpoint(self._state.books, Fields(form), *match.groups())
        raise Refusal(404, f"Unrecognized request URL ({request.method}: {request.path}).")

    def _execute(self, effect: Effect, fault: Fault | None, now: int) -> tuple[int, Json]:
        """Run the effect as the fault says: now, later, or not at all.

        A 500 does not show its effect, which may come later: docs.stripe.com/error-low-level
        """
        if fault is None or fault.kind == "error_effect":
            status, body = _outcome(effect, now)
        if fault is None:
            return status, body
        if fault.kind == "error_late_effect":
            late = Late(now + fault.late_seconds, lambda at: _forget(_outcome(effect, at)))
            self._state.faults.late.append(late)
        return _outcome(lambda _now: _fail(fault), now)

    def _leave_running(self, key: str | None, fresh: Stored, effect: Effect) -> Reply:
        """Leave the request running until it is settled; its key is in use until then."""
        if key is not None:
            self._state.keys.store(key, fresh)
        late = Late(2**62, lambda at: self._keep(key, fresh, *_outcome(effect, at)))
        self._state.faults.late.append(late)
        return Reply(0, {}, b"", "hold")

    def _keep(self, key: str | None, fresh: Stored, status: int, body: Json) -> None:
        if key is not None:
            stored = Stored(
                fresh.created, fresh.endpoint, fresh.parameters, fresh.request_id, status, body
            )
            self._state.keys.store(key, stored)


def _outcome(effect: Effect, now: int) -> tuple[int, Json]:
    """Run an endpoint; errors after its start are stored outcomes."""
    try:
        return 200, effect(now)
    except Refusal as refusal:
        return refusal.status, refusal.as_json()


def _fail(fault: Fault) -> Json:
    refuse(fault)
    raise AssertionError(f"{fault.kind} is not an error")


def _forget(_outcome: Any) -> None:
    """Ignore the outcome of a late effect."""


def _authenticate(request: Request) -> None:
    """Check a test-mode secret key, as a bearer token or as the name in basic authentication.

    A restricted key (rk_test_…) has read access only. docs.stripe.com/api/authentication,
    docs.stripe.com/keys
    """
    key = _secret_key(request.headers.get("authorization", ""))
    if key is None:
        raise Refusal(401, "You did not provide an API key.")
    if not re.fullmatch(r"[sr]k_test_[A-Za-z0-9_]+", key):
        raise Refusal(401, f"Invalid API Key provided: {key[:3]}…")
    if key.startswith("rk_") and request.method != "GET":
        raise Refusal(
            403, "The provided key does not have the required permissions for this endpoint."
        )


def _secret_key(header: str) -> str | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode("ascii").partition(":")[0] or None
        except (binascii.Error, UnicodeDecodeError):
            return None
    return None


def _advice(refusal: Refusal) -> dict[str, str]:
    """Return whether a client should retry automatically: docs.stripe.com/error-low-level."""
    return {"Stripe-Should-Retry": "true" if refusal.status in (409, 429) else "false"}


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(400, "Invalid request: the body is not UTF-8.") from None
