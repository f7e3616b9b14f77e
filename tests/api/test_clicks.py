"""The redirect: one small item for a click, none for a look.

One page for all that leads nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module

import pytest

from goodword.redirect.dynamodb import DynamoError
from goodword.redirect.tables import RedirectTables
from infra.cost import load_prices
from tests.api.cloud import Cloud, RedirectByMoto
from tests.api.gateway import ADDRESS, Answer

BROWSER = {
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "accept": "text/html",
}


def click(cloud: Cloud, code: str, **headers: str) -> Answer:
    return cloud.send("GET", f"/r/{code}", **{**BROWSER, **headers})


def size_of(item: dict[str, object]) -> int:
    """Say how many bytes an item has, as its JSON; DynamoDB counts fewer."""
    return len(json.dumps(item, ensure_ascii=False).encode())


def clock_of_the_redirect(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give the redirect a clock that changes only with its one number."""
    clock = [1000.0]
    app = import_module("functions.links.record_click.app")
    monkeypatch.setattr(app.time, "monotonic", lambda: clock[0])
    return clock


def test_a_click_sends_the_prospect_on_with_a_token(furnished: Cloud) -> None:
    code = furnished.create_link()

    answer = click(furnished, code)

    assert answer.status == 302
    assert answer.headers["location"].startswith(f"https://www.example.com/demo?gw={code}.")
    assert answer.headers["cache-control"] == "no-store"


def test_a_trailing_slash_in_the_address_finds_the_link(furnished: Cloud) -> None:
    furnished.create_link(code="tide-water")

    answer = click(furnished, "Tide-Water/?utm_source=spring&gw=foreign")

    assert answer.status == 302
    wanted = "https://www.example.com/demo?utm_source=spring&gw=tide-water."
    assert answer.headers["location"].startswith(wanted)


def test_a_look_says_where_a_click_would_lead(furnished: Cloud) -> None:
    furnished.create_link(code="tide-water")

    answer = furnished.send("HEAD", "/r/Tide-Water.?utm_source=spring&gw=foreign", **BROWSER)

    assert answer.headers["location"] == "https://www.example.com/demo?utm_source=spring"


def test_a_click_writes_one_item_and_nothing_else(furnished: Cloud) -> None:
    code = furnished.create_link()
    before = furnished.contents()

    click(furnished, code)

    after = furnished.contents()
    assert len(after["api-clicks"]) == 1
    assert {**after, "api-clicks": []} == {**before, "api-clicks": []}


AGENTS = {"none": "", "usual": BROWSER["user_agent"], "long": "x" * 5000, "wide": "紹" * 5000}


@pytest.mark.parametrize("agent", AGENTS)
def test_a_click_takes_at_most_a_kilobyte(furnished: Cloud, agent: str) -> None:
    code = furnished.create_link(code="a-very-long-vanity-code-of-forty-letters")

    click(furnished, code, user_agent=AGENTS[agent])

    (item,) = furnished.items("clicks")
    assert size_of(item) <= 1024


def test_a_click_keeps_no_address_and_expires(furnished: Cloud) -> None:
    code = furnished.create_link()

    click(furnished, code, x_forwarded_for="198.51.100.9", referer="https://mail.example.com/ana")

    (item,) = furnished.items("clicks")
    text = json.dumps(item)
    for result in (ADDRESS, "198.51.100.9", "mail.example.com"):
        assert result not in text
    assert int(item["expires_at"]["N"]) > 0


def test_head_answers_and_records_nothing(furnished: Cloud) -> None:
    code = furnished.create_link()
    before = furnished.contents()

    answer = furnished.send("HEAD", f"/r/{code}", **BROWSER)

    assert answer.status == 302
    assert answer.headers["location"] == "https://www.example.com/demo"
    assert furnished.contents() == before


NOWHERE = {
    "unknown": "nothingAtAll",
    "too short": "ab",
    "too long": "x" * 41,
    "malformed": "a_b",
    "empty": "",
    "with a slash": "a/b",
    "with a space": "a%20b",
    "with a null": "a%00b",
    "not ASCII": "%C3%BC%C3%BC%C3%BC",
    "half a character": "%ED%A0%80aaa",
    "markup": "%3Cscript%3E",
    "dots": "%2E%2E%2F%2E%2E",
}


