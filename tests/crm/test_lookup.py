"""Asking a CRM that does not answer as it should.

Tests/infra/twins/test_crm.py has the good answers.
"""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from goodword.crm import KINDS
from goodword.crm.hubspot.lookup import HubSpotLookup
from goodword.crm.lookup import NoLookup, lookup_for
from goodword.crm.pipedrive.lookup import PipedriveLookup
from goodword.crm.salesforce.lookup import SalesforceLookup, Session
from goodword.crm.transport import MAX_ANSWER_BYTES, Door
from goodword.domain.crm_copy.fact import ObjectRef
from goodword.domain.errors import NotReady, Unavailable

DEAL = ObjectRef("crm", "deal", "77")
TOKEN = "a-secret-token"


def salesforce(door):
    return SalesforceLookup(door, "Goodword_Referral__c", Session(door))


class Canned(BaseHTTPRequestHandler):
    """Answer everything with what the test has put into `answer`; remember what was asked."""

    answer = (200, {}, b"{}")
    asked: list[str]

    def do_GET(self):
        self.asked.append(self.path)
        status, headers, body = self.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


@pytest.fixture
def crm():
    handler = type("Handler", (Canned,), {"asked": []})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        handler.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield handler
        server.shutdown()
        thread.join()


def ask(crm, *answer):
    crm.answer = answer
    return HubSpotLookup(Door(crm.url, TOKEN, "crm")).look_up(DEAL)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_crm_that_is_down_or_busy_is_unavailable(crm, status):
    with pytest.raises(Unavailable, match=str(status)):
        ask(crm, status, {}, b"")


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_crm_that_refuses_us_is_our_setting_to_mend(crm, status):
    with pytest.raises(NotReady) as refused:
        ask(crm, status, {}, b"")
    assert TOKEN not in str(refused.value)


def test_a_redirect_is_not_followed(crm):
    with pytest.raises(NotReady):
        ask(crm, 302, {"Location": f"{crm.url}/elsewhere"}, b"")
    assert len(crm.asked) == 1


def test_what_is_not_found_is_none(crm):
    assert ask(crm, 404, {}, b"<html>no such thing</html>") is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b"{}",
        b'{"properties": {"a": {}}}',
        b'{"properties": {}, "updatedAt": "soon"}',
    ],
)
def test_an_answer_out_of_shape_is_unavailable(crm, body):
    with pytest.raises(Unavailable):
        ask(crm, 200, {}, body)


def test_an_answer_without_end_is_cut_off(crm):
    with pytest.raises(Unavailable, match="too long"):
        ask(crm, 200, {}, b" " * (MAX_ANSWER_BYTES + 70_000))


def test_an_answer_that_breaks_off_is_unavailable(crm):
    with pytest.raises(Unavailable):
        ask(crm, 200, {"Content-Length": "500"}, b'{"properties": {}')


def test_a_crm_that_nobody_runs_is_unavailable(crm):
    url = crm.url
    with HTTPServer(("127.0.0.1", 0), Canned) as closed:
        url = f"http://127.0.0.1:{closed.server_address[1]}"
    with pytest.raises(Unavailable) as failed:
        HubSpotLookup(Door(url, TOKEN, "crm")).look_up(DEAL)
    assert TOKEN not in str(failed.value)


def test_an_archived_or_deleted_object_is_gone(crm):
    assert ask(crm, 200, {}, b'{"archived": true}') is None
    crm.answer = (200, {}, b'{"data": {"is_deleted": true}}')
    assert PipedriveLookup(Door(crm.url, TOKEN, "crm")).look_up(DEAL) is None


@pytest.mark.parametrize(
    "url", ["", "api.hubapi.com", "http://api.hubapi.com", "ftp://127.0.0.1", "https://"]
)
def test_a_token_is_never_sent_over_plain_http(url):
    with pytest.raises(NotReady):
        Door(url, TOKEN, "crm")


@pytest.mark.parametrize("token", ["", "line\nbreak", "tökén"])
def test_a_missing_or_malformed_token_is_our_setting_to_mend(token):
    with pytest.raises(NotReady):
        Door("https://example.com", token, "crm")


def test_a_door_does_not_show_its_token():
    assert TOKEN not in repr(HubSpotLookup(Door("https://example.com", TOKEN, "crm")))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("one", ["", "x", "../../7", "7?a=b", "7' OR Name != '", "٣"])
def test_an_impossible_id_is_none_without_a_call(crm, kind, one):
    lookup = lookup_for(kind, crm.url, TOKEN, "crm")
    assert lookup.look_up(ObjectRef("crm", "deal", one)) is None
    assert crm.asked == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_that_the_crm_does_not_have_is_none(crm, kind):
    lookup = lookup_for(kind, crm.url, TOKEN, "crm")
    assert lookup.look_up(ObjectRef("crm", "referral", "77")) is None
    assert crm.asked == []


def test_a_record_of_another_type_is_none_without_a_call(crm):
    lookup = salesforce(Door(crm.url, TOKEN, "crm"))
    assert lookup.look_up(ObjectRef("crm", "deal", "001000000000001AAA")) is None
    assert crm.asked == []


@pytest.mark.parametrize(
    ("kind", "made", "carries"),
    [
        ("hubspot", HubSpotLookup, "goodword_referral"),
        ("hubspot_workflow", HubSpotLookup, "goodword_referral"),
        ("pipedrive", PipedriveLookup, "goodword_referral"),
        ("salesforce_flow", SalesforceLookup, "Goodword_Referral__c"),
        ("salesforce_outbound", SalesforceLookup, "Goodword_Referral__c"),
    ],
)
def test_every_kind_has_its_lookup(kind, made, carries):
    lookup = lookup_for(kind, "https://example.com", TOKEN, "crm")
    assert isinstance(lookup, made)
    assert lookup.referral_property == carries
    assert (
        lookup_for(
            kind, "https://example.com", TOKEN, "crm", referral_property="x"
        ).referral_property
        == "x"
    )


def test_a_system_without_a_lookup_needs_no_token():
    lookup = lookup_for("standard", "", "", "crm")
    assert isinstance(lookup, NoLookup)
    assert lookup.look_up(DEAL) is None


def test_an_unknown_kind_of_crm_is_not_ready():
    with pytest.raises(NotReady):
        lookup_for("rolodex", "https://example.com", TOKEN, "crm")


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"access_token": ""}', b'{"access_token": 5}', b'{"access_token": "a\\nb"}', b"[]"],
)
def test_an_exchange_without_a_token_is_unavailable(crm, body):
    crm.do_POST = Canned.do_GET
    crm.answer = (200, {}, body)
    with pytest.raises(Unavailable) as failed:
        salesforce(Door(crm.url, "a-key:a-secret", "crm")).look_up(
            ObjectRef("crm", "deal", "006000000000001AAA")
        )
    assert "a-secret" not in str(failed.value)
    assert crm.asked == ["/services/oauth2/token"]
