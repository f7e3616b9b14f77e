"""goodword statement, credits and keys: what is owed, what a person decides, who may ask."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.cli.service import Command, Service, answer, problem

AT = "2027-03-01T12:00:00.000000Z"
POSTED = "2027-03-15T09:00:00.000000Z"
FIFTY = {"minor": 5000, "currency": "USD", "text": "50.00 USD"}
REASONS = [{"code": "approval_required", "args": {}, "sentence": "the program asks for a person"}]


def credit(name: str, **other: object) -> dict[str, Any]:
    outcome = {
        "credit": name,
        "amount": FIFTY,
        "status": "held",
        "account": "cus_1",
        "referral": "rf_1",
    }
    return {
        **outcome,
        "earned_at": AT,
        "posted_at": None,
        "reasons": REASONS,
        **other,
    }


def statement(**other: object) -> dict[str, Any]:
    outcome = {
        "account": "cus_1",
        "at": AT,
        "sums": {"posted": [FIFTY], "pending": []},
        "credits": [
            credit("cr_1", posted_at=POSTED, sentence="50.00 USD comes off your next invoice.")
        ],
        "next_credits": None,
        "referrals": [
            {
                "referral": "rf_1",
                "program": "peers",
                "referrer": "amy",
                "created_at": AT,
                "open": True,
                "milestones": {"demo": "not_yet"},
            }
        ],
        "next_referrals": None,
    }
    return {**outcome, **other}


def test_a_statement_has_sums_credits_and_referrals_of_every_page(
    goodword: Command, service: Service
) -> None:
    service.respond(
        answer(**statement(next_credits="c2", next_referrals="r2")),
        answer(**statement(credits=[credit("cr_2", sentence="Qualified.")], next_referrals="r2")),
        answer(**statement(referrals=[{**statement()["referrals"][0], "referral": "rf_2"}])),
    )
    shown = goodword("statement", "cus_1").stdout
    assert service.lines == [
        "GET /v1/accounts/cus_1/statement",
        "GET /v1/accounts/cus_1/statement?credits_after=c2",
        "GET /v1/accounts/cus_1/statement?referrals_after=r2",
    ]
    for text in (
        "posted  50.00 USD",
        "cr_1",
        "cr_2",
        "rf_1",
        "rf_2",
        "demo: not yet",
        "2027-03-15 09:00:00 UTC",
    ):
        assert text in shown
    assert "pending" not in shown
    assert shown.count("cr_1 ") == 1


def test_an_account_without_anything_says_so(goodword: Command, service: Service) -> None:
    service.respond(answer(**statement(sums={}, credits=[], referrals=[])))
    shown = goodword("statement", "cus_1").stdout
    assert "Credits: none\nReferrals: none\n" in shown
    assert goodword.json("statement", "cus_1")["referrals"] == []


def test_credits_are_listed_by_status(goodword: Command, service: Service) -> None:
    service.respond(answer(credits=[credit("cr_1", status="over_limit")], next=None))
    shown = goodword("credits", "list", "--status", "over_limit").stdout
    assert service.lines == ["GET /v1/credits?status=over_limit"]
    for text in ("Credits, over_limit", "cr_1", "50.00 USD", "approval_required"):
        assert text in shown


@pytest.mark.parametrize(
    ("decision", "status"), [("approve", "pending"), ("cancel", "canceled"), ("reverse", "pending")]
)
def test_a_decision_carries_its_reason(
    goodword: Command, service: Service, decision: str, status: str
) -> None:
    service.respond(answer(**credit("cr_1", status=status)))
    result = goodword("credits", decision, "cr_1", "--reason", "They signed off.")
    assert (result.exit_code, result.stdout) == (0, f"cr_1: 50.00 USD is {status}.\n")
    assert service.lines == [f"POST /v1/credits/cr_1/{decision}"]
    assert service.body() == {"reason": "They signed off."}
    assert goodword.json("credits", decision, "cr_1", "--reason", "x")["status"] == status


def test_a_decision_needs_a_reason(goodword: Command, service: Service) -> None:
    assert goodword("credits", "approve", "cr_1").exit_code == 2
    assert service.asked == []


def test_a_decision_that_comes_too_late_is_reported(goodword: Command, service: Service) -> None:
    service.respond(problem(409, "the credit is posted, not held", "credit"))
    result = goodword("credits", "approve", "cr_1", "--reason", "x")
    assert (result.exit_code, "the credit is posted, not held" in result.stderr) == (1, True)


MADE = {"key": "abc", "scopes": ["crm", "read"], "label": "sync", "bearer": "gw_abc_secret"}


def test_a_key_alone_is_on_standard_output(goodword: Command, service: Service) -> None:
    service.respond(answer(201, **MADE))
    result = goodword("keys", "make", "--scope", "read", "--scope", "crm", "--label", "sync")
    assert (result.exit_code, result.stdout) == (0, "gw_abc_secret\n")
    assert result.stderr == "Key abc (crm, read). It is shown only once and not stored.\n"
    assert service.body() == {"scopes": ["read", "crm"], "label": "sync"}
    assert service.asked[0].headers["idempotency-key"]
    assert goodword.json("keys", "make", "--scope", "read", "--label", "sync") == MADE


def test_a_scope_that_is_none_is_not_sent(goodword: Command, service: Service) -> None:
    result = goodword("keys", "make", "--scope", "owner", "--label", "sync")
    assert (result.exit_code, service.asked) == (1, [])
    assert "admin, crm, read" in result.stderr
