"""Standard Webhooks, for any system that has no module of its own.

Headers: `webhook-id`, `webhook-timestamp` (seconds), `webhook-signature` (one or more
`v1,<base64>`, parted by spaces), over `{id}.{timestamp}.{body}`. Secret: `whsec_` and base64 of 24
to 64 bytes. Source: the specification at github.com/standard-webhooks/standard-webhooks.

The body is ours to define:

    {
      "type": "object.changed",                        or "object.deleted", or "object.merged"
      "timestamp": "2026-03-01T09:30:00Z",             when the change happened, with its offset
      "data": {
        "object": {"kind": "deal", "id": "77"},        kind: contact, company, deal or referral
        "properties": {"stage": "demo_attended"},      changes: texts, numbers, true, false or null
        "into": "78",                                  only in object.merged: the remaining object
        "referral": "…", "emails": ["…"],              optional: what helps to find the referral
        "deal": "77", "company": "9"                   optional: what this object belongs to
      }
    }

The version of every property is the body's `timestamp`. The header's time is when it was sent,
which a retry changes; a late retry of an old change would win over a newer one. Other types are
acknowledged and ignored.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from goodword.crm.reading import (
    addresses,
    each_apart,
    fingerprint,
    from_iso,
    mapping,
    object_id,
    parse_json,
    property_name,
    sequence,
    text,
)
from goodword.crm.signing import as_bytes, check_age, header, require_match, secrets_of, sign
from goodword.domain.crm_copy.fact import (
    DELETED,
    MERGED_INTO,
    CrmEvent,
    ObjectKind,
    ObjectRef,
)
from goodword.domain.errors import Forged, NotReady, Unreadable
from goodword.domain.record import dataclass
from goodword.ports.services import SecretPair, WebhookRequest

_KINDS: dict[str, ObjectKind] = {
    "contact": "contact",
    "company": "company",
    "deal": "deal",
    "referral": "referral",
}
_PREFIX = "whsec_"
_MAX_SIGNATURES = 10
_MAX_PROPERTIES = 500


@dataclass(frozen=True, slots=True)
class StandardWebhooks:
    """The generic connection.

    referral_property: a property that carries our referral id, for senders that cannot set
    `data.referral`.
    """

    referral_property: str = "goodword_referral"

    def verify(self, request: WebhookRequest, secrets: SecretPair, now: datetime) -> None:
        """Check one of the signatures over id, time and raw body; raise Forged if none holds."""
        keys = [_key(secret) for secret in secrets_of(secrets)]
        message_id, stamp = header(request, "webhook-id"), header(request, "webhook-timestamp")
        signatures = header(request, "webhook-signature").split(" ")
        if len(signatures) > _MAX_SIGNATURES:
            raise Forged(
                "There are too many signatures.",
                where="webhook-signature",
                remedy="Sign with the secret of now, and while it is changed with the one before.",
            )
        check_age(stamp, now, where="webhook-timestamp")
        parts = (as_bytes(f"{message_id}.{stamp}."), request.body)
        wanted = [b"v1," + base64.b64encode(sign(key, *parts)) for key in keys]
        require_match(signatures, wanted, where="webhook-signature")

    def delivery_id(self, request: WebhookRequest) -> str:
        """Return a hash of `webhook-id`, which a retry repeats and whose length is the sender's."""
        return fingerprint(request.headers.get("webhook-id", ""))

    def read(self, body: bytes, connection: str) -> tuple[CrmEvent | Unreadable, ...]:
        """Read the changes of one object; the shape is in this module's docstring."""
        message = mapping(parse_json(body), "body")
        kind = message.get("type")
        if not isinstance(kind, str):
            raise Unreadable("This must be the type of the event.", where="type")
        if kind not in ("object.changed", "object.deleted", "object.merged"):
            return ()
        data = mapping(message.get("data"), "data")
        version = from_iso(message.get("timestamp"), "timestamp")
        whole = _whole(data, version, connection)
        referral = _one_of_ours(data, whole.object, self.referral_property)

        def change(name: str) -> Iterator[CrmEvent]:
            value = text(changes[name], f"data.properties.{name[:80]}")
            named = property_name(name, "data.properties")
            yield replace(whole, property=named, value=value, referral=referral)

        changes = _changes(kind, data)
        return each_apart(changes, change)

    def acknowledge(self) -> tuple[str, str]:
        """Return an empty object; any 2xx is an acknowledgement."""
        return "application/json", "{}"


def _key(secret: str) -> bytes:
    encoded = secret.removeprefix(_PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if encoded == secret or not 24 <= len(key) <= 64:
        raise NotReady("the secret is not whsec_ and base64 of 24 to 64 bytes")
    return key


def _whole(data: dict[str, object], version: datetime, connection: str) -> CrmEvent:
    """Return what all events of this body share; property and value are still to be set."""
    named = mapping(data.get("object"), "data.object")
    kind = named.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise Unreadable(f"The kind is one of {', '.join(_KINDS)}.", where="data.object.kind")
    emails = sequence(data.get("emails", []), "data.emails", most=100)
    return CrmEvent(
        object=ObjectRef(connection, _KINDS[kind], object_id(named.get("id"), "data.object.id")),
        property="",
        value=None,
        version=version,
        emails=addresses(emails),
        deal=_belongs_to("deal", data, connection),
        company=_belongs_to("company", data, connection),
    )


def _belongs_to(kind: ObjectKind, data: dict[str, object], connection: str) -> ObjectRef | None:
    value = data.get(kind)
    return None if value is None else ObjectRef(connection, kind, object_id(value, f"data.{kind}"))


def _one_of_ours(data: dict[str, object], ref: ObjectRef, referral_property: str) -> str | None:
    if ref.kind == "referral":
        return ref.id
    properties = data.get("properties")
    fallback = properties.get(referral_property) if isinstance(properties, dict) else None
    value = data.get("referral", fallback)
    return None if value is None else object_id(value, "data.referral")


def _changes(kind: str, data: dict[str, object]) -> dict[str, object]:
    """Return what changed, each still to be read."""
    if kind == "object.deleted":
        return {DELETED: "true"}
    if kind == "object.merged":
        return {MERGED_INTO: object_id(data.get("into"), "data.into")}
    properties = mapping(data.get("properties"), "data.properties")
    if len(properties) > _MAX_PROPERTIES:
        raise Unreadable(
            f"There are more than {_MAX_PROPERTIES} properties.", where="data.properties"
        )
    return properties
