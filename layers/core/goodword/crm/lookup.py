"""Ask a CRM for what its events do not carry: an object's properties, and its people's e-mail addresses.

Standard library only. Each wait ends after five seconds, redirects are not followed (a token goes where it
was meant to go or nowhere), an answer has a largest size, and no message names a token or a person.
What comes back: the object, or None when the CRM says that there is none; `Unavailable` when the CRM did not
answer, was too slow or too busy; `NotReady` when it refuses us, since token and address are our settings. A
lookup of Salesforce's keeps the token of its session, so whoever asks more than once keeps the lookup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic
from typing import ClassVar
from urllib.parse import urlencode, urlsplit

from goodword.crm.pipedrive.webhook import pipedrive_emails, pipedrive_fields
from goodword.crm.reading import addresses, is_scalar, mapping, moment, parse_json, sequence, text
from goodword.crm.salesforce.record_id import SOBJECT_BY_PREFIX, full_id, sobject_of
from goodword.domain.crm_copy.fact import CrmObject, ObjectKind, ObjectRef
from goodword.domain.errors import NotReady, Unavailable, Unreadable
from goodword.domain.record import dataclass
from goodword.ports import CrmLookup

TIMEOUT_SECONDS = 5.0
MAX_ANSWER_BYTES = 2_000_000
# One page of people: enough to find a referral by, and one request.
MAX_PEOPLE = 100
_PAGE = f"LIMIT {MAX_PEOPLE}"
_NUMBER = re.compile(r"[0-9]{1,20}")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def lookup_for(
    kind: str,
    base_url: str,
    token: str,
    connection: str,
    *,
    referral_property: str | None = None,
    properties: tuple[str, ...] = (),
) -> CrmLookup:
    """Return how objects of this kind of CRM are asked for.

    base_url: such as https://api.hubapi.com, https://api.pipedrive.com or the Salesforce organization's own
    address. connection: named in errors. referral_property: which property carries our referral id.
    properties: what HubSpot is asked for beside the usual; the others give all they have.
    Raises NotReady for a kind that does not exist and for an address that is not https.
    """
    if kind in ("standard", "stripe"):
        return NoLookup()
    door = Door(base_url, token, connection)
    if kind in ("hubspot", "hubspot_workflow"):
        return HubSpotLookup(door, referral_property or "goodword_referral", properties)
    if kind == "pipedrive":
        return PipedriveLookup(door, referral_property or "goodword_referral")
    if kind in ("salesforce_flow", "salesforce_outbound"):
        return SalesforceLookup(door, referral_property or "Goodword_Referral__c", Session(door))
    raise NotReady(f"no CRM is called {kind!r}")


class Expired(NotReady):
    """The CRM does not take the token, or takes it no longer."""


@dataclass(frozen=True, slots=True)
class Door:
    """One CRM's address and the token that opens it.

    Plain http is for this machine alone, where the twin lives; a token never crosses a network unencrypted.
    """

    base_url: str
    token: str = field(repr=False)
    connection: str
    timeout_seconds: float = TIMEOUT_SECONDS

    def __post_init__(self) -> None:
        url = urlsplit(self.base_url)
        if not url.hostname or not (
            url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOOPBACK)
        ):
            raise NotReady(f"{self.connection}: the CRM's address must begin with https://")
        if not self.token.isascii() or not self.token.isprintable() or not self.token:
            raise NotReady(f"{self.connection}: the CRM's token is missing or malformed")

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: object = None
    ) -> dict[str, object] | None:
        """Return the JSON object that the CRM answers, or None when it answers that there is none (404).

        body: sent as JSON; a text is sent as it is, and headers say what it is. Raises Expired for 401.
        """
        try:
            status, answer = self._exchange(method, path, headers, body)
        except (OSError, HTTPException):
            raise Unavailable(f"{self.connection}: the CRM did not answer in time") from None
        if status == 404:
            return None
        if status == 429 or status >= 500:
            raise Unavailable(f"{self.connection}: the CRM answered {status}")
        if status == 401:
            raise Expired(f"{self.connection}: the CRM refused our question with 401")
        if status not in (200, 207):
            raise NotReady(f"{self.connection}: the CRM refused our question with {status}")
        with self.reading():
            return mapping(parse_json(answer), "answer")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn an answer that is not in its documented shape into Unavailable: no sender can mend it."""
        try:
            yield
        except Unreadable as bad:
            raise Unavailable(f"{self.connection}: the CRM's answer cannot be read at {bad.where}") from None

    def _exchange(self, method: str, path: str, headers: dict[str, str], body: object) -> tuple[int, bytes]:
        url = urlsplit(self.base_url)
        make = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = make(str(url.hostname), url.port, timeout=self.timeout_seconds)
        sent = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        asked = {"Accept": "application/json", "Content-Type": "application/json", **headers}
        try:
            connection.request(method, url.path.rstrip("/") + path, sent, asked)
            response = connection.getresponse()
            return response.status, self._read(response)
        finally:
            connection.close()

    def _read(self, response: HTTPResponse) -> bytes:
        # The socket's timeout is per wait; a drip of single bytes would otherwise hold us for hours.
        deadline = monotonic() + self.timeout_seconds
        answer = bytearray()
        while chunk := response.read1(65536):
            answer += chunk
            if len(answer) > MAX_ANSWER_BYTES or monotonic() > deadline:
                raise Unavailable(f"{self.connection}: the CRM's answer is too long or too slow")
        return bytes(answer)


