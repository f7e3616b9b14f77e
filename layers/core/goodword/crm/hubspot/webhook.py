"""HubSpot: an app's webhooks (what changed) and a workflow's webhooks (the whole object).

Both are signed alike: `X-HubSpot-Signature-v3` is base64 of HMAC-SHA256 under the app's client
secret over method, address, raw body and `X-HubSpot-Request-Timestamp`, which is in milliseconds.
Twelve encoded characters of the address are decoded first. A workflow needs the setting "include
request signature in header" with the app's id. The older v1 and v2 signatures carry no time, so
that a request could be played again for ever: they are not accepted. Source:
developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/ request-validation.

An app's body is an array of events, as `contact.propertyChange` or as the newer
`object.propertyChange` with `objectTypeId`. Events carry ids, never the contact: a deal's people
are asked for by `lookup`. A workflow's body is the object as the object's API gives it: contacts
with a time for each property, other objects sometimes with one time for all. Source:
developers.hubspot.com/docs/methods/workflows/ webhook_information.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime

from goodword.crm.reading import (
    addresses,
    each_apart,
    fingerprint,
    is_scalar,
    mapping,
    moment,
    object_id,
    parse_json,
    property_name,
    sequence,
    text,
)
from goodword.crm.signing import as_bytes, check_age, header, require_match, secrets_of, sign
from goodword.domain.crm_copy.fact import (
    ASSOCIATION,
    CREATED,
    DELETED,
    MERGED_INTO,
    CrmEvent,
    ObjectKind,
    ObjectRef,
)
from goodword.domain.errors import Unreadable
from goodword.domain.record import dataclass
from goodword.ports.services import SecretPair, WebhookRequest

REFERRAL_PROPERTY = "goodword_referral"
EMAIL_PROPERTIES = ("email", "hs_additional_emails")  # the second has several, separated by ;

_DECODED = re.compile("%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
_BY_NAME: dict[str, ObjectKind] = {"contact": "contact", "company": "company", "deal": "deal"}
_BY_TYPE_ID: dict[str, ObjectKind] = {"0-1": "contact", "0-2": "company", "0-3": "deal"}
# HubSpot sends about a hundred at most.
_MAX_EVENTS = 1000
_LIFE = {
    "creation": (CREATED, "true"),
    "deletion": (DELETED, "true"),
    "privacyDeletion": (DELETED, "true"),
    "restore": (DELETED, "false"),
}


def _verify(request: WebhookRequest, secrets: SecretPair, now: datetime) -> None:
    keys = secrets_of(secrets)
    stamp = header(request, "x-hubspot-request-timestamp")
    given = header(request, "x-hubspot-signature-v3")
    check_age(stamp, now, ticks_per_second=1000, where="x-hubspot-request-timestamp")
    address = _DECODED.sub(lambda found: chr(int(found[1], 16)), request.url)
    parts = (as_bytes(request.method + address), request.body, as_bytes(stamp))
    wanted = [base64.b64encode(sign(key.encode(), *parts)) for key in keys]
    require_match([given], wanted, where="x-hubspot-signature-v3")


@dataclass(frozen=True, slots=True)
class HubSpotApp:
    """Webhooks of an app: an array of single changes."""

    referral_property: str = REFERRAL_PROPERTY

    def verify(self, request: WebhookRequest, secrets: SecretPair, now: datetime) -> None:
        """Check the v3 signature under the client secret; raise Forged if it does not hold."""
        _verify(request, secrets, now)

    def delivery_id(self, request: WebhookRequest) -> str:
        """Return a hash of the events without their attempt numbers, in any order.

        A retry differs in nothing else. The events count and not their eventIds alone, which
        HubSpot does not promise to be unique: a shared one must not make two deliveries look like
        one.
        """
        try:
            events = sequence(parse_json(request.body), "body", most=_MAX_EVENTS)
            return fingerprint(sorted(fingerprint(_without_attempt(event)) for event in events))
        except (Unreadable, RecursionError):
            return fingerprint(request.body.hex())

    def read(self, body: bytes, connection: str) -> tuple[CrmEvent | Unreadable, ...]:
        """Read each event; objects that are no contact, company or deal are passed over."""
        events = sequence(parse_json(body), "body", most=_MAX_EVENTS)
        return each_apart(events, lambda event: self._changes(mapping(event, "event"), connection))

    def acknowledge(self) -> tuple[str, str]:
        """Return an empty object; any 2xx within 5 s is an acknowledgement."""
        return "application/json", "{}"

    def _changes(self, event: dict[str, object], connection: str) -> Iterator[CrmEvent]:
        subscription = event.get("subscriptionType")
        if not isinstance(subscription, str):
            raise Unreadable("This must be the type of the subscription.", where="subscriptionType")
        subject, _, action = subscription.partition(".")
        if action == "associationChange":
            yield from _association(event, connection)
            return
        kind = (
            _BY_TYPE_ID.get(str(event.get("objectTypeId")))
            if subject == "object"
            else _BY_NAME.get(subject)
        )
        if kind is None:
            return
        if action == "merge":
            yield from _merge(event, kind, connection)
        elif action == "propertyChange":
            yield self._property_change(event, kind, connection)
        elif action in _LIFE:
            name, value = _LIFE[action]
            yield CrmEvent(
                _object(event, kind, connection), name, value, _version(event), own=_is_own(event)
            )

    def _property_change(
        self, event: dict[str, object], kind: ObjectKind, connection: str
    ) -> CrmEvent:
        name = property_name(event.get("propertyName"), "propertyName")
        value = text(event.get("propertyValue"), "propertyValue")
        return CrmEvent(
            object=_object(event, kind, connection),
            property=name,
            value=value,
            version=_version(event),
            referral=value if name == self.referral_property else None,
            emails=addresses([value]) if kind == "contact" and name in EMAIL_PROPERTIES else (),
            own=_is_own(event),
        )


def _without_attempt(event: object) -> object:
    if not isinstance(event, dict):
        return event
    return {key: value for key, value in event.items() if key != "attemptNumber"}


def _object(event: dict[str, object], kind: ObjectKind, connection: str) -> ObjectRef:
    return ObjectRef(connection, kind, object_id(event.get("objectId"), "objectId"))


def _version(event: dict[str, object]) -> datetime:
    return moment(event.get("occurredAt"), "occurredAt")


def _is_own(event: dict[str, object]) -> bool:
    """Tell whether the app that owns the subscription made the change itself: we are that app."""
    app = event.get("appId")
    return (
        app is not None
        and event.get("changeSource") == "INTEGRATION"
        and event.get("sourceId") == str(app)
    )


def _merge(event: dict[str, object], kind: ObjectKind, connection: str) -> Iterator[CrmEvent]:
    """Yield, for each object that is gone, into which one.

    Sometimes the one that remains is a new one.
    """
    primary = object_id(event.get("primaryObjectId", event.get("objectId")), "primaryObjectId")
    made = event.get("newObjectId")
    remains = primary if made is None else object_id(made, "newObjectId")
    merged = sequence(event.get("mergedObjectIds"), "mergedObjectIds", most=100)
    for gone in dict.fromkeys([primary, *(object_id(one, "mergedObjectIds") for one in merged)]):
        if gone != remains:
            yield CrmEvent(ObjectRef(connection, kind, gone), MERGED_INTO, remains, _version(event))


def _association(event: dict[str, object], connection: str) -> Iterator[CrmEvent]:
    """Yield that two objects were tied or untied, as a fact of its own for each pair."""
    names = str(event.get("associationType")).lower().split("_to_")
    kinds = [
        _BY_TYPE_ID.get(str(event.get("fromObjectTypeId"))) or _BY_NAME.get(names[0]),
        _BY_TYPE_ID.get(str(event.get("toObjectTypeId"))) or _BY_NAME.get(names[-1]),
    ]
    start, end = kinds
    if start is None or end is None:
        return
    one = ObjectRef(connection, start, object_id(event.get("fromObjectId"), "fromObjectId"))
    other = ObjectRef(connection, end, object_id(event.get("toObjectId"), "toObjectId"))
    removed = event.get("associationRemoved") is True
    yield CrmEvent(
        object=one,
        property=f"{ASSOCIATION}:{other.kind}:{other.id}",
        value=None if removed else "true",
        version=_version(event),
        deal=other if other.kind == "deal" and not removed else None,
        company=other if other.kind == "company" and not removed else None,
        own=_is_own(event),
    )


@dataclass(frozen=True, slots=True)
class HubSpotWorkflow:
    """Webhooks of a workflow: one whole object, each of its properties an event."""

    referral_property: str = REFERRAL_PROPERTY

    def verify(self, request: WebhookRequest, secrets: SecretPair, now: datetime) -> None:
        """Check the v3 signature under the client secret; raise Forged if it does not hold."""
        _verify(request, secrets, now)

    def delivery_id(self, request: WebhookRequest) -> str:
        """Return a hash of the body: a retry repeats it, and it carries no id of its own."""
        return fingerprint(request.body.hex())

    def read(self, body: bytes, connection: str) -> tuple[CrmEvent | Unreadable, ...]:
        """Read every property of the object with its own time, or else with the object's."""
        whole = mapping(parse_json(body), "body")
        ref = _whole_object(whole, connection)
        if ref is None:
            return ()
        properties = mapping(whole.get("properties"), "properties")
        values = {
            name: text(plain, f"properties.{name[:80]}")
            for name, given in properties.items()
            if is_scalar(plain := _value(given))
        }
        fallback = (
            values.get("hs_lastmodifieddate")
            or values.get("lastmodifieddate")
            or whole.get("updatedAt")
        )
        names = EMAIL_PROPERTIES if ref.kind == "contact" else ()
        emails = addresses(values.get(name) for name in names)
        company = _first_company(whole, connection)

        def change(name: str) -> Iterator[CrmEvent]:
            yield CrmEvent(
                object=ref,
                property=property_name(name, "properties"),
                value=values[name],
                version=_changed_at(properties[name], fallback, f"properties.{name[:80]}"),
                referral=values.get(self.referral_property),
                emails=emails,
                company=company,
            )

        return each_apart(values, change)

    def acknowledge(self) -> tuple[str, str]:
        """Return an empty object; any 2xx within 30 s is an acknowledgement."""
        return "application/json", "{}"


