"""Stripe's events: refunds of prospects, and whose balance has moved.

Header `Stripe-Signature`: `t=…,v1=…`, where v1 is hex of HMAC-SHA256 over `{t}.{raw body}`; while
the secret of an endpoint is rolled there are several v1, and any may hold. The secret is `whsec_…`,
used as it stands. Events come more than once and in any order, for up to three days. Source:
docs.stripe.com/webhooks.

A prospect is a customer of ours once they pay, so what Stripe says of their money is a fact of
their contact:

    charge.refunded       refunded  where all of the charge was given back, and no other one of the
                                    customer's stands, else partial
    credit_note.created   refunded  where the notes on its invoice add up to it, else partial

A charge comes whole, with its amount and what of it was given back, for every kind of refund;
`refund.…` name it by id alone, and are not needed (docs.stripe.com/api/events/types). But it names
its customer by id: its addresses may be those of the payer, not of the prospect, and it does not
show the customer's other charges, of which a check of the card is one
(docs.stripe.com/api/charges/object). A note names its invoice by id
(docs.stripe.com/api/credit_notes/object). What is not shown is a `question`; the event comes again
as `complete` makes it, its objects expanded.

A charge names our referral by `goodword_referral` in its metadata; most often its addresses do. The
version is the event's own time, in seconds. All other events say at most whose balance may have
moved.
"""

from __future__ import annotations

import json
import re
from datetime import datetime

from goodword.crm.reading import addresses, fingerprint, mapping, moment, object_id, parse_json
from goodword.crm.signing import as_bytes, check_age, header, require_match, secrets_of, sign
from goodword.domain.credits.posting import CreditedInvoice, RefundQuestion
from goodword.domain.crm_copy.fact import CrmEvent, ObjectRef
from goodword.domain.errors import Forged, Unreadable
from goodword.domain.record import dataclass
from goodword.ports.services import SecretPair, WebhookRequest

PROPERTY = "refund"
_HEADER = "stripe-signature"
_MAX_PARTS = 20
_STILL_PAYS = "goodword_still_pays"
_PART = re.compile(r"t=[0-9]{1,16}|v1=[0-9a-f]{64}|v(?!1=)[0-9]{1,2}=[0-9a-f]{1,128}")
_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
# What may move a balance, or shows that it moved. docs.stripe.com/api/events/types
_OF_INVOICES = frozenset({"invoice.finalized", "invoice.voided", "invoice.paid"})
_OF_CUSTOMERS = frozenset({"customer.updated", "customer.deleted"})
_OF_BALANCES = ("customer_balance_transaction.", "credit_note.")


@dataclass(frozen=True, slots=True)
class StripeEvents:
    """The events of one endpoint. referral_property.

    What in a charge's metadata names our referral.
    """

    referral_property: str = "goodword_referral"

    def verify(self, request: WebhookRequest, secrets: SecretPair, now: datetime) -> None:
        """Check one of the v1 signatures over time and raw body; raise Forged if none holds."""
        keys = secrets_of(secrets)
        parts = header(request, _HEADER).split(",")
        stamps = [part.removeprefix("t=") for part in parts if part.startswith("t=")]
        if (
            len(parts) > _MAX_PARTS
            or len(stamps) != 1
            or not all(_PART.fullmatch(part) for part in parts)
        ):
            raise Forged(
                "The signature is not in Stripe's form.",
                where=_HEADER,
                remedy="Let Stripe send it.",
            )
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
        value = {"charge.refunded": _refund, "credit_note.created": _credit_note}.get(
            kind, _nothing
        )(said)
        customer = _name(said.get("customer"))
        if value is None or customer is None:
            return ()
        return (
            CrmEvent(
                object=ObjectRef(
                    connection, "contact", object_id(customer, "data.object.customer")
                ),
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
    """Return the Stripe customers whose balance an event may concern.

    None of one that cannot be read.
    """
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
    return () if name is None or _NAME.fullmatch(name) is None else (name,)


def question(body: bytes) -> RefundQuestion | None:
    """Return what an event of a refund does not show; None if it shows all, or cannot be read."""
    try:
        _, kind, said = _event(body)
    except Unreadable:
        return None
    customer, invoice = said.get("customer"), said.get("invoice")
    if not _is_name(customer):
        return None  # without a customer, or expanded: then it has been looked up
    if kind == "credit_note.created" and _is_name(invoice):
        return RefundQuestion(str(customer), str(invoice))
    if kind == "charge.refunded":
        return RefundQuestion(str(customer))
    return None


def complete(
    body: bytes, email: str, credited: CreditedInvoice | None, still_pays: bool = False
) -> bytes:
    """Return the event as it would be with its customer and its invoice expanded.

    A note then stands for all that are on its invoice, made when the newest of them was.
    still_pays: whether a charge of the customer's stands; the event says so in a field that is
    ours.
    """
    event, _, said = _event(body)
    customer = {"id": said.get("customer"), "object": "customer", "email": email or None}
    said["customer"] = customer | {_STILL_PAYS: still_pays}
    if credited is not None:
        said["amount"] = credited.credited_minor
        said["invoice"] = {
            "id": credited.invoice,
            "object": "invoice",
            "currency": credited.currency.lower(),
            "customer_email": credited.email or None,
            "total": credited.total_minor,
        }
        if credited.noted_at is not None:
            event["created"] = int(credited.noted_at.timestamp())
    return json.dumps(event).encode()


def _event(body: bytes) -> tuple[dict[str, object], str, dict[str, object]]:
    """Return an event, its type and its object."""
    event = mapping(parse_json(body), "body")
    kind = event.get("type")
    if not isinstance(kind, str):
        raise Unreadable("This must be the type of the event.", where="type")
    data = mapping(event.get("data"), "data")
    return event, kind, mapping(data.get("object"), "data.object")


def _refund(charge: dict[str, object]) -> str | None:
    """Return whether all was refunded, or None if the event does not show the other charges.

    A charge of zero is not refunded.
    """
    amount, given_back, customer = (
        charge.get("amount"),
        charge.get("amount_refunded"),
        charge.get("customer"),
    )
    whole = isinstance(amount, int) and amount > 0 and amount == given_back
    if not whole or charge.get("refunded") is not True:
        return "partial"
    if not isinstance(customer, dict) or not isinstance(customer.get(_STILL_PAYS), bool):
        return None
    return "partial" if customer[_STILL_PAYS] else "refunded"


def _credit_note(note: dict[str, object]) -> str | None:
    """Say whether what was noted is as large as the invoice.

    None where the event does not show that one.
    """
    invoice = note.get("invoice")
    total = invoice.get("total") if isinstance(invoice, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or total <= 0:
        return None
    amount = note.get("amount")
    return "refunded" if isinstance(amount, int) and amount >= total else "partial"


def _nothing(_: dict[str, object]) -> None:
    return None


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


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
