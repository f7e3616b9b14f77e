"""Pipedrive webhooks v2: the whole object at each change, under basic auth and without a signature.

Secret: `user:password`, as entered with the webhook. It travels with every request, over TLS; a
body is only as trustworthy as that password. Retries after 3, 30 and 150 s differ in
`meta.attempt`; ten failed first tries ban the webhook for half an hour, so it is answered before
any work. Source: pipedrive.readme.io/docs/ guide-for-webhooks-v2.

`data` is the object after the change and null when it is gone; `previous` is not used, since
deliveries come out of order: compare with the stage that is held. A merge comes as the deletion of
one object, which names in `meta.merged_to_id` the one that remains, and as a change of that one.
`meta.change_source: api` does not say whose program it was, so none of these events is known to be
our own. Custom fields are named by their keys (forty hex digits); the one with our referral id has
to be configured. They are objects with a type: an option is `{"type": "enum", "id": 36}`, money is
`{"type": "monetary", "value": 150000, "currency": "JPY"}`, in a currency of its own and not in the
deal's.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime

from goodword.crm.reading import (
    addresses,
    fingerprint,
    is_scalar,
    mapping,
    moment,
    object_id,
    parse_json,
    property_name,
    text,
)
from goodword.crm.signing import as_bytes, header, require_match, secrets_of
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

_KINDS: dict[str, ObjectKind] = {"person": "contact", "organization": "company", "deal": "deal"}


@dataclass(frozen=True, slots=True)
class Pipedrive:
    """Webhooks of deals, persons and organizations."""

    referral_property: str = "goodword_referral"

    def verify(self, request: WebhookRequest, secrets: SecretPair, now: datetime) -> None:  # noqa: ARG002
        """Check user and password.

        Raise Forged if they do not hold. The time is not signed, so not asked.
        """
        keys = secrets_of(secrets)
        if not all(":" in key.strip(":") for key in keys):
            raise NotReady("the secret is not user:password")
        scheme, _, credentials = header(request, "authorization").partition(" ")
        if scheme.lower() != "basic":
            raise Forged(
                "This webhook proves itself by basic auth.",
                where="authorization",
                remedy="Enter the connection's user and password with the webhook.",
            )
        require_match(
            [credentials], [base64.b64encode(as_bytes(key)) for key in keys], where="authorization"
        )

    def delivery_id(self, request: WebhookRequest) -> str:
        """Return a hash of which webhook said what of which object when.

        A retry differs in none of these.
        """
        try:
            meta = mapping(mapping(parse_json(request.body), "body").get("meta"), "meta")
            named = ("id", "webhook_id", "action", "entity", "entity_id", "timestamp")
            return fingerprint([meta.get(name) for name in named])
        except (Unreadable, RecursionError):
            return fingerprint(request.body.hex())

    def read(self, body: bytes, connection: str) -> tuple[CrmEvent, ...]:
        """Read every field of the object at the time of the change.

        Other entities are passed over.
        """
        message = mapping(parse_json(body), "body")
        meta = mapping(message.get("meta"), "meta")
        entity = meta.get("entity")
        if not isinstance(entity, str):
            raise Unreadable("This must be the type of the object.", where="meta.entity")
        kind = _KINDS.get(entity)
        if kind is None:
            return ()
        ref = ObjectRef(connection, kind, object_id(meta.get("entity_id"), "meta.entity_id"))
        version = moment(meta.get("timestamp"), "meta.timestamp")
        if meta.get("action") == "delete":
            return (_gone(meta, ref, version),)
        return tuple(self._fields(mapping(message.get("data"), "data"), ref, version))

    def acknowledge(self) -> tuple[str, str]:
        """Return an empty object; any 2xx within 10 s is an acknowledgement."""
        return "application/json", "{}"

    def _fields(
        self, data: dict[str, object], ref: ObjectRef, version: datetime
    ) -> Iterator[CrmEvent]:
        values = {
            property_name(name, "data"): text(value, f"data.{name[:80]}")
            for name, value in pipedrive_fields(data).items()
        }
        emails = addresses(pipedrive_emails(data)) if ref.kind == "contact" else ()
        organization = None if ref.kind == "company" else data.get("org_id")
        company = (
            None
            if organization is None
            else ObjectRef(ref.connection, "company", object_id(organization, "data.org_id"))
        )
        for name, value in values.items():
            yield CrmEvent(
                object=ref,
                property=name,
                value=value,
                version=version,
                referral=values.get(self.referral_property),
                emails=emails,
                company=company,
            )


def _gone(meta: dict[str, object], ref: ObjectRef, version: datetime) -> CrmEvent:
    into = meta.get("merged_to_id")
    if into is None:
        return CrmEvent(ref, DELETED, "true", version)
    return CrmEvent(ref, MERGED_INTO, object_id(into, "meta.merged_to_id"), version)


def pipedrive_fields(data: dict[str, object]) -> dict[str, object]:
    """Return the object's own fields that are one thing and its custom fields, by name.

    A custom field comes bare or as an object that names its type; the API and the webhooks differ
    in this. One of no shape that is known here is left out.
    """
    given = data.get("custom_fields")
    custom = given if isinstance(given, dict) else {}
    own = {
        name: value.get("value") if isinstance(value, dict) else value
        for name, value in data.items()
        if name != "custom_fields"
    }
    fields = own | {name: _custom_value(value) for name, value in custom.items()}
    return {name: value for name, value in fields.items() if is_scalar(value)}


def _custom_value(value: object) -> object:
    """Return a custom field as one thing: an option by its id, money with its own currency.

    Several options are their ids with commas between, as the API takes them; a range is its two
    ends with a slash between, as ISO 8601 writes it.
    """
    if isinstance(value, list):
        ids = [one.get("id") if isinstance(one, dict) else one for one in value]
        return ",".join(map(str, ids)) if all(map(_is_name, ids)) else value
    if not isinstance(value, dict):
        return value
    if "values" in value:
        return _custom_value(value["values"])
    first = value.get("value", value.get("from", value.get("id", value)))
    if not _is_name(first):
        return _custom_value(first) if isinstance(first, list) else first
    if _is_name(value.get("currency")):
        return f"{first} {value['currency']}"
    return f"{first}/{value['until']}" if _is_name(value.get("until")) else first


def _is_name(value: object) -> bool:
    """Tell whether a value is a text or a number."""
    return isinstance(value, int | str) and not isinstance(value, bool) and value != ""


def pipedrive_emails(person: dict[str, object]) -> list[object]:
    """Return a person's addresses, the primary ones first."""
    entries = person.get("emails")
    listed = [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    return [
        one.get("value") for one in sorted(listed, key=lambda one: one.get("primary") is not True)
    ]
