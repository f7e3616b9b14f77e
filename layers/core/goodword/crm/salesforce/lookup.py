"""Salesforce: a record with its fields and its people's addresses."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlencode

from goodword.crm.reading import addresses, mapping, moment, sequence, texts_of
from goodword.crm.salesforce.record_id import SOBJECT_BY_PREFIX, full_id, sobject_of
from goodword.crm.transport import MAX_PEOPLE, Door, Expired
from goodword.domain.crm_copy.fact import CrmObject, ObjectKind, ObjectRef
from goodword.domain.errors import Unavailable
from goodword.domain.record import dataclass

_PAGE = f"LIMIT {MAX_PEOPLE}"


class Session:
    """What Salesforce is asked with: an access token, which ends with its session.

    A setting `key:secret` holds the consumer key and secret of an external client app (neither has
    a colon), and is exchanged for an access token at the organization's own address; that one is
    kept until it is refused. A setting without a colon is an access token itself, good for trying
    things out while it lives. Source: help.salesforce.com, "OAuth 2.0 Client Credentials Flow for
    Server-to-Server Integration".
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
        result = self._door.ask(
            "POST",
            "/services/oauth2/token",
            {"Content-Type": "application/x-www-form-urlencoded"},
            urlencode(form),
        )
        token = (result or {}).get("access_token")
        # It goes into a header; what is not printable there is no token.
        if (
            not isinstance(token, str)
            or not token.isascii()
            or not token.isprintable()
            or not token
        ):
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
        # Queries have no parameters. full_id allows only letters and digits (S608). FIELDS(ALL)
        # selects all fields of this organization, but requires a LIMIT.
        table = SOBJECT_BY_PREFIX[record_id[:3]]
        with self.door.reading():
            asked = f"SELECT FIELDS(ALL) FROM {table} WHERE Id = '{record_id}' LIMIT 1"  # noqa: S608
            records = self._query(asked)
            if not records:
                return None
            properties = texts_of(records[0])
            people = [dict(records[0])] if ref.kind == "contact" else self._people(record_id)
            if ref.kind == "deal" and not people:
                people = self._person_account(properties.get("AccountId") or "")
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
            "SELECT Contact.Email FROM OpportunityContactRole "  # noqa: S608
            f"WHERE OpportunityId = '{record_id}' {_PAGE}"
        )
        return [
            mapping(role["Contact"], "Contact") for role in roles if role.get("Contact") is not None
        ]

    def _person_account(self, account: str) -> list[dict[str, object]]:
        """Return the person that an account is, if it is one: their deals need no contact role."""
        account_id = full_id(account)
        if account_id is None or sobject_of(account_id) != "Account":
            return []
        # All fields, since an organization without person accounts has no PersonEmail to name.
        asked = f"SELECT FIELDS(ALL) FROM Account WHERE Id = '{account_id}' LIMIT 1"  # noqa: S608
        return [{"Email": record.get("PersonEmail")} for record in self._query(asked)]

    def _query(self, soql: str) -> list[dict[str, object]]:
        path = f"/services/data/v62.0/query?{urlencode({'q': soql})}"
        answer = self.session.ask(path)
        return [
            mapping(one, "record")
            for one in sequence(answer.get("records"), "records", most=MAX_PEOPLE)
        ]
