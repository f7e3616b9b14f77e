"""Pipedrive: an object with its properties and its people's addresses."""

from __future__ import annotations

import re
from typing import ClassVar
from urllib.parse import urlencode

from goodword.crm.pipedrive.webhook import pipedrive_emails, pipedrive_fields
from goodword.crm.reading import addresses, mapping, moment, sequence, texts_of
from goodword.crm.transport import MAX_PEOPLE, Door
from goodword.domain.crm_copy.fact import CrmObject, ObjectKind, ObjectRef
from goodword.domain.record import dataclass

_NUMBER = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class PipedriveLookup:
    """Pipedrive's API v2: `GET /api/v2/{deals|persons|organizations}/{id}`.

    Persons are also listed by deal or organization.
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
        """Return the object and its e-mails.

        Custom fields stand among its properties by their keys.
        """
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
            properties = texts_of(pipedrive_fields(data))
            people = (
                [data] if ref.kind == "contact" else self._people(self._filters[ref.kind], ref.id)
            )
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
