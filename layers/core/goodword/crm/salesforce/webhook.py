"""Salesforce: a Flow that posts JSON with a signed header, and the older SOAP outbound message.

**Flow.** A Flow cannot sign by itself; one Apex method of a few lines can (`docs/add-a-crm.md` has
it). It sends `X-Goodword-Timestamp` (seconds) and `X-Goodword-Signature`: lower-case hex of
HMAC-SHA256 under the shared secret over `{timestamp}.{body}`. The body is what `JSON.serialize`
makes of one record or of a list of up to 200, with the fields that the Flow has queried:
`[{"attributes": {"type": "Opportunity"}, "Id": "006…", "SystemModstamp": "…", "StageName": "…"}]`.

**Outbound message.** Salesforce signs nothing. The secret is written `secret:OrganizationId` and
both halves must come back: the secret as `?key=…` of the webhook's address, the organization in the
message. It is in the query and not in the path, since the path is ours to publish: the connection's
name stands in records, pages and logs. The query must never be logged, and WebhookRequest.url holds
it. Nothing binds the body to a time; a replay repeats versions that are known. An address can leak
where a header cannot: add a client certificate or Salesforce's address ranges in front, or use the
Flow. The XML may declare no types and no entities. Source: developer.salesforce.com, SOAP API
developer guide, "Outbound Messaging".

Both: the version of every field is the record's SystemModstamp, which every write moves, or else
its LastModifiedDate. A contact here is a Contact or a Lead there. A converted Lead names the
contact, account and opportunity that it became. A person account is a company and a contact in one
record. A record that was merged is deleted and names its MasterRecordId. Who wrote is
LastModifiedById; which user we are is not known here, so no event is marked as our own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from goodword.crm.reading import (
    addresses,
    each_apart,
    fingerprint,
    is_scalar,
    mapping,
    moment,
    parse_json,
    property_name,
    sequence,
    text,
)
from goodword.crm.salesforce.record_id import full_id
from goodword.crm.signing import as_bytes, check_age, header, require_match, secrets_of, sign
from goodword.domain.crm_copy.fact import (
    ASSOCIATION,
    DELETED,
    MERGED_INTO,
    CrmEvent,
    ObjectKind,
    ObjectRef,
)
from goodword.domain.errors import Forged, NotReady, Unreadable
from goodword.domain.record import dataclass
from goodword.ports.services import SecretPair, WebhookRequest

REFERRAL_PROPERTY = "Goodword_Referral__c"

_KINDS: dict[str, ObjectKind] = {
    "Contact": "contact",
    "Lead": "contact",
    "Account": "company",
    "Opportunity": "deal",
}
_NOT_FACTS = ("Id", "SystemModstamp", "LastModifiedDate", "IsDeleted", "attributes")
_MAX_RECORDS, _MAX_NOTIFICATIONS = 200, 100
_OUTBOUND = "{http://soap.sforce.com/2005/09/outbound}"
_ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_ACK = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>'
    "</notificationsResponse></soapenv:Body></soapenv:Envelope>"
)


@dataclass(frozen=True, slots=True)
class SalesforceFlow:
    """Records that a Flow posts as signed JSON."""

    referral_property: str = REFERRAL_PROPERTY

    def verify(self, request: WebhookRequest, secrets: SecretPair, now: datetime) -> None:
        """Check the signature over time and raw body; raise Forged if it does not hold."""
        keys = secrets_of(secrets)
        stamp = header(request, "x-goodword-timestamp")
        given = header(request, "x-goodword-signature")
        check_age(stamp, now, where="x-goodword-timestamp")
        parts = (as_bytes(f"{stamp}."), request.body)
        wanted = [sign(key.encode(), *parts).hex().encode() for key in keys]
        require_match([given], wanted, where="x-goodword-signature")

    def delivery_id(self, request: WebhookRequest) -> str:
        """Return a hash of the body: it holds the records' versions, and no other id."""
        return fingerprint(request.body.hex())

    def read(self, body: bytes, connection: str) -> tuple[CrmEvent | Unreadable, ...]:
        """Read every field of every record; other types of record are passed over."""
        value = parse_json(body)
        records = sequence(value if isinstance(value, list) else [value], "body", most=_MAX_RECORDS)
        return each_apart(
            records, lambda record: self._record(mapping(record, "record"), connection)
        )

    def acknowledge(self) -> tuple[str, str]:
        """Return an empty object; the Flow looks at the status alone."""
        return "application/json", "{}"

    def _record(self, record: dict[str, object], connection: str) -> Iterator[CrmEvent]:
        sobject = mapping(record.get("attributes"), "attributes").get("type")
        fields = {
            name: text(value, name[:80]) for name, value in record.items() if is_scalar(value)
        }
        yield from _events(str(sobject), fields, connection, self.referral_property)


