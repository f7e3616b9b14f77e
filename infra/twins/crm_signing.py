"""Make webhook requests as each CRM and Stripe send them: for the command, walk and tests.

Written from the CRMs' documentation and not from the verifiers, so that each checks the other. A
body is built by `stage_event` and signed by `signed_request`; kinds are those of
`goodword.crm.KINDS`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

SOBJECTS = {"contact": "Contact", "company": "Account", "deal": "Opportunity"}
ENTITIES = {"contact": "person", "company": "organization", "deal": "deal"}
APP_ID = 4242


def signed_request(
    kind: str, url: str, secret: str, body: bytes, now: datetime, *, message_id: str = ""
) -> tuple[dict[str, str], bytes, str]:
    """Return headers, body and address of a request as this kind of CRM would send it now.

    url: the connection's public address; salesforce_outbound gets its key appended. secret: in the
    form in which the connection stores it. message_id: webhook-id of Standard Webhooks; a hash of
    the body by default.
    """
    stamp = int(now.timestamp())
    headers = {"content-type": "text/xml" if kind == "salesforce_outbound" else "application/json"}
    if kind in ("hubspot", "hubspot_workflow"):
        milliseconds = str(stamp * 1000)
        message = b"POST" + _hubspot_address(url).encode() + body + milliseconds.encode()
        headers["x-hubspot-request-timestamp"] = milliseconds
        headers["x-hubspot-signature-v3"] = base64.b64encode(
            _hmac(secret.encode(), message)
        ).decode()
    elif kind == "standard":
        key = base64.b64decode(secret.removeprefix("whsec_") + "==")
        message_id = message_id or f"msg_{hashlib.sha256(body).hexdigest()[:24]}"
        signature = base64.b64encode(_hmac(key, f"{message_id}.{stamp}.".encode() + body)).decode()
        headers |= {"webhook-id": message_id, "webhook-timestamp": str(stamp)}
        headers["webhook-signature"] = f"v1,{signature}"
    elif kind == "pipedrive":
        headers["authorization"] = f"Basic {base64.b64encode(secret.encode()).decode()}"
    elif kind == "salesforce_flow":
        headers["x-goodword-timestamp"] = str(stamp)
        headers["x-goodword-signature"] = _hmac(secret.encode(), f"{stamp}.".encode() + body).hex()
    elif kind == "stripe":
        signature = _hmac(secret.encode(), f"{stamp}.".encode() + body).hex()
        headers["stripe-signature"] = f"t={stamp},v1={signature}"
    elif kind == "salesforce_outbound":
        url = f"{url}?key={quote(secret.rpartition(':')[0], safe='')}"
    else:
        raise ValueError(f"{kind!r} is not a known CRM")
    return headers, body, url


def stage_event(
    kind: str,
    object_kind: str,
    object_id: str,
    name: str,
    value: str,
    occurred_at: datetime,
    event_id: str,
    *,
    referral: str | None = None,
    emails: tuple[str, ...] = (),
    deal: str | None = None,
    company: str | None = None,
    organization_id: str = "00D000000000001EAA",
) -> bytes:
    """Return the body by which this kind of CRM reports a new value of an object's property.

    object_kind: contact, company or deal (standard: referral too). name: the CRM's name of the
    property, such as dealstage, stage_id or StageName; "custom:…" is a custom field of Pipedrive.
    event_id: any name of it. Stripe has no stages: its event is a refund of a charge, in full if
    the value is "refunded". referral, emails, deal, company: included if the CRM's events have
    them.
    """
    result = _Update(
        object_kind, object_id, name, value, occurred_at, event_id, referral, emails, deal, company
    )
    if kind == "salesforce_outbound":
        return result.salesforce_outbound(organization_id)
    builders: dict[str, Callable[[], object]] = {
        "hubspot": result.hubspot,
        "hubspot_workflow": result.hubspot_workflow,
        "standard": result.standard,
        "pipedrive": result.pipedrive,
        "salesforce_flow": result.salesforce_flow,
        "stripe": result.stripe,
    }
    if kind not in builders:
        raise ValueError(f"{kind!r} is not a known CRM")
    return json.dumps(builders[kind]()).encode()


def _hubspot_address(url: str) -> str:
    """Return the address as HubSpot signs it, with these twelve encoded characters decoded."""
    for character in ":/?@!$'()*,;":
        url = url.replace(f"%{ord(character):02X}", character)
    return url


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _number(event_id: str) -> int:
    """Return an event's number, derived from its name if it has none."""
    return (
        int(event_id)
        if event_id.isdigit()
        else int(hashlib.sha256(event_id.encode()).hexdigest()[:8], 16)
    )


