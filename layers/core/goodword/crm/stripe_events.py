"""Stripe's events: refunds of prospects, and whose balance has moved.

Header `Stripe-Signature`: `t=…,v1=…`, where v1 is hex of HMAC-SHA256 over `{t}.{raw body}`; while the secret
of an endpoint is rolled there are several v1, and any may hold. The secret is `whsec_…`, used as it stands.
Events come more than once and in any order, for up to three days. Source: docs.stripe.com/webhooks.

A prospect is a customer of ours once they pay, so what Stripe says of their money is a fact of their contact:

    charge.refunded       refunded  where all of the charge was given back, else partial
    credit_note.created   refunded  where it is as large as its invoice, if the event shows the invoice

A charge names our referral by `goodword_referral` in its metadata; most often its addresses do.
The version is the event's own time, in seconds. All other events say at most whose balance may have moved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from goodword.crm.reading import addresses, fingerprint, mapping, moment, object_id, parse_json
from goodword.crm.signing import as_bytes, check_age, header, require_match, secrets_of, sign
from goodword.domain.errors import Forged, Unreadable
from goodword.domain.fact import CrmEvent, ObjectRef, SecretPair, WebhookRequest

PROPERTY = "refund"
_HEADER = "stripe-signature"
_MAX_PARTS = 20
_PART = re.compile(r"t=[0-9]{1,16}|v1=[0-9a-f]{64}|v(?!1=)[0-9]{1,2}=[0-9a-f]{1,128}")
_CUSTOMER = re.compile(r"[A-Za-z0-9_]{1,64}")
# What may move a balance, or shows that it moved. docs.stripe.com/api/events/types
_OF_INVOICES = frozenset({"invoice.finalized", "invoice.voided", "invoice.paid"})
_OF_CUSTOMERS = frozenset({"customer.updated", "customer.deleted"})
_OF_BALANCES = ("customer_balance_transaction.", "credit_note.")


@dataclass(frozen=True, slots=True)
class StripeEvents:
    """The events of one endpoint. referral_property: what in a charge's metadata names our referral."""

    referral_property: str = "goodword_referral"

    def verify(self, request: WebhookRequest, secrets: SecretPair, now: datetime) -> None:
        """Check one of the v1 signatures over time and raw body; raise Forged if none holds."""
        keys = secrets_of(secrets)
        parts = header(request, _HEADER).split(",")
        stamps = [part.removeprefix("t=") for part in parts if part.startswith("t=")]
        if len(parts) > _MAX_PARTS or len(stamps) != 1 or not all(_PART.fullmatch(part) for part in parts):
            raise Forged("The signature is not in Stripe's form.", where=_HEADER)
        check_age(stamps[0], now, where=_HEADER)
        signed = (as_bytes(f"{stamps[0]}."), request.body)
        wanted = [f"v1={sign(key.encode(), *signed).hex()}".encode() for key in keys]
        require_match(parts, wanted, where=_HEADER)

    def delivery_id(self, request: WebhookRequest) -> str:
        """Return a hash of the event's id, which every delivery of it repeats."""
        try:
            event = parse_json(request.body)
            if isinstance(event, dict) and isinstance(event.get("id"), str):
                return fingerprint(event["id"])
        except Unreadable:
            pass
        return fingerprint(request.body.hex())

    def read(self, body: bytes, connection: str) -> tuple[CrmEvent, ...]:
        """Read a refund; every other event is no fact."""
        event, kind, said = _event(body)
        value = {"charge.refunded": _refund, "credit_note.created": _credit_note}.get(kind, _nothing)(said)
        customer = _name(said.get("customer"))
        if value is None or customer is None:
            return ()
        return (
            CrmEvent(
                object=ObjectRef(connection, "contact", object_id(customer, "data.object.customer")),
                property=PROPERTY,
                value=value,
                version=moment(event.get("created"), "created"),
                referral=self._referral(said),
                emails=_emails(said),
            ),
        )

    def acknowledge(self) -> tuple[str, str]:
        """Return an empty object; any 2xx is an acknowledgement."""
        return "application/json", "{}"

    def _referral(self, said: dict[str, object]) -> str | None:
        metadata = said.get("metadata")
        named = metadata.get(self.referral_property) if isinstance(metadata, dict) else None
        return None if named is None else object_id(named, f"metadata.{self.referral_property}")


def accounts(body: bytes) -> tuple[str, ...]:
    """Return the Stripe customers whose balance an event may concern; none of one that cannot be read."""
    try:
        _, kind, said = _event(body)
    except Unreadable:
        return ()
    if kind in _OF_CUSTOMERS:
        name = _name(said)
    elif kind in _OF_INVOICES or kind.startswith(_OF_BALANCES):
        name = _name(said.get("customer"))
    else:
        name = None
    return () if name is None or _CUSTOMER.fullmatch(name) is None else (name,)


def _event(body: bytes) -> tuple[dict[str, object], str, dict[str, object]]:
    """Return an event, its type and its object."""
    event = mapping(parse_json(body), "body")
    kind = event.get("type")
    if not isinstance(kind, str):
        raise Unreadable("This must be the type of the event.", where="type")
    data = mapping(event.get("data"), "data")
    return event, kind, mapping(data.get("object"), "data.object")


def _refund(charge: dict[str, object]) -> str:
    """Say whether all of a charge was given back; a charge of nothing was not."""
    amount, given_back = charge.get("amount"), charge.get("amount_refunded")
    whole = isinstance(amount, int) and amount > 0 and amount == given_back
    return "refunded" if whole and charge.get("refunded") is True else "partial"


def _credit_note(note: dict[str, object]) -> str | None:
    """Say whether a credit note is as large as its invoice; None where the event does not show that one."""
    invoice = note.get("invoice")
    total = invoice.get("total") if isinstance(invoice, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or total <= 0:
        return None
    return "refunded" if note.get("amount") == total else "partial"


def _nothing(_: dict[str, object]) -> None:
    return None


def _name(value: object) -> str | None:
    """Return the id of an object that is named by its id, or expanded."""
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) and found else None


def _emails(said: dict[str, object]) -> tuple[str, ...]:
    def part(name: str) -> dict[str, object]:
        value = said.get(name)
        return value if isinstance(value, dict) else {}

    return addresses(
        [
            part("billing_details").get("email"),
            said.get("receipt_email"),
            said.get("customer_email"),
            part("invoice").get("customer_email"),
            part("customer").get("email"),
        ]
    )
