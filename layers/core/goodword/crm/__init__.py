"""CRMs: one folder per vendor beside one contract, `goodword.ports.services.Crm`.

A vendor's `webhook` gives four answers: is this request authentic (`verify`), which delivery is it
(`delivery_id`), what changed (`read`), and which response does the sender expect (`acknowledge`).
For any input, `verify` and `read` end in a result, in `Forged` or in `Unreadable`; one unreadable
record of several is in the result beside the others. `NotReady`: a secret of ours is missing or
malformed, so that the sender tries again.

| kind                | folder       | how it authenticates                                        |
|---------------------|--------------|-------------------------------------------------------------|
| hubspot             | `hubspot`    | signature v3 over method, address, body and time            |
| hubspot_workflow    | `hubspot`    | the same signature; the body is one whole object            |
| standard            | `standard`   | Standard Webhooks: signature over id, time and body         |
| pipedrive           | `pipedrive`  | basic auth, no signature                                    |
| salesforce_flow     | `salesforce` | signature over time and body, made by one Apex method       |
| salesforce_outbound | `salesforce` | a secret in the address and the organization's id           |
| stripe              | `stripe`     | signature over time and body; refunds, and changed balances |

Shared by all: `signing` (verifiers), `reading` (readers), `transport` and `lookup` (asking a CRM
for what its events do not carry). `docs/add-a-crm.md` is the checklist for the next vendor.

This package imports `goodword.domain`, `goodword.ports`, the standard library, and defusedxml
(salesforce only).
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

from goodword.domain.errors import NotReady
from goodword.ports.services import Crm

KINDS = {
    "hubspot": ("goodword.crm.hubspot.webhook", "HubSpotApp"),
    "hubspot_workflow": ("goodword.crm.hubspot.webhook", "HubSpotWorkflow"),
    "standard": ("goodword.crm.standard.webhook", "StandardWebhooks"),
    "pipedrive": ("goodword.crm.pipedrive.webhook", "Pipedrive"),
    "salesforce_flow": ("goodword.crm.salesforce.webhook", "SalesforceFlow"),
    "salesforce_outbound": ("goodword.crm.salesforce.webhook", "SalesforceOutbound"),
    "stripe": ("goodword.crm.stripe.webhook", "StripeEvents"),
}


def crm_for(kind: str, *, referral_property: str | None = None) -> Crm:
    """Return the CRM of this kind, importing its module only now.

    referral_property: the CRM's property that carries our referral id, when it is not the CRM's
    default here. Raises NotReady for a kind that does not exist: a connection's configuration is
    ours to fix.
    """
    if kind not in KINDS:
        raise NotReady(f"no CRM is called {kind!r}; there are {', '.join(KINDS)}")
    module, name = KINDS[kind]
    make = getattr(import_module(module), name)
    return cast(Crm, make() if referral_property is None else make(referral_property))
