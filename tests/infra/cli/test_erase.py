"""goodword erase: confirmed by hand, run once, with a list of what remains where."""

from __future__ import annotations

import pytest

from tests.infra.cli.service import Command, Service, answer, problem

AT = "2027-03-01T12:00:00.000000Z"
NOTICES = {
    "erased": "rf_1",
    "erased_at": AT,
    "stores": [{"store": "facts", "emptied": "what was said", "stays": "how far the sale came"}],
    "still_stored": [
        {"place": "logs", "what": "ids", "until": "2027-03-31T12:00:00.000000Z"},
        {"place": "the CRM", "what": "the contact", "until": None},
    ],
}


@pytest.mark.parametrize(
    ("noun", "path"), [("referral", "referrals/rf_1"), ("referrer", "referrers/rf_1")]
)
def test_a_person_is_erased_once_it_is_confirmed(
    goodword: Command, service: Service, noun: str, path: str
) -> None:
    service.respond(answer(**NOTICES))
    result = goodword("erase", noun, "rf_1", stdin="y\n")
    assert result.exit_code == 0
    assert service.lines == [f"POST /v1/{path}/erase"]
    for text in (
        "2027-03-01 12:00:00 UTC",
        "what was said",
        "how far the sale came",
        "2027-03-31 12:00:00 UTC",
    ):
        assert text in result.stdout


def test_without_a_yes_nothing_is_asked_of_the_service(goodword: Command, service: Service) -> None:
    service.respond(answer(**NOTICES))
    assert goodword("erase", "referral", "rf_1", stdin="n\n").exit_code != 0
    assert service.asked == []


def test_a_script_says_yes_beforehand(goodword: Command, service: Service) -> None:
    service.respond(answer(**NOTICES))
    assert goodword.json("erase", "referrer", "rf_1", "--yes") == NOTICES
    assert service.lines == ["POST /v1/referrers/rf_1/erase"]


def test_a_person_who_is_not_there_is_reported(goodword: Command, service: Service) -> None:
    service.respond(problem(404, "there is no referral 'rf_1'"))
    result = goodword("erase", "referral", "rf_1", "--yes")
    assert result.exit_code == 1
    assert "there is no referral" in result.stderr