@pytest.mark.parametrize("case", NOWHERE)
def test_all_that_leads_nowhere_gets_one_page_byte_for_byte(furnished: Cloud, case: str) -> None:
    code = furnished.create_link()
    furnished.send("PATCH", f"/v1/links/{code}", scope="crm", json={"paused": True})
    before = furnished.contents()

    paused, other = click(furnished, code), click(furnished, NOWHERE[case])

    assert paused.status == 404
    assert other == paused
    assert paused.media == "text/html"
    assert furnished.contents() == before


def test_a_dead_link_is_reported_in_the_browsers_language(
    furnished: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    spanish = {"accept_language": "es-MX,es;q=0.9"}
    for path in ("/r/nothingAtAll", "/r/no%20code", "/assets/none.css"):
        answer = furnished.send("GET", path, **spanish)
        assert (answer.status, "Este enlace no lleva a ninguna parte" in answer.text) == (404, True)
        assert '<html lang="es">' in answer.text
    monkeypatch.setattr(RedirectByMoto, "down", True)
    later = furnished.send("GET", "/r/anotherOne", **spanish)
    assert (later.status, "Un momento, por favor" in later.text) == (503, True)


def test_head_of_what_leads_nowhere_says_so(furnished: Cloud) -> None:
    answer = furnished.send("HEAD", "/r/nothingAtAll")

    assert (answer.status, answer.body) == (404, b"")


def test_another_method_on_a_link_gets_the_same_page(furnished: Cloud) -> None:
    code = furnished.create_link()

    assert furnished.send("POST", f"/r/{code}") == furnished.send("GET", "/r/nothingAtAll")


def test_a_link_is_answered_from_memory(furnished: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    code = furnished.create_link()
    click(furnished, code)
    reads: list[str] = []
    monkeypatch.setattr(RedirectTables, "link", lambda _, code, __: reads.append(code))

    assert click(furnished, code).status == 302
    assert reads == []


def test_unknown_codes_evict_no_link_from_the_cache(
    furnished: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodword.redirect.links.KEPT_CODES", 2)
    monkeypatch.setattr("goodword.redirect.links.KEPT_UNKNOWN", 2)
    code = furnished.create_link()
    click(furnished, code)
    for number in range(5):
        assert click(furnished, f"unknown-{number}").status == 404
    monkeypatch.setattr(RedirectByMoto, "down", True)
    assert click(furnished, code).status == 302
    assert click(furnished, "unknown-4").status == 404
    assert click(furnished, "unknown-0").status == 503


def counted(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """Return what was counted since this was last asked, and the error that each line reports."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [
        (line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], line["error"])
        for line in lines
    ]


def test_a_failed_link_lookup_asks_to_retry(
    furnished: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = furnished.create_link()
    monkeypatch.setattr(RedirectByMoto, "down", True)
    answer = click(furnished, code)

    assert (answer.status, answer.media) == (503, "text/html")
    assert answer.headers["retry-after"]
    assert counted(capsys) == [("LinkUnread", "TimeoutError")]


def test_a_failed_click_write_still_redirects_and_is_counted(
    furnished: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = furnished.create_link()
    click(furnished, code)
    monkeypatch.setattr(RedirectByMoto, "down", True)
    answer = click(furnished, code)

    assert answer.status == 302
    assert "gw=" in answer.headers["location"]
    assert '"ClickLost": 1' in capsys.readouterr().out


def test_cached_links_redirect_for_an_hour_without_the_store(
    furnished: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = clock_of_the_redirect(monkeypatch)
    code = furnished.create_link()
    click(furnished, code)
    monkeypatch.setattr(RedirectByMoto, "down", True)
    clock[0] += 60 + 3600 - 1

    assert click(furnished, code).status == 302
    assert counted(capsys) == [("ClickLost", "TimeoutError")]

    clock[0] += 1
    assert click(furnished, code).status == 503
    assert counted(capsys) == [("LinkUnread", "TimeoutError")]


def test_clicks_of_a_cached_link_are_stored_while_lookups_fail(
    furnished: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = clock_of_the_redirect(monkeypatch)
    given: list[tuple[str, float]] = []
    call = RedirectByMoto.call

    def silent(
        self: RedirectByMoto, operation: str, request: object, *, until: float, again: bool
    ) -> object:
        given.append((operation, round(until - clock[0], 6)))
        if operation == "GetItem" and len(given) > 2:
            clock[0] = until
            raise DynamoError("ThrottlingException")
        return call(self, operation, request, until=until, again=again)

    monkeypatch.setattr(RedirectByMoto, "call", silent)
    code = furnished.create_link()
    click(furnished, code)
    clock[0] += 61
    for _ in range(2):
        assert click(furnished, code).status == 302
    assert given[2:] == [("GetItem", 0.3), ("PutItem", 0.7), ("PutItem", 1.0)], (
        "it is asked for now and then"
    )
    assert counted(capsys) == [], "once may be a slow answer"
    clock[0] += 5
    assert click(furnished, code).status == 302
    assert given[5:] == [("GetItem", 0.3), ("PutItem", 0.7)]
    assert counted(capsys) == [("LinkUnread", "ThrottlingException")]
    assert len(furnished.items("clicks")) == 4


def test_a_recovered_link_is_read_fresh(furnished: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = clock_of_the_redirect(monkeypatch)
    code = furnished.create_link()
    click(furnished, code)
    furnished.send("PATCH", f"/v1/links/{code}", scope="crm", json={"paused": True})
    clock[0] += 61
    monkeypatch.setattr(RedirectByMoto, "down", True)
    assert click(furnished, code).status == 302
    monkeypatch.setattr(RedirectByMoto, "down", False)
    assert click(furnished, code).status == 302
    clock[0] += 5
    assert click(furnished, code).status == 404


def test_store_calls_of_a_click_share_one_second(
    furnished: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    clock = clock_of_the_redirect(monkeypatch)
    given: list[tuple[str, float]] = []
    call = RedirectByMoto.call

    def slow(
        self: RedirectByMoto, operation: str, request: object, *, until: float, again: bool
    ) -> object:
        given.append((operation, until))
        clock[0] += 0.4
        return call(self, operation, request, until=until, again=again)

    monkeypatch.setattr(RedirectByMoto, "call", slow)
    click(furnished, furnished.create_link())

    record_property("seconds of waiting", max(until for _, until in given) - 1000.0)
    assert given == [("GetItem", 1001.0), ("PutItem", 1001.0)]


def test_a_click_that_is_stored_writes_no_log_at_all(
    furnished: Cloud,
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    code = furnished.create_link()
    for _ in range(2):
        click(furnished, code)
    click(furnished, "nothingAtAll")
    result = capsys.readouterr()

    log_bytes = len((result.out + result.err).encode())
    record_property("log bytes", log_bytes)
    assert log_bytes == load_prices()["counted"]["click_log_bytes"] == 0


def test_a_link_is_remembered_for_at_most_a_minute(
    furnished: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = clock_of_the_redirect(monkeypatch)
    code = furnished.create_link()
    click(furnished, code)
    furnished.send("PATCH", f"/v1/links/{code}", scope="crm", json={"paused": True})

    clock[0] += 59
    assert click(furnished, code).status == 302
    clock[0] += 2
    assert click(furnished, code).status == 404


@pytest.mark.parametrize(
    "address", ["", "::", "fe80::1%eth0", "no address", "2001:db8::1", "1.2.3"]
)
def test_a_click_from_any_address_is_sent_on(furnished: Cloud, address: str) -> None:
    code = furnished.create_link()
    click(furnished, code)
    event = furnished.gateway.events[-1]
    event["requestContext"]["http"]["sourceIp"] = address

    assert furnished.gateway.dispatch(event).status == 302


@pytest.mark.parametrize("lost", ["at", "record"])
def test_an_unreadable_click_does_not_block_its_stream(furnished: Cloud, lost: str) -> None:
    code = furnished.create_link()
    for _ in range(2):
        click(furnished, code)
    bad, good = furnished.items("clicks")
    (bad if lost == "record" else bad["record"]["M"]).pop(lost)
    records = [
        {
            "dynamodb": {
                "SequenceNumber": f"{place}",
                "Keys": {"click": each["click"]},
                "NewImage": each,
            }
        }
        for place, each in enumerate((bad, good), start=1)
    ]

    answer = import_module("functions.links.classify_clicks.app").handler(
        {"Records": records}, None
    )

    assert answer["batchItemFailures"] == []
    assert sum(furnished.stores.counts.of(f"link#{code}").values()) == 1
