"""goodword links: made with an Idempotency-Key, shown, paused, resumed."""

from __future__ import annotations

from tests.infra.cli.service import Command, Service, answer, problem

LINK = {"url": "https://refer.example.com/r/amy-example", "code": "amy-example", "paused": False}


def test_a_link_is_made_and_only_its_address_printed(goodword: Command, service: Service) -> None:
    service.respond(answer(201, **LINK))
    result = goodword("links", "make", "amy", "--program", "peers")
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{LINK['url']}\n", "")
    assert service.lines == ["POST /v1/referrers/amy/links"]
    assert service.body() == {"program": "peers", "channel": "other", "internal_only": False}
    assert service.asked[0].headers["idempotency-key"]


def test_a_link_takes_a_code_a_channel_and_a_target(goodword: Command, service: Service) -> None:
    service.respond(answer(201, **LINK))
    said = (
        "--code",
        "amy-example",
        "--channel",
        "mail",
        "--target",
        "https://www.example.com/a",
        "--internal-only",
    )
    assert goodword.json("links", "make", "amy", "--program", "peers", *said) == LINK
    assert service.body() == {
        "program": "peers",
        "channel": "mail",
        "internal_only": True,
        "code": "amy-example",
        "target": "https://www.example.com/a",
    }


def test_a_taken_code_is_reported(goodword: Command, service: Service) -> None:
    service.respond(problem(409, "the code 'amy' is taken", "code", "Choose another one."))
    result = goodword("links", "make", "amy", "--program", "peers", "--code", "amy")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "to do: Choose another one." in result.stderr


def test_a_link_is_paused_and_goes_on(goodword: Command, service: Service) -> None:
    service.respond(answer(**{**LINK, "paused": True}), answer(**LINK))
    assert "is paused" in goodword("links", "pause", "amy-example").stdout
    assert "is active" in goodword("links", "resume", "amy-example").stdout
    assert service.lines == ["PATCH /v1/links/amy-example"] * 2
    assert [service.body(0), service.body(1)] == [{"paused": True}, {"paused": False}]


def test_a_link_is_shown_with_its_clicks(goodword: Command, service: Service) -> None:
    clicks = {"person": 3, "machine": 9, "uncertain": 1}
    service.respond(
        answer(**LINK, created_at="2027-03-01T12:00:00.0Z", mailed_at=None, clicks=clicks)
    )
    shown = goodword("links", "show", "amy-example").stdout
    assert goodword.json("links", "show", "amy-example")["clicks"] == clicks
    assert goodword.json("links", "pause", "amy-example")["code"] == "amy-example"
    assert "person: 3, machine: 9, uncertain: 1" in shown
    assert "2027-03-01 12:00:00 UTC" in shown


def test_a_links_mail_time_is_given_or_now(goodword: Command, service: Service) -> None:
    service.respond(answer(**LINK, mailed_at="2027-03-01T12:00:00.0Z"))
    said = goodword("links", "mailed", "amy-example", "--at", "2027-03-01T13:00:00+01:00")
    assert said.stdout.endswith("was mailed at 2027-03-01 12:00:00 UTC.\n")
    goodword("links", "mailed", "amy-example")
    assert service.lines == ["PATCH /v1/links/amy-example"] * 2
    outcome = ["2027-03-01T13:00:00+01:00", "2027-03-01T12:00:00+00:00"]
    assert [service.body(place)["mailed_at"] for place in (0, 1)] == outcome


def test_a_time_that_is_none_is_not_sent(goodword: Command, service: Service) -> None:
    assert goodword("links", "mailed", "amy-example", "--at", "noon").exit_code == 1
    assert service.asked == []
