"""The command that shows the daily audit."""

from tests.infra.cli.service import Command, Service, answer, problem

AGREES = {
    "day": "2027-03-01",
    "at": "2027-03-01T04:00:00.000000Z",
    "accounts": 12,
    "credits": 30,
    "count": 0,
    "differences": [],
    "unread": [],
    "left": 0,
    "complete": True,
}
MISSING = {
    "kind": "missing",
    "account": "cus_1",
    "credit": "cr_1_demo",
    "transaction": "cbtxn_1",
    "sentence": "50.00 USD is posted here as cbtxn_1, and Stripe has no such transaction.",
}


def test_books_that_agree_are_said_to_and_end_well(goodword: Command, service: Service) -> None:
    service.respond(answer(**AGREES))
    result = goodword("audit")
    assert (result.exit_code, service.lines) == (0, ["GET /v1/audits/latest"])
    assert "12 accounts and 30 credits compared, 0 differences" in result.stdout
    assert "Differences" not in result.stdout


def test_differences_are_named_and_end_in_three(goodword: Command, service: Service) -> None:
    service.respond(answer(**AGREES | {"count": 3, "differences": [MISSING]}))
    result = goodword("audit")
    assert result.exit_code == 3
    assert "Stripe has no such transaction" in result.stdout
    assert "and 2 more" in result.stdout


def test_as_json_they_end_in_three_too(goodword: Command, service: Service) -> None:
    service.respond(answer(**AGREES | {"count": 1, "differences": [MISSING]}))
    result = goodword("audit", "--json")
    assert result.exit_code == 3
    assert '"kind": "missing"' in result.stdout


def test_what_was_not_compared_is_said(goodword: Command, service: Service) -> None:
    service.respond(answer(**AGREES | {"complete": False, "left": 4, "unread": ["cus_9"]}))
    result = goodword("audit")
    assert result.exit_code == 0
    assert "no time for" in result.stdout
    assert "cus_9" in result.stdout


def test_before_the_first_audit_it_says_so(goodword: Command, service: Service) -> None:
    service.respond(
        problem(404, "no audit has run yet", "audit", "Wait a day: it runs once daily.")
    )
    result = goodword("audit")
    assert result.exit_code == 1
    assert "no audit has run yet" in result.stderr
