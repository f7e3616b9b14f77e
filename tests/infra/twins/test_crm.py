"""The CRM twin, and the lookups against it."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from goodword.crm.hubspot.lookup import HubSpotLookup
from goodword.crm.lookup import lookup_for
from goodword.crm.transport import Door
from goodword.domain.crm_copy.fact import ObjectRef
from goodword.domain.errors import NotReady, Unavailable
from infra.twins import crm as crm_twin

CHANGED = "2026-03-01T09:30:00Z"
CHANGED_AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
DEAL, COMPANY, ANA, BO = (
    "006000000000001AAA",
    "001000000000001AAA",
    "003000000000001AAA",
    "003000000000002AAA",
)


@pytest.fixture
def twin():
    running = crm_twin.start()
    yield running
    running.stop()


def call(twin, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(twin.url + path, data, method=method)) as response:
        return json.load(response)


def look_up(twin, kind, ref_kind, one, **options):
    lookup = lookup_for(kind, twin.url, "token", "crm", **options)
    return lookup.look_up(ObjectRef("crm", ref_kind, one))


@pytest.fixture
def hubspot(twin):
    twin.state.put(
        "hubspot", "contact", "5", {"email": "ana@example.com", "goodword_referral": "r_1"}, CHANGED
    )
    twin.state.put(
        "hubspot",
        "contact",
        "6",
        {"email": "bo@example.com", "hs_additional_emails": "b@example.org;c@example.org"},
    )
    twin.state.put(
        "hubspot", "deal", "77", {"dealstage": "demo", "amount": "2500.50", "secret": "x"}, CHANGED
    )
    twin.state.tie("hubspot", "deal", "77", "5")
    twin.state.tie("hubspot", "deal", "77", "6")
    twin.state.tie("hubspot", "deal", "77", "404")
    return twin


def given(found):
    """Return the properties that have a value; HubSpot names each that it was asked for."""
    return {name: value for name, value in found.properties.items() if value is not None}


def test_hubspot_gives_a_deal_with_the_addresses_of_its_contacts(hubspot):
    found = look_up(hubspot, "hubspot", "deal", "77")
    assert found.object == ObjectRef("crm", "deal", "77")
    assert given(found) == {"dealstage": "demo", "amount": "2500.50"}
    assert found.properties["closedate"] is None
    assert found.changed_at == CHANGED_AT
    assert found.emails == ("ana@example.com", "bo@example.com", "b@example.org", "c@example.org")
    assert found.referral is None


def test_hubspot_returns_a_contact_with_its_address_and_our_id(hubspot):
    found = look_up(hubspot, "hubspot_workflow", "contact", "5")
    assert (found.emails, found.referral) == (("ana@example.com",), "r_1")


def test_hubspot_is_asked_for_more_properties_by_name(hubspot):
    assert (
        look_up(hubspot, "hubspot", "deal", "77", properties=("secret",)).properties["secret"]
        == "x"
    )


def test_hubspot_gives_a_company_without_contacts(hubspot):
    hubspot.state.put("hubspot", "company", "9", {"name": "Example Clinic"}, CHANGED)
    found = look_up(hubspot, "hubspot", "company", "9")
    assert (given(found), found.emails) == ({"name": "Example Clinic"}, ())


@pytest.fixture
def pipedrive(twin):
    twin.state.put(
        "pipedrive", "contact", "5", {"name": "Ana", "email": "ana@example.com"}, CHANGED
    )
    twin.state.put(
        "pipedrive", "deal", "77", {"stage_id": "4", "custom:goodword_referral": "r_1"}, CHANGED
    )
    twin.state.put("pipedrive", "company", "9", {"name": "Example Clinic"}, CHANGED)
    twin.state.tie("pipedrive", "deal", "77", "5")
    twin.state.tie("pipedrive", "company", "9", "5")
    return twin


@pytest.mark.parametrize(("kind", "one"), [("deal", "77"), ("company", "9"), ("contact", "5")])
def test_pipedrive_gives_an_object_with_the_addresses_of_its_persons(pipedrive, kind, one):
    found = look_up(pipedrive, "pipedrive", kind, one)
    assert found.emails == ("ana@example.com",)
    assert found.changed_at == CHANGED_AT


def test_pipedrive_gives_custom_fields_among_the_others(pipedrive):
    found = look_up(pipedrive, "pipedrive", "deal", "77")
    assert (found.properties["stage_id"], found.referral) == ("4", "r_1")


@pytest.fixture
def salesforce(twin):
    twin.state.put("salesforce", "contact", ANA, {"Email": "ana@example.com"}, CHANGED)
    twin.state.put("salesforce", "contact", BO, {"LastName": "Bo"}, CHANGED)
    twin.state.put(
        "salesforce", "deal", DEAL, {"StageName": "Demo", "Goodword_Referral__c": "r_1"}, CHANGED
    )
    twin.state.put("salesforce", "company", COMPANY, {"Name": "Example Clinic"}, CHANGED)
    for kind, one in (("deal", DEAL), ("company", COMPANY)):
        twin.state.tie("salesforce", kind, one, ANA)
        twin.state.tie("salesforce", kind, one, BO)
    return twin


@pytest.mark.parametrize(("kind", "one"), [("deal", DEAL), ("company", COMPANY), ("contact", ANA)])
def test_salesforce_gives_a_record_with_the_addresses_of_its_contacts(salesforce, kind, one):
    found = look_up(salesforce, "salesforce_flow", kind, one)
    assert found.emails == ("ana@example.com",)
    assert found.changed_at == CHANGED_AT


def test_a_person_account_is_the_contact_of_its_deals(twin):
    deal = {"StageName": "Demo", "AccountId": COMPANY}
    twin.state.put("salesforce", "deal", DEAL, deal, CHANGED)
    assert look_up(twin, "salesforce_flow", "deal", DEAL).emails == ()
    person = {"Name": "Ana", "PersonEmail": "Ana@example.com"}
    twin.state.put("salesforce", "company", COMPANY, person, CHANGED)
    assert look_up(twin, "salesforce_flow", "deal", DEAL).emails == ("ana@example.com",)


def test_salesforce_gives_our_id_and_takes_ids_of_fifteen_characters(salesforce):
    found = look_up(salesforce, "salesforce_outbound", "deal", DEAL[:15])
    assert (found.properties["StageName"], found.referral) == ("Demo", "r_1")


def test_salesforce_exchanges_key_and_secret_for_a_cached_token(salesforce):
    lookup = lookup_for("salesforce_flow", salesforce.url, "key:secret", "crm")
    deal = ObjectRef("crm", "deal", DEAL)

    assert [lookup.look_up(deal) is not None for _ in range(2)] == [True, True]
    assert salesforce.state.sessions == 1

    call(salesforce, "POST", "/_twin/end-sessions")
    assert lookup.look_up(deal) is not None
    assert salesforce.state.sessions == 2


def test_an_expired_salesforce_token_without_exchange_is_a_configuration_error(salesforce):
    lookup_for("salesforce_flow", salesforce.url, "key:secret", "crm").look_up(
        ObjectRef("crm", "deal", DEAL)
    )
    with pytest.raises(NotReady):
        look_up(salesforce, "salesforce_flow", "deal", DEAL)


def test_a_session_refused_at_once_is_not_reopened_forever(salesforce):
    lookup = lookup_for("salesforce_flow", salesforce.url, "key:secret", "crm")
    call(salesforce, "PUT", "/_twin/fault", {"status": 401})
    with pytest.raises(NotReady):
        lookup.look_up(ObjectRef("crm", "deal", DEAL))


def test_an_unknown_salesforce_key_is_a_configuration_error(salesforce):
    with pytest.raises(NotReady, match="400"):
        lookup_for("salesforce_flow", salesforce.url, "key:", "crm").look_up(
            ObjectRef("crm", "deal", DEAL)
        )


@pytest.mark.parametrize(
    ("kind", "one"), [("hubspot", "1"), ("pipedrive", "1"), ("salesforce_flow", DEAL)]
)
def test_what_is_not_stored_is_none(twin, kind, one):
    assert look_up(twin, kind, "deal", one) is None


@pytest.mark.parametrize("status", [429, 500])
def test_an_injected_fault_is_unavailable_until_it_is_removed(hubspot, status):
    call(hubspot, "PUT", "/_twin/fault", {"status": status})
    with pytest.raises(Unavailable):
        look_up(hubspot, "hubspot", "deal", "77")
    call(hubspot, "PUT", "/_twin/fault", {})
    assert look_up(hubspot, "hubspot", "deal", "77") is not None


def test_a_crm_that_hangs_is_given_up(hubspot):
    call(hubspot, "PUT", "/_twin/fault", {"hang": True})
    with pytest.raises(Unavailable, match="in time"):
        HubSpotLookup(Door(hubspot.url, "token", "crm", timeout_seconds=0.05)).look_up(
            ObjectRef("crm", "deal", "77")
        )


def test_a_refused_token_is_our_setting_to_mend(hubspot):
    call(hubspot, "PUT", "/_twin/fault", {"status": 401})
    with pytest.raises(NotReady):
        look_up(hubspot, "hubspot", "deal", "77")


def test_the_administrator_fills_ties_lists_and_drops(twin):
    body = {"properties": {"dealstage": "demo"}, "changed_at": CHANGED}
    call(twin, "PUT", "/_twin/hubspot/deal/77", body)
    call(twin, "PUT", "/_twin/hubspot/deal/77/contacts/5")
    call(
        twin,
        "PUT",
        "/_twin/hubspot/deal/77",
        {"properties": {"dealstage": "won"}, "changed_at": CHANGED},
    )
    assert call(twin, "GET", "/_twin/objects") == [
        {
            "crm": "hubspot",
            "kind": "deal",
            "id": "77",
            "properties": {"dealstage": "won"},
            "changed_at": CHANGED,
            "contacts": ["5"],
        }
    ]
    call(twin, "DELETE", "/_twin/hubspot/deal/77")
    assert call(twin, "GET", "/_twin/objects") == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/crm/v3/objects/deals/77", 401),
        ("GET", "/_twin/nothing", 404),
        ("DELETE", "/_twin/hubspot/deal/77", 404),
        ("POST", "/_twin/hubspot/deal/77", 400),
        ("PUT", "/_twin/hubspot/ship/77", 404),
    ],
)
def test_what_cannot_be_asked_is_refused(twin, method, path, status):
    with pytest.raises(HTTPError) as refused:
        call(twin, method, path)
    refused.value.close()
    assert refused.value.code == status


def test_what_cannot_be_read_is_refused(twin):
    with pytest.raises(HTTPError) as refused:
        call(twin, "PUT", "/_twin/hubspot/deal/77", {"properties": 5})
    refused.value.close()
    assert refused.value.code == 400


def test_a_query_that_we_do_not_ask_is_refused(twin):
    request = Request(
        f"{twin.url}/services/data/v62.0/query?q=DELETE", headers={"Authorization": "Bearer x"}
    )
    with pytest.raises(HTTPError) as refused:
        urlopen(request)
    refused.value.close()
    assert refused.value.code == 400


def test_the_page_escapes_what_is_stored(twin):
    twin.state.put("hubspot", "contact", "5", {"name": "<script>alert(1)</script>"}, CHANGED)
    with urlopen(twin.url) as response:
        shown = response.read().decode()
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown


def test_only_this_machine_is_served(twin):
    assert twin.server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_twin(number):
    command = [sys.executable, "-m", "infra.twins.crm", "--port", "0"]
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, text=True, env=os.environ
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("CRM twin at http://127.0.0.1:")
        running.send_signal(number)
        assert running.wait(timeout=20) == 0