@dataclass(frozen=True, slots=True)
class NoLookup:
    """A system that cannot be asked: its events carry what is needed."""

    def look_up(self, ref: ObjectRef) -> CrmObject | None:  # noqa: ARG002 - the port's signature
        """Return None."""
        return None


@dataclass(frozen=True, slots=True)
class HubSpotLookup:
    """HubSpot's CRM API v3: `GET /crm/v3/objects/{type}/{id}` and the contacts' batch read.

    Source: developers.hubspot.com/docs/api-reference/crm-objects-v3.
    """

    door: Door
    referral_property: str = "goodword_referral"
    properties: tuple[str, ...] = ()

    _paths: ClassVar[dict[ObjectKind, str]] = {"contact": "contacts", "company": "companies", "deal": "deals"}
    _usual: ClassVar[dict[ObjectKind, tuple[str, ...]]] = {
        "contact": ("email", "hs_additional_emails", "lifecyclestage", "hs_lead_status"),
        "company": ("name", "domain", "lifecyclestage", "industry", "numberofemployees", "country"),
        "deal": ("dealname", "dealstage", "pipeline", "amount", "deal_currency_code", "closedate"),
    }

    def look_up(self, ref: ObjectRef) -> CrmObject | None:
        """Return the object and its e-mails; a deal's or company's are those of its contacts."""
        kind = self._paths.get(ref.kind)
        if kind is None or not _NUMBER.fullmatch(ref.id):
            return None
        names = dict.fromkeys((*self._usual[ref.kind], self.referral_property, *self.properties))
        asked = {"properties": ",".join(names)}
        if ref.kind != "contact":
            asked["associations"] = "contacts"
        found = self._ask("GET", f"/crm/v3/objects/{kind}/{ref.id}?{urlencode(asked)}")
        if found is None or found.get("archived") is True:
            return None
        with self.door.reading():
            properties = _texts(mapping(found.get("properties"), "properties"))
            people = [properties] if ref.kind == "contact" else self._people(_associated(found))
            return CrmObject(
                object=ref,
                properties=properties,
                changed_at=moment(found.get("updatedAt"), "updatedAt"),
                emails=addresses(email for person in people for email in _hubspot_emails(person)),
                referral=properties.get(self.referral_property),
            )

    def _people(self, ids: list[str]) -> list[dict[str, str]]:
        if not ids:
            return []
        question = {
            "properties": ["email", "hs_additional_emails"],
            "inputs": [{"id": one} for one in ids[:MAX_PEOPLE]],
        }
        answer = self._ask("POST", "/crm/v3/objects/contacts/batch/read", question) or {}
        people = sequence(answer.get("results", []), "results", most=MAX_PEOPLE)
        return [_texts(mapping(mapping(one, "result").get("properties"), "properties")) for one in people]

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, object] | None:
        return self.door.ask(method, path, {"Authorization": f"Bearer {self.door.token}"}, body)


def _associated(found: dict[str, object]) -> list[str]:
    """Return the ids of the associated contacts, each once: HubSpot lists one per label."""
    associations = found.get("associations")
    contacts = associations.get("contacts") if isinstance(associations, dict) else None
    results = contacts.get("results") if isinstance(contacts, dict) else None
    ids = (str(one.get("id")) for one in results or () if isinstance(one, dict))
    return [one for one in dict.fromkeys(ids) if _NUMBER.fullmatch(one)]


def _hubspot_emails(person: dict[str, str]) -> list[str]:
    return [person.get("email", ""), *person.get("hs_additional_emails", "").split(";")]


@dataclass(frozen=True, slots=True)
class PipedriveLookup:
    """Pipedrive's API v2: `GET /api/v2/{deals|persons|organizations}/{id}`, and persons by one of the others.

    The token is a personal API token. Source: developers.pipedrive.com/docs/api/v1 (v2 endpoints).
    """

    door: Door
    referral_property: str = "goodword_referral"

    _paths: ClassVar[dict[ObjectKind, str]] = {
        "contact": "persons",
        "company": "organizations",
        "deal": "deals",
    }
    _filters: ClassVar[dict[ObjectKind, str]] = {"company": "org_id", "deal": "deal_id"}

    def look_up(self, ref: ObjectRef) -> CrmObject | None:
        """Return the object and its e-mails; custom fields stand among its properties by their keys."""
        kind = self._paths.get(ref.kind)
        if kind is None or not _NUMBER.fullmatch(ref.id):
            return None
        found = self._ask(f"/api/v2/{kind}/{ref.id}")
        if found is None:
            return None
        with self.door.reading():
            data = mapping(found.get("data"), "data")
            if data.get("is_deleted") is True:
                return None
            properties = _texts(pipedrive_fields(data))
            people = [data] if ref.kind == "contact" else self._people(self._filters[ref.kind], ref.id)
            return CrmObject(
                object=ref,
                properties=properties,
                changed_at=moment(data.get("update_time"), "update_time"),
                emails=addresses(email for person in people for email in pipedrive_emails(person)),
                referral=properties.get(self.referral_property),
            )

    def _people(self, name: str, value: str) -> list[dict[str, object]]:
        answer = self._ask(f"/api/v2/persons?{urlencode({name: value, 'limit': MAX_PEOPLE})}") or {}
        people = sequence(answer.get("data") or [], "data", most=MAX_PEOPLE)
        return [mapping(person, "person") for person in people]

    def _ask(self, path: str) -> dict[str, object] | None:
        return self.door.ask("GET", path, {"x-api-token": self.door.token})


