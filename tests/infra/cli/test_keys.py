"""goodword keys: list and revoke; how one is made is walked in test_walk.py."""

from __future__ import annotations

from tests.infra.cli.service import Command, Service, answer, problem

KEY = {
    "key": "crmKey0001",
    "scopes": ["crm", "read"],
    "label": "the CRM",
    "created_at": "2027-03-01T12:00:00.000000Z",
    "revoked": False,
    "revoked_at": None,
    "revoked_by": "",
}
GONE = {
    **KEY,
    "key": "oldKey0001",
    "revoked": True,
    "revoked_at": "2027-03-02T12:00:00.000000Z",
    "revoked_by": "adminKey0001",
}


def test_all_keys_are_listed_over_all_pages(goodword: Command, service: Service) -> None:
    service.respond(answer(keys=[KEY], next="more"), answer(keys=[GONE], next=None))
    shown = goodword("keys", "list").stdout
    assert service.lines == ["GET /v1/keys", "GET /v1/keys?after=more"]
    for text in ("crmKey0001", "crm, read", "the CRM", "oldKey0001", "2027-03-02", "adminKey0001"):
        assert text in shown


def test_a_key_revoked_without_a_time_is_shown_as_revoked(
    goodword: Command, service: Service
) -> None:
    service.respond(answer(keys=[{**GONE, "revoked_at": None}], next=None))
    assert "yes" in goodword("keys", "list").stdout


def test_a_key_is_revoked_by_its_name(goodword: Command, service: Service) -> None:
    service.respond(answer(**GONE))
    assert "is revoked" in goodword("keys", "revoke", "oldKey0001").stdout
    assert service.lines == ["POST /v1/keys/oldKey0001/revoke"]


def test_whole_keys_are_neither_sent_in_urls_nor_repeated(
    goodword: Command, service: Service
) -> None:
    result = goodword("keys", "revoke", "gw_oldKey0001_ThisTextIsMadeUp")
    assert (result.exit_code, service.asked) == (2, [])
    assert "ThisTextIsMadeUp" not in result.stdout + result.stderr


def test_what_the_service_refuses_is_said(goodword: Command, service: Service) -> None:
    service.respond(problem(409, "a key cannot revoke itself", "key", "Use another."))
    result = goodword("keys", "revoke", "adminKey0001")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "to do: Use another." in result.stderr
