"""HubSpot: an object with its properties and its people's addresses."""

from __future__ import annotations

import re
from typing import ClassVar
from urllib.parse import urlencode

from goodword.crm.hubspot.webhook import EMAIL_PROPERTIES
from goodword.crm.reading import addresses, mapping, moment, sequence, texts_of
from goodword.crm.transport import MAX_PEOPLE, Door
from goodword.domain.crm_copy.fact import CrmObject, ObjectKind, ObjectRef
from goodword.domain.record import dataclass

_NUMBER = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class HubSpotLookup:
    """HubSpot's CRM API v3: `GET /crm/v3/objects/{type}/{id}` and the contacts' batch read.

    Source: developers.hubspot.com/docs/api-reference/crm-objects-v3.
    """

    door: Door
    referral_property: str = "goodword_referral"
    properties: tuple[str, ...] = ()

    _paths: ClassVar[dict[ObjectKind, str]] = {
        "contact": "contacts",
        "company": "companies",
        "deal": "deals",
    }
    _usual: ClassVar[dict[ObjectKind, tuple[str, ...]]] = {
        "contact": (*EMAIL_PROPERTIES, "lifecyclestage", "hs_lead_status"),
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
            properties = texts_of(mapping(found.get("properties"), "properties"))
            people = [properties] if ref.kind == "contact" else self._people(_associated(found))
            return CrmObject(
                object=ref,
                properties=properties,
                changed_at=moment(found.get("updatedAt"), "updatedAt"),
                emails=addresses(email for person in people for email in _hubspot_emails(person)),
                referral=properties.get(self.referral_property),
            )

    def _people(self, ids: list[str]) -> list[dict[str, str | None]]:
        if not ids:
            return []
        question = {
            "properties": list(EMAIL_PROPERTIES),
            "inputs": [{"id": one} for one in ids[:MAX_PEOPLE]],
        }
        answer = self._ask("POST", "/crm/v3/objects/contacts/batch/read", question) or {}
        people = sequence(answer.get("results", []), "results", most=MAX_PEOPLE)
        return [
            texts_of(mapping(mapping(one, "result").get("properties"), "properties"))
            for one in people
        ]

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, object] | None:
        return self.door.ask(method, path, {"Authorization": f"Bearer {self.door.token}"}, body)


def _associated(found: dict[str, object]) -> list[str]:
    """Return the ids of the associated contacts, each once: HubSpot lists one per label."""
    associations = found.get("associations")
    contacts = associations.get("contacts") if isinstance(associations, dict) else None
    results = contacts.get("results") if isinstance(contacts, dict) else None
    ids = (str(one.get("id")) for one in results or () if isinstance(one, dict))
    return [one for one in dict.fromkeys(ids) if _NUMBER.fullmatch(one)]


def _hubspot_emails(person: dict[str, str | None]) -> list[str | None]:
    return [person.get(name) for name in EMAIL_PROPERTIES]
