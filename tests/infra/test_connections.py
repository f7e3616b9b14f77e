"""The sample connections: what the properties of each CRM mean here."""

from __future__ import annotations

from pathlib import Path

import yaml

CONNECTIONS = Path(__file__).parents[2] / "infra" / "connections"
# The values of `lifecyclestage` that every HubSpot account has (HubSpot's property reference).
LIFECYCLE_STAGES = {
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
}


def test_every_hubspot_lifecycle_stage_states_whether_it_is_a_customer() -> None:
    text = (CONNECTIONS / "hubspot.yaml").read_text(encoding="utf-8")
    stages = yaml.safe_load(text)["properties"]["contact.lifecyclestage"]["values"]
    assert stages.keys() == LIFECYCLE_STAGES
    assert {stage for stage, said in stages.items() if said == "true"} == {"customer", "evangelist"}