@dataclass(frozen=True, slots=True)
class SalesforceOutbound:
    """SOAP messages that Salesforce sends by itself, of up to a hundred notifications."""

    referral_property: str = REFERRAL_PROPERTY

    def verify(self, request: WebhookRequest, secrets: SecretPair, now: datetime) -> None:  # noqa: ARG002
        """Check the address's key and then the organization.

        Raise Forged if they do not hold together.
        """
        pairs = [_key_and_organization(secret) for secret in secrets_of(secrets)]
        given = _key_of(request.url)
        # The key first: no XML of a request without it is parsed.
        require_match([given], [as_bytes(key) for key, _ in pairs], where="key")
        organization = full_id(_child_text(_notifications(request.body), "OrganizationId")) or ""
        wanted = [as_bytes(f"{key}:{own}") for key, own in pairs]
        require_match([f"{given}:{organization}"], wanted, where="OrganizationId")

    def delivery_id(self, request: WebhookRequest) -> str:
        """Return a hash of the notifications' ids, which a retry repeats, in any order."""
        try:
            message = _notifications(request.body)
            return fingerprint(sorted(_child_text(one, "Id") for one in _each(message)))
        except Unreadable:
            return fingerprint(request.body.hex())

    def read(self, body: bytes, connection: str) -> tuple[CrmEvent | Unreadable, ...]:
        """Read every field of every record; other types of record are passed over."""
        return each_apart(
            _each(_notifications(body)), lambda one: self._notification(one, connection)
        )

    def acknowledge(self) -> tuple[str, str]:
        """Return the SOAP answer without which Salesforce sends again for 24 h."""
        return "text/xml; charset=utf-8", _ACK

    def _notification(self, notification: Element, connection: str) -> Iterator[CrmEvent]:
        record = notification.find(f"{_OUTBOUND}sObject")
        if record is None:
            raise Unreadable("A notification has no sObject.", where="sObject")
        sobject = record.get(f"{_XSI}type", "").rpartition(":")[2]
        fields = {
            child.tag.rpartition("}")[2]: child.text or None for child in record if len(child) == 0
        }
        yield from _events(sobject, fields, connection, self.referral_property)


def _events(
    sobject: str, fields: dict[str, str | None], connection: str, referral_property: str
) -> Iterator[CrmEvent]:
    """Yield one event per field of one record, all of the record's own version.

    Beside them, for a converted lead, that it became a contact, and for a person account its
    contact.
    """
    kind = _KINDS.get(sobject)
    if kind is None:
        return
    version = moment(
        fields.get("SystemModstamp") or fields.get("LastModifiedDate"), "SystemModstamp"
    )
    ref = ObjectRef(connection, kind, _record_id(fields.get("Id"), "Id"))
    converted = "Converted" if sobject == "Lead" else ""
    contact = _named(fields, f"{converted or 'Person'}ContactId", "contact", connection)
    whole = CrmEvent(
        object=ref,
        property="",
        value=None,
        version=version,
        referral=fields.get(referral_property),
        emails=addresses([fields.get("Email" if kind == "contact" else "PersonEmail")]),
        deal=_named(fields, f"{converted}OpportunityId", "deal", connection),
        company=_named(fields, f"{converted}AccountId", "company", connection),
    )
    if fields.get("IsDeleted") == "true":
        master = _named(fields, "MasterRecordId", kind, connection)
        if master is None:
            yield replace(whole, property=DELETED, value="true")
        else:
            yield replace(whole, property=MERGED_INTO, value=master.id)
        return
    for name, value in fields.items():
        if name not in _NOT_FACTS:
            yield replace(whole, property=property_name(name, "field"), value=value)
    if contact is not None and sobject == "Lead":
        yield replace(whole, property=MERGED_INTO, value=contact.id)
    elif contact is not None and sobject == "Account":
        yield from _person(whole, contact, fields, referral_property)