@dataclass(frozen=True, slots=True)
class _Update:
    """The update to report; each method writes it in one CRM's format."""

    object_kind: str
    object_id: str
    name: str
    value: str
    at: datetime
    event_id: str
    referral: str | None
    emails: tuple[str, ...]
    deal: str | None
    company: str | None

    @property
    def iso(self) -> str:
        return self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @property
    def milliseconds(self) -> int:
        return round(self.at.timestamp() * 1000)

    def hubspot(self) -> list[dict[str, object]]:
        event: dict[str, object] = {
            "eventId": _number(self.event_id),
            "subscriptionId": 1,
            "portalId": 62515,
            "appId": APP_ID,
            "occurredAt": self.milliseconds,
            "subscriptionType": f"{self.object_kind}.propertyChange",
            "attemptNumber": 0,
            "objectId": int(self.object_id),
            "changeSource": "CRM_UI",
            "sourceId": "userId:7",
        }
        return [event | {"propertyName": self.name, "propertyValue": self.value}]

    def hubspot_workflow(self) -> dict[str, object]:
        values = {self.name: self.value, **self._carried("goodword_referral", "email")}
        properties = {
            name: {"value": value, "timestamp": self.milliseconds} for name, value in values.items()
        }
        id_field = {"contact": "vid", "company": "companyId", "deal": "dealId"}[self.object_kind]
        whole: dict[str, object] = {
            "portalId": 62515,
            id_field: int(self.object_id),
            "properties": properties,
        }
        if self.company is not None:
            whole["associations"] = {"associatedCompanyIds": [int(self.company)]}
        return whole

    def standard(self) -> dict[str, object]:
        data: dict[str, object] = {
            "object": {"kind": self.object_kind, "id": self.object_id},
            "properties": {self.name: self.value},
        }
        optional = {
            "referral": self.referral,
            "emails": list(self.emails) or None,
            "deal": self.deal,
            "company": self.company,
        }
        data |= {key: value for key, value in optional.items() if value is not None}
        return {"type": "object.changed", "timestamp": self.iso, "data": data}

    def pipedrive(self) -> dict[str, object]:
        own = self.name.startswith("custom:")
        data: dict[str, object] = {"id": int(self.object_id)}
        custom: dict[str, object] = {}
        (custom if own else data)[self.name.removeprefix("custom:")] = self.value
        if self.referral is not None:
            custom["goodword_referral"] = {"type": "varchar", "value": self.referral}
        if self.object_kind == "contact":
            data["emails"] = [
                {"value": email, "primary": place == 0, "label": "work"}
                for place, email in enumerate(self.emails)
            ]
        if self.company is not None:
            data["org_id"] = int(self.company)
        meta = {
            "action": "change",
            "entity": ENTITIES[self.object_kind],
            "entity_id": self.object_id,
            "company_id": "1234",
            "id": self.event_id,
            "webhook_id": "55",
            "attempt": 1,
            "timestamp": self.iso,
            "version": "2.0",
            "change_source": "app",
        }
        return {"meta": meta, "data": data | {"custom_fields": custom}, "previous": {}}

    def stripe(self) -> dict[str, object]:
        amount, whole = 12_000, self.value == "refunded"
        emails = (*self.emails, None, None)
        charge = {
            "id": f"ch_{_number(self.event_id)}",
            "object": "charge",
            "amount": amount,
            "amount_refunded": amount if whole else amount // 4,
            "billing_details": {"email": emails[0]},
            "currency": "usd",
            "customer": self.object_id,
            "metadata": {} if self.referral is None else {"goodword_referral": self.referral},
            "receipt_email": emails[1],
            "refunded": whole,
        }
        return {
            "id": f"evt_{_number(self.event_id)}",
            "object": "event",
            "created": int(self.at.timestamp()),
            "data": {"object": charge},
            "livemode": False,
            "type": "charge.refunded",
        }

    def salesforce_flow(self) -> list[dict[str, object]]:
        record: dict[str, object] = {
            "attributes": {"type": SOBJECTS[self.object_kind]},
            **self._record(),
        }
        return [record]

    def salesforce_outbound(self, organization_id: str) -> bytes:
        fields = "".join(
            f"<sf:{name}>{escape(value)}</sf:{name}>" for name, value in self._record().items()
        )
        sobject = quoteattr(f"sf:{SOBJECTS[self.object_kind]}")
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
            '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
            f"<OrganizationId>{escape(organization_id)}</OrganizationId>"
            '<ActionId>04k000000000001AAA</ActionId><SessionId xsi:nil="true"/>'
            "<EnterpriseUrl>https://example.com/c</EnterpriseUrl>"
            "<PartnerUrl>https://example.com/u</PartnerUrl>"
            f"<Notification><Id>{escape(self.event_id)}</Id>"
            f'<sObject xsi:type={sobject} xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
            f"{fields}"
            "</sObject></Notification></notifications></soapenv:Body></soapenv:Envelope>"
        ).encode()

    def _record(self) -> dict[str, str]:
        company = {} if self.company is None else {"AccountId": self.company}
        carried = self._carried("Goodword_Referral__c", "Email")
        return {
            "Id": self.object_id,
            "SystemModstamp": self.iso,
            self.name: self.value,
            **carried,
            **company,
        }

    def _carried(self, referral_property: str, email_property: str) -> dict[str, str]:
        carried = {} if self.referral is None else {referral_property: self.referral}
        if self.object_kind == "contact" and self.emails:
            carried[email_property] = self.emails[0]
        return carried
