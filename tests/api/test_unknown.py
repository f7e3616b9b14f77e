"""Addresses that there are not, and what every refusal is like."""

from __future__ import annotations

import pytest

from tests.api.cloud import Cloud

NOWHERE = [
    "GET /",
    "GET /v1",
    "GET /v1/keys/readKey0001",
    "DELETE /v1/referrers/ana",
    "GET /v1/referrers/",
    "GET /v1/referrers",
    "GET /v1/referrers/ana/",
    "POST /v1/referrers/ana",
    "GET /v1/referrers/ana/links/one",
    "HEAD /v1/credits",
    "OPTIONS /v1/signups",
    "TRACE /v1/credits",
    "GET /V1/credits",
    "GET //v1/credits",
    "GET /v1/signups",
    "GET /webhooks/crm",
    "POST /webhooks/",
    "GET /.env",
    "GET /robots.txt",
    "GET /v1/%2e%2e/%2e%2e/etc/passwd",
]


@pytest.mark.parametrize("request_", NOWHERE)
def test_what_no_route_takes_is_not_found(furnished: Cloud, request_: str) -> None:
    method, _, target = request_.partition(" ")
    before = furnished.contents()

    answer = furnished.send(method, target, scope="admin")

    assert (answer.status, answer.media) == (404, "application/problem+json")
    assert furnished.contents() == before


def test_a_path_with_an_escaped_slash_is_not_found(furnished: Cloud) -> None:
    assert furnished.send("GET", "/v1/referrers/da%2Fna", scope="read").status == 404


@pytest.mark.parametrize(
    "target", ["/v1/referrers/ana%20", "/v1/referrers/%61na", "/v1/referrers/ana%00"]
)
def test_an_escaped_id_is_decoded_or_unknown(furnished: Cloud, target: str) -> None:
    answer = furnished.send("GET", target, scope="read")

    assert answer.status == (200 if target.endswith("%61na") else 404)


def test_no_answer_is_kept_by_caches(furnished: Cloud) -> None:
    for target in ("/v1/referrers/ana", "/v1/referrers/unknown", "/nowhere", "/r/nothing"):
        assert furnished.send("GET", target, scope="read").headers["cache-control"] == "no-store"


def test_an_error_of_ours_says_nothing_of_our_inside(
    furnished: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: str) -> None:
        raise LookupError("ana@referrer.example has a secret")

    monkeypatch.setattr(furnished.stores.referrers, "get", fail)
    answer = furnished.send("GET", "/v1/referrers/ana", scope="read")

    assert (answer.status, answer.media) == (500, "application/problem+json")
    for result in (answer.text, capsys.readouterr().out):
        assert "secret" not in result
        assert "ana@referrer.example" not in result
    assert "Traceback" not in answer.text
