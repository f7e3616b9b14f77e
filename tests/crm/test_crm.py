"""The list of CRMs."""

import json
import subprocess
import sys

import pytest

from goodword.crm import KINDS, crm_for
from goodword.crm.reading import texts_of
from goodword.domain.errors import NotReady
from tests.cases.load import variants


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_module_that_holds_to_the_contract(kind):
    crm = crm_for(kind)
    for name in ("verify", "delivery_id", "read", "acknowledge"):
        assert callable(getattr(crm, name))


def test_an_unknown_kind_of_crm_is_not_ready():
    with pytest.raises(NotReady, match="rolodex"):
        crm_for("rolodex")


@pytest.mark.parametrize("kind", KINDS)
def test_the_property_with_our_referral_id_can_be_named(kind):
    assert crm_for(kind, referral_property="their_name").referral_property == "their_name"


def test_listing_the_kinds_imports_none_of_their_modules():
    code = (
        "import sys, goodword.crm; "
        "assert not any(m.startswith('goodword.crm.') for m in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "salesforce_outbound"])
def test_a_crm_gets_an_empty_object_as_acknowledgment(kind):
    assert crm_for(kind).acknowledge() == ("application/json", "{}")


EMPTIED = "an emptied amount is no longer known"
BODIES = {
    "hubspot": lambda name, value: [
        {
            "subscriptionType": "deal.propertyChange",
            "objectId": 4101,
            "propertyName": name,
            "propertyValue": value,
            "occurredAt": 1772357400000,
        }
    ],
    "salesforce": lambda name, value: {
        "attributes": {"type": "Opportunity"},
        "Id": "006000000000001AAA",
        "SystemModstamp": "2026-03-01T09:30:00.000+0000",
        name: value,
    },
    "pipedrive": lambda name, value: {
        "meta": {
            "action": "change",
            "entity": "deal",
            "entity_id": "4101",
            "timestamp": "2026-03-01T09:30:00.000Z",
        },
        "data": {name: value},
    },
}


@pytest.mark.parametrize("case", variants("typed_fields", EMPTIED))
def test_an_emptied_amount_is_a_change_to_no_value(case):
    connection = case["given"]["connections"][0].partition(" ")[0]
    ((name, emptied),) = case["events"][1]["set"].items()
    kind = "salesforce_flow" if connection == "salesforce" else connection
    body = json.dumps(BODIES[connection](name, emptied)).encode()
    (event,) = crm_for(kind).read(body, connection)
    assert (event.property, event.value) == (name, None)


@pytest.mark.parametrize("case", variants("typed_fields", EMPTIED))
def test_an_object_says_which_of_its_amounts_is_emptied(case):
    assert list(texts_of(case["events"][1]["set"]).values()) == [None]
