"""What is held, what is over the limit, what is never earned.

What is found again when a call was lost.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from infra.cli.context import Outside
from infra.cli.main import app
from tests.journeys.journey import Journey

pytestmark = [pytest.mark.journey, pytest.mark.long]

STAMP = "%Y-%m-%dT%H:%M:%S.%fZ"


def test_a_self_referral_is_held_until_a_person_approves_it(journey: Journey) -> None:
    program, ana = journey.program(), journey.referrer()
    journey.sign_up(journey.link(ana, program), ana.person)
    (credit,) = journey.await_credits(ana.account, ("held", 5_000))
    assert credit["hold"] == "flagged"
    assert [each["code"] for each in credit["reasons"][0]["args"]["flags"]] == ["self_referral"]
    assert credit["sentence"].startswith("We're checking one detail; you'll hear by ")
    listed = journey.expect(200, "GET", "/v1/credits", params={"status": "held"})["credits"]
    assert credit["credit"] in [each["credit"] for each in listed]
    assert journey.walk.balance(ana.account) == 0

    decided = journey.decide(credit["credit"], "approve")
    assert decided["decided_by"].startswith("key ")
    journey.walk.await_balance(-5_000, ana.account)
    journey.await_credits(ana.account, ("posted", 5_000))
    journey.decide(credit["credit"], "approve")  # deciding the same again changes nothing
    assert len(journey.transactions(ana.account)) == 1


def test_a_held_credit_that_a_person_cancels_is_never_posted(journey: Journey) -> None:
    program, ana = journey.program(), journey.referrer()
    referral = journey.sign_up(journey.link(ana, program), ana.person)
    (credit,) = journey.await_credits(ana.account, ("held", 5_000))
    assert journey.decide(credit["credit"], "cancel")["status"] == "canceled"
    assert journey.decide(credit["credit"], "approve", status=409)["status"] == 409
    entry = journey.story(referral)["timeline"][-1]
    assert entry["sentence"] == "50.00 USD was canceled by a person: Looked into it."
    assert entry["actor"].startswith("key ")
    assert journey.credits(ana.account) == [("canceled", 5_000)]
    assert journey.transactions(ana.account) == []


def test_an_operator_takes_a_posted_credit_back(journey: Journey) -> None:
    program, ana = journey.program("limits: {account_year: [50.00 USD]}"), journey.referrer()
    referral = journey.sign_up(journey.link(ana, program), journey.person())
    (credit,) = journey.await_credits(ana.account, ("posted", 5_000))
    shown = _goodword(
        journey, "credits", "reverse", credit["credit"], "--reason", "Paid by mistake."
    )
    assert shown == f"{credit['credit']}_reversal: -50.00 USD is pending.\n"
    journey.walk.await_balance(0, ana.account)
    journey.walk.wait(
        lambda: journey.credits(ana.account),
        [("posted", -5_000), ("reversed", 5_000)],
        "the credits",
    )
    assert [each["amount"] for each in journey.transactions(ana.account)] == [-5_000, 5_000]
    entry = next(
        each for each in journey.story(referral)["timeline"] if "by a person" in each["sentence"]
    )
    assert entry["sentence"] == "50.00 USD is taken back by a person: Paid by mistake."
    assert entry["actor"].startswith("key ")

    journey.sign_up(journey.link(ana, program), journey.person())  # the limit has its room again
    journey.walk.await_balance(-5_000, ana.account)


def _goodword(journey: Journey, *parts: str) -> str:
    """Run the operator's command as the administrator and return what it printed."""
    shown = {"GOODWORD_URL": journey.demo.url, "GOODWORD_KEY": journey.demo.key}
    result = CliRunner().invoke(app, list(parts), env=shown, obj=Outside())
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_credit_over_the_accounts_limit_is_over_limit(journey: Journey) -> None:
    program = journey.program("limits: {account_year: [80.00 USD]}")
    ana = journey.referrer()
    ben = journey.referrer(account=ana.account)  # they share the account, and so its limit
    journey.sign_up(journey.link(ana, program), journey.person())
    journey.await_credits(ana.account, ("posted", 5_000))
    journey.sign_up(journey.link(ben, program), journey.person())
    journey.walk.wait(
        lambda: sorted(journey.credits(ana.account)),
        [("over_limit", 5_000), ("posted", 5_000)],
        "the credits",
    )
    over_limit = next(
        each for each in journey.statement(ana.account)["credits"] if each["status"] == "over_limit"
    )
    assert [each["code"] for each in over_limit["reasons"]] == ["account_limit_reached"]
    assert over_limit["sentence"] == "Qualified; your account reached this year's limit."
    assert journey.walk.balance(ana.account) == -5_000


def _move_to_past(journey: Journey, credit: str, *path: str) -> None:
    """Let a credit's time have come, as if a day had passed.

    path: where the time is in the record. The index beside it gets the same time.
    """
    past = {"S": (datetime.now(UTC) - timedelta(minutes=2)).strftime(STAMP)}
    names = {f"#p{place}": name for place, name in enumerate(("record", *path))}
    journey.demo.cloud.client("dynamodb").update_item(
        TableName=f"{journey.demo.cloud.stack}-credits",
        Key={"credit": {"S": credit}},
        UpdateExpression=f"SET due_at = :past, {'.'.join(names)} = :past",
        ConditionExpression=f"attribute_exists(#work) AND attribute_exists({'.'.join(names)})",
        ExpressionAttributeNames={**names, "#work": "work"},
        ExpressionAttributeValues={":past": past},
    )


def test_the_sweep_finds_a_due_credit_without_a_message(journey: Journey) -> None:
    program, ana = journey.program(hold_days=14), journey.referrer()
    journey.sign_up(journey.link(ana, program), journey.person())
    (credit,) = journey.await_credits(ana.account, ("pending", 5_000))
    assert credit["sentence"].startswith("Qualified: 50.00 USD posts on ")
    journey.demo.cloud.invoke("sweep_credits")
    assert journey.credits(ana.account) == [("pending", 5_000)]  # not before its time

    _move_to_past(journey, credit["credit"], "due_at")
    assert journey.demo.cloud.invoke("sweep_credits")["due"] >= 1
    journey.walk.await_balance(-5_000, ana.account)
    journey.await_credits(ana.account, ("posted", 5_000))


def test_the_sweep_finishes_after_a_lost_reply_and_pays_once(journey: Journey) -> None:
    program, ana = journey.program(), journey.referrer()
    journey.demo.stripe.switch("faults", kind="lost_reply")
    journey.sign_up(journey.link(ana, program), journey.person())
    journey.walk.await_balance(-5_000, ana.account)  # Stripe has it, and we do not know
    (credit,) = journey.await_credits(ana.account, ("sending", 5_000))

    _move_to_past(journey, credit["credit"], "state", "lease_until")
    assert journey.demo.cloud.invoke("sweep_credits")["due"] >= 1
    (posted,) = journey.await_credits(ana.account, ("posted", 5_000))
    (transaction,) = journey.transactions(ana.account)
    assert (transaction["id"], transaction["amount"]) == (posted["transaction"], -5_000)
    journey.demo.cloud.invoke("sweep_credits")
    assert len(journey.transactions(ana.account)) == 1
