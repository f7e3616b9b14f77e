"""CRMs: one module per CRM beside one contract, `goodword.ports.Crm`.

A CRM here is four small answers: does this request come from you (`verify`), have I seen this delivery
(`delivery_id`), what changed (`read`), and how do you want to be thanked (`acknowledge`). Whatever a request
holds, `verify` and `read` end in a result, in `Forged` or in `Unreadable`, which for one record of several
stands in the result beside what the others say; `NotReady` means that a secret of ours is missing or
malformed, so that the sender tries again.

| kind                | module          | how it proves itself                                           |
|---------------------|-----------------|----------------------------------------------------------------|
| hubspot             | `hubspot`       | signature v3 over method, address, body and time               |
| hubspot_workflow    | `hubspot`       | the same signature; the body is one whole object               |
| standard            | `standard`      | Standard Webhooks: signature over id, time and body            |
| pipedrive           | `pipedrive`     | basic auth, no signature                                       |
| salesforce_flow     | `salesforce`    | signature over time and body, made by one Apex method          |
| salesforce_outbound | `salesforce`    | a secret in the address and the organization's id              |
| stripe              | `stripe_events` | signature over time and body; refunds, and whose balance moved |

Beside them: `signing` (what verifiers share), `reading` (what readers share), `lookup` (asking a CRM for what
its events do not carry). `docs/add-a-crm.md` is the checklist for the next one.

This room imports `goodword.domain`, `goodword.ports`, the standard library, and defusedxml (salesforce only).
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

from goodword.domain.errors import NotReady
from goodword.ports import Crm

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

    referral_property: the CRM's property that carries our referral id, when it is not the CRM's default here.
    Raises NotReady for a kind that does not exist: a connection's configuration is ours to mend.
    """
    if kind not in KINDS:
        raise NotReady(f"no CRM is called {kind!r}; there are {', '.join(KINDS)}")
    module, name = KINDS[kind]
    make = getattr(import_module(module), name)
    return cast(Crm, make() if referral_property is None else make(referral_property))