# Older object APIs name the id by the kind; the newer ones say `objectId` or `id` and the type
# beside it.
_ID_FIELDS: dict[str, ObjectKind] = {"vid": "contact", "dealId": "deal", "companyId": "company"}


def _whole_object(whole: dict[str, object], connection: str) -> ObjectRef | None:
    for field, kind in _ID_FIELDS.items():
        if whole.get(field) is not None:
            return ObjectRef(connection, kind, object_id(whole[field], field))
    by_type = _BY_TYPE_ID.get(str(whole.get("objectTypeId"))) or _BY_NAME.get(
        str(whole.get("objectType")).lower()
    )
    if by_type is None:
        return None
    return ObjectRef(
        connection, by_type, object_id(whole.get("objectId", whole.get("id")), "objectId")
    )


def _value(given: object) -> object:
    return given.get("value") if isinstance(given, dict) else given


def _changed_at(given: object, fallback: object, where: str) -> datetime:
    """Return a property's own time: of its newest version, else its own, else the object's."""
    if isinstance(given, dict):
        versions = given.get("versions")
        times = [
            moment(version["timestamp"], where)
            for version in (versions if isinstance(versions, list) else [])
            if isinstance(version, dict) and version.get("timestamp") is not None
        ]
        if times:
            return max(times)
        if given.get("timestamp") is not None:
            return moment(given["timestamp"], where)
    return moment(fallback, where)


def _first_company(whole: dict[str, object], connection: str) -> ObjectRef | None:
    associations = whole.get("associations")
    ids = associations.get("associatedCompanyIds") if isinstance(associations, dict) else None
    if not isinstance(ids, list) or not ids:
        return None
    return ObjectRef(connection, "company", object_id(ids[0], "associations.associatedCompanyIds"))
