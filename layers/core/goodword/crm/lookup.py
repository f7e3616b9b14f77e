"""Look up data that a CRM's events lack: properties of an object, and addresses of its people.

A lookup returns the object, or None if the CRM has no such object. It raises `Unavailable` or
`NotReady` as crm/transport.py does. A Salesforce lookup stores its session's token, so reuse the
lookup for several requests.
"""

from __future__ import annotations

from goodword.crm.transport import Door
from goodword.domain.crm_copy.fact import CrmObject, ObjectRef
from goodword.domain.errors import NotReady
from goodword.domain.record import dataclass
from goodword.ports.services import CrmLookup


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

    base_url: such as https://api.hubapi.com, https://api.pipedrive.com or the Salesforce
    organization's own address. connection: named in errors. referral_property: which property
    carries our referral id. properties: what HubSpot is asked for beside the usual; the others give
    all they have. Raises NotReady for a kind that does not exist and for an address that is not
    https.
    """
    if kind in ("standard", "stripe"):
        return NoLookup()
    door = Door(base_url, token, connection)
    if kind in ("hubspot", "hubspot_workflow"):
        from goodword.crm.hubspot.lookup import HubSpotLookup

        return HubSpotLookup(door, referral_property or "goodword_referral", properties)
    if kind == "pipedrive":
        from goodword.crm.pipedrive.lookup import PipedriveLookup

        return PipedriveLookup(door, referral_property or "goodword_referral")
    if kind in ("salesforce_flow", "salesforce_outbound"):
        from goodword.crm.salesforce.lookup import SalesforceLookup, Session

        return SalesforceLookup(door, referral_property or "Goodword_Referral__c", Session(door))
    raise NotReady(f"no CRM is called {kind!r}")


@dataclass(frozen=True, slots=True)
class NoLookup:
    """A system that cannot be asked: its events carry what is needed."""

    def look_up(self, ref: ObjectRef) -> CrmObject | None:  # noqa: ARG002 - the port's signature
        """Return None."""
        return None