class Session:
    """What Salesforce is asked with: an access token, which ends with its session.

    A setting `key:secret` holds the consumer key and secret of an external client app (neither has a colon),
    and is exchanged for an access token at the organization's own address; that one is kept until it is
    refused. A setting without a colon is an access token itself, good for trying things out while it lives.
    Source: help.salesforce.com, "OAuth 2.0 Client Credentials Flow for Server-to-Server Integration".
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self._held = "" if ":" in door.token else door.token

    def ask(self, path: str) -> dict[str, object]:
        """Return what is answered to a GET, with a fresh token where the kept one has ended."""
        kept = bool(self._held)
        try:
            return self._ask(path)
        except Expired:
            if not kept or ":" not in self._door.token:
                raise
        self._held = ""
        return self._ask(path)

    def _ask(self, path: str) -> dict[str, object]:
        self._held = self._held or self._exchange()
        return self._door.ask("GET", path, {"Authorization": f"Bearer {self._held}"}) or {}

    def _exchange(self) -> str:
        key, _, secret = self._door.token.partition(":")
        form = {"grant_type": "client_credentials", "client_id": key, "client_secret": secret}
        told = self._door.ask(
            "POST",
            "/services/oauth2/token",
            {"Content-Type": "application/x-www-form-urlencoded"},
            urlencode(form),
        )
        token = (told or {}).get("access_token")
        # It goes into a header; what is not printable there is no token.
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise Unavailable(f"{self._door.connection}: the CRM gave no access token")
        return token


@dataclass(frozen=True, slots=True)
class SalesforceLookup:
    """Salesforce's query endpoint: `GET /services/data/v62.0/query?q=SELECT …`.

    An id enters a query only after `full_id` has found it to be letters and digits. Source:
    developer.salesforce.com, REST API developer guide, "Query"; SOQL reference, "FIELDS()".
    """

    door: Door
    referral_property: str
    session: Session

    _prefixes: ClassVar[dict[ObjectKind, tuple[str, ...]]] = {
        "contact": ("003", "00Q"),
        "company": ("001",),
        "deal": ("006",),
    }

    def look_up(self, ref: ObjectRef) -> CrmObject | None:
        """Return the record and its e-mails; a contact here is a Contact or a Lead there."""
        record_id = full_id(ref.id)
        if record_id is None or record_id[:3] not in self._prefixes.get(ref.kind, ()):
            return None
        # FIELDS(ALL) takes whatever fields this organization has, but asks for a LIMIT.
        table = SOBJECT_BY_PREFIX[record_id[:3]]
        with self.door.reading():
            records = self._query(f"SELECT FIELDS(ALL) FROM {table} WHERE Id = '{record_id}' LIMIT 1")  # noqa: S608
            if not records:
                return None
            properties = _texts(records[0])
            people = [dict(records[0])] if ref.kind == "contact" else self._people(record_id)
            return CrmObject(
                object=ref,
                properties=properties,
                changed_at=moment(properties.get("SystemModstamp"), "SystemModstamp"),
                emails=addresses(person.get("Email") for person in people),
                referral=properties.get(self.referral_property),
            )

    def _people(self, record_id: str) -> list[dict[str, object]]:
        if sobject_of(record_id) == "Account":
            return self._query(f"SELECT Email FROM Contact WHERE AccountId = '{record_id}' {_PAGE}")  # noqa: S608
        roles = self._query(
            f"SELECT Contact.Email FROM OpportunityContactRole WHERE OpportunityId = '{record_id}' {_PAGE}"  # noqa: S608
        )
        return [mapping(role["Contact"], "Contact") for role in roles if role.get("Contact") is not None]

    def _query(self, soql: str) -> list[dict[str, object]]:
        path = f"/services/data/v62.0/query?{urlencode({'q': soql})}"
        answer = self.session.ask(path)
        return [mapping(one, "record") for one in sequence(answer.get("records"), "records", most=MAX_PEOPLE)]


def _texts(values: dict[str, object]) -> dict[str, str]:
    """Return the values that are one thing and not empty, as text."""
    texts = {name: text(value, name) for name, value in values.items() if is_scalar(value)}
    return {name: value for name, value in texts.items() if value is not None}