def _person(
    account: CrmEvent, contact: ObjectRef, fields: dict[str, str | None], referral_property: str
) -> Iterator[CrmEvent]:
    """Yield the contact that a person account is as well, and that it belongs to the account.

    The account carries the contact's standard fields as `Person…` and its custom ones as `…__pc`.
    """
    own = {
        name.removeprefix("Person"): value
        for name, value in fields.items()
        if name.startswith("Person") and name != "PersonContactId"
    }
    own |= {f"{name[:-4]}__c": value for name, value in fields.items() if name.endswith("__pc")}
    whole = replace(
        account,
        object=contact,
        company=account.object,
        referral=own.get(referral_property) or account.referral,
    )
    for name, value in own.items():
        yield replace(whole, property=property_name(name, "field"), value=value)
    tie = f"{ASSOCIATION}:company:{account.object.id}"
    yield replace(whole, property=tie, value="true")


def _named(
    fields: dict[str, str | None], field: str, kind: ObjectKind, connection: str
) -> ObjectRef | None:
    value = fields.get(field)
    return None if value is None else ObjectRef(connection, kind, _record_id(value, field))


def _record_id(value: str | None, where: str) -> str:
    record_id = full_id(value or "")
    if record_id is None:
        raise Unreadable("This is not the id of a record.", where=where)
    return record_id


def _key_and_organization(secret: str) -> tuple[str, str]:
    key, _, organization = secret.rpartition(":")
    own = full_id(organization)
    if not key or own is None:
        raise NotReady("the secret is not secret:OrganizationId")
    return key, own


def _key_of(url: str) -> str:
    try:
        # Not urlsplit, which drops tabs and line breaks before it looks.
        pairs = parse_qsl(url.partition("?")[2], max_num_fields=20)
    except ValueError:
        pairs = []
    keys = [value for name, value in pairs if name == "key"]
    if len(keys) != 1:
        raise Forged(
            "The address carries no key, or more than one.",
            where="key",
            remedy="Add the parameter key to the endpoint's address once.",
        )
    return keys[0]


def _notifications(body: bytes) -> Element:
    """Return the message in its envelope, from UTF-8 without document types and entities."""
    try:
        # Decoded here and not by the parser: a declared encoding is one more thing to be lied to
        # about.
        root = fromstring(body.decode("utf-8-sig"), forbid_dtd=True)
    except (ParseError, ValueError, LookupError, RecursionError):
        raise Unreadable("The body is not plain XML in UTF-8.", where="body") from None
    found = root.find(f"{_ENVELOPE}Body/{_OUTBOUND}notifications")
    if root.tag != f"{_ENVELOPE}Envelope" or found is None:
        raise Unreadable("The body is not an outbound message.", where="body")
    return found


def _each(message: Element) -> list[Element]:
    found = message.findall(f"{_OUTBOUND}Notification")
    if not 1 <= len(found) <= _MAX_NOTIFICATIONS:
        raise Unreadable(
            f"A message holds 1 to {_MAX_NOTIFICATIONS} notifications.", where="Notification"
        )
    return found


def _child_text(parent: Element, name: str) -> str:
    return parent.findtext(f"{_OUTBOUND}{name}") or ""
