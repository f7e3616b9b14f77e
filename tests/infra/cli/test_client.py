"""How the command speaks to a deployment: where to, what it repeats, and how it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.cli.client import Wire, check_key, check_url
from infra.cli.errors import Usage
from tests.infra.cli.service import KEY, URL, Command, Service, answer, problem

CREDITS: dict[str, Any] = {"credits": [], "next": None}


def test_every_call_carries_the_key_as_a_bearer(goodword: Command, service: Service) -> None:
    service.respond(answer(**CREDITS))
    assert goodword("credits", "list").exit_code == 0
    assert service.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert service.lines == ["GET /v1/credits?status=held"]


def test_the_key_may_come_from_a_file(goodword: Command, service: Service, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"gw_fromFile1_{'y' * 40}\n", encoding="utf-8")
    service.respond(answer(**CREDITS))
    goodword("--key-file", str(file), "credits", "list")
    assert service.asked[0].headers["authorization"] == f"Bearer gw_fromFile1_{'y' * 40}"


def test_an_unreadable_key_file_is_a_usage_error(goodword: Command, tmp_path: Path) -> None:
    result = goodword("--key-file", str(tmp_path / "none"), "credits", "list")
    assert (result.exit_code, "--key-file" in result.stderr) == (2, True)


def test_the_key_is_not_taken_from_the_command_line(goodword: Command) -> None:
    result = goodword("--key", KEY, "credits", "list")
    assert (result.exit_code, KEY in result.output) == (2, False)


@pytest.mark.parametrize("name", ["GOODWORD_URL", "GOODWORD_KEY"])
def test_what_is_not_set_is_named(goodword: Command, service: Service, name: str) -> None:
    del goodword.environ[name]
    result = goodword("credits", "list")
    assert (result.exit_code, result.stdout, service.asked) == (2, "", [])
    assert name in result.stderr
    assert "to do: " in result.stderr


@pytest.mark.parametrize(
    "url",
    [
        "",
        "refer.example.com",
        "ftp://refer.example.com",
        "https://u@refer.example.com",
        "https://[",
        "https://a?b=1",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Usage, match="address"):
        check_url(url)


def test_a_key_crosses_no_network_unencrypted() -> None:
    with pytest.raises(Usage, match="not https"):
        check_url("http://refer.example.com")
    assert check_url("http://127.0.0.1:8700/") == "http://127.0.0.1:8700"
    assert check_url(" https://refer.example.com/ ") == URL


@pytest.mark.parametrize(
    "url",
    [
        "https://refer.example.com:99999999",
        "https://refer .example.com",
        f"https://refer.example.com/{'a' * 70_000}",
    ],
)
def test_an_address_that_only_looks_like_one_is_refused(
    goodword: Command, service: Service, url: str
) -> None:
    goodword.environ["GOODWORD_URL"] = url
    assert (goodword("credits", "list").exit_code, service.asked) == (2, [])


@pytest.mark.parametrize("key", ["", "sk_test_1", "gw_a b", "gw_é", "gw_a\n"])
def test_what_is_no_key_is_refused_without_quoting_it(key: str) -> None:
    with pytest.raises(Usage) as caught:
        check_key(key)
    assert not key or key not in f"{caught.value.what}{caught.value.remedy}"


def test_a_refusal_says_what_where_and_what_to_do(goodword: Command, service: Service) -> None:
    service.respond(
        problem(403, "this key does not have the scope 'read'", "Authorization", "Use another key.")
    )
    result = goodword("credits", "list")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "error (403): this key does not have the scope 'read'\n"
        "  where: Authorization\n"
        "  to do: Use another key.\n"
    )
    assert len(service.asked) == 1


def test_the_gateways_own_short_message_is_enough(goodword: Command, service: Service) -> None:
    service.respond(answer(413, message="Request Entity Too Large"))
    result = goodword("credits", "list")
    assert (result.exit_code, "error (413): Request Entity Too Large" in result.stderr) == (1, True)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_an_answer_that_is_not_goodwords_is_reported_as_such(
    goodword: Command, service: Service, body: bytes
) -> None:
    service.respond(httpx.Response(200, content=body))
    result = goodword("credits", "list")
    assert (result.exit_code, "not from Goodword" in result.stderr) == (1, True)


def test_a_redirect_is_not_followed(goodword: Command, service: Service) -> None:
    service.respond(httpx.Response(302, headers={"location": "https://elsewhere.example.com/"}))
    assert goodword("credits", "list").exit_code == 1
    assert len(service.asked) == 1


def test_a_network_failure_exits_with_three_after_four_tries(
    goodword: Command, service: Service
) -> None:
    service.respond(httpx.ConnectError("no route"))
    result = goodword("credits", "list")
    assert (result.exit_code, result.stdout, len(service.asked)) == (3, "", 4)
    assert goodword.pauses == [0.5, 1.0, 2.0]
    assert "cannot be reached" in result.stderr


def test_a_timeout_exits_with_three(goodword: Command, service: Service) -> None:
    service.respond(httpx.ReadTimeout("slow"))
    result = goodword("credits", "list")
    assert (result.exit_code, "did not answer in time" in result.stderr) == (3, True)


def test_a_read_is_repeated_until_it_is_answered(goodword: Command, service: Service) -> None:
    service.respond(httpx.ReadTimeout("slow"), problem(503), answer(**CREDITS))
    assert goodword("credits", "list").exit_code == 0
    assert len(service.asked) == 3


def test_the_service_says_how_long_to_wait_within_reason(
    goodword: Command, service: Service
) -> None:
    def busy(seconds: str) -> httpx.Response:
        return httpx.Response(
            429, headers={"retry-after": seconds}, json={"message": "Too Many Requests"}
        )

    service.respond(busy("3"), busy("86400"), busy("soon"), answer(**CREDITS))
    assert goodword("credits", "list").exit_code == 0
    assert goodword.pauses == [3.0, 10.0, 2.0]


def test_a_busy_service_exits_with_three_and_a_reason(goodword: Command, service: Service) -> None:
    service.respond(answer(429, message="Too Many Requests"))
    result = goodword("credits", "list")
    assert (result.exit_code, "Too Many Requests" in result.stderr) == (3, True)
    assert "to do: Wait a minute" in result.stderr


def test_an_error_of_the_services_is_not_repeated(goodword: Command, service: Service) -> None:
    service.respond(problem(500, "Something went wrong on our side."))
    assert goodword("credits", "list").exit_code == 1
    assert len(service.asked) == 1


@pytest.mark.parametrize("reply", [httpx.ReadTimeout("slow"), problem(503)])
def test_a_call_that_must_not_happen_twice_is_not_repeated(
    goodword: Command, service: Service, reply: httpx.Response | Exception
) -> None:
    service.respond(reply)
    assert goodword("keys", "make", "--scope", "read", "--label", "report").exit_code == 3
    assert len(service.asked) == 1


def test_a_call_that_never_left_is_always_retried(goodword: Command, service: Service) -> None:
    made = {"key": "k", "scopes": ["read"], "label": "report", "bearer": "gw_k_secret"}
    service.respond(httpx.ConnectError("no route"), answer(201, **made))
    assert goodword("keys", "make", "--scope", "read", "--label", "report").exit_code == 0
    assert len({each.headers["idempotency-key"] for each in service.asked}) == 1


@pytest.mark.parametrize("id_", ["../keys", "a/b", "", "é", "a?b"])
def test_an_id_cannot_change_which_address_is_called(
    goodword: Command, service: Service, id_: str
) -> None:
    result = goodword("referrers", "show", id_)
    assert (result.exit_code, service.asked) == (2, [])


def test_pages_are_followed_to_the_last(goodword: Command, service: Service) -> None:
    service.respond(
        answer(credits=[{"credit": "cr_1"}], next="two"),
        answer(credits=[{"credit": "cr_2"}], next="three"),
        answer(credits=[{"credit": "cr_3"}], next=None),
    )
    shown = goodword.json("credits", "list", "--status", "posted")
    assert [each["credit"] for each in shown["credits"]] == ["cr_1", "cr_2", "cr_3"]
    assert shown["next"] is None
    assert service.lines[1:] == [
        "GET /v1/credits?status=posted&after=two",
        "GET /v1/credits?status=posted&after=three",
    ]


def test_pages_that_go_in_a_circle_end(goodword: Command, service: Service) -> None:
    service.respond(answer(credits=[], next="two"))
    assert goodword("credits", "list").exit_code == 1
    assert len(service.asked) == 2


def test_every_wait_has_an_end() -> None:
    wire = Wire(URL, pause=lambda _: None)
    waits = wire._http.timeout
    assert None not in (waits.connect, waits.read, waits.write, waits.pool)
    wire.close()


def test_a_proxy_is_not_asked_for_this_machines_own_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    wire = Wire("http://127.0.0.1:8700", pause=lambda _: None)
    assert wire._http.trust_env is False
    wire.close()
