"""The operator's redrive against a running cloud: real queues, real functions, their own roles."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.local.cloud import ACCESS_KEY, REGION, SECRET_KEY
from tests.journeys.journey import Journey

pytestmark = [pytest.mark.journey, pytest.mark.long]


def _redrive(journey: Journey, queue: str) -> str:
    cloud = journey.demo.cloud
    where = ("--stack", cloud.stack, "--region", REGION, "--endpoint-url", cloud.endpoint)
    environ = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    result = CliRunner().invoke(app, ["redrive", queue, *where], env=environ)
    assert result.exit_code == 0, result.output
    return result.stdout


def _fail(journey: Journey, queue: str, body: str) -> None:
    sqs = journey.demo.cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=f"{journey.demo.cloud.stack}-{queue}-failed")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=body)


def test_a_credit_whose_message_failed_is_posted_after_a_redrive(journey: Journey) -> None:
    ana, robin = journey.referrer(), journey.person()
    program = journey.program("posting: approve")
    journey.enter(ana, program, robin)
    (held,) = journey.await_credits(ana.account, ("held", 5_000))
    journey.decide(held["credit"], "approve")
    _fail(journey, "credits", held["credit"])
    assert "credits: 1 repeated, 0 failed, 1 messages cleared." in _redrive(journey, "credits")
    journey.await_credits(ana.account, ("posted", 5_000))
    assert len(journey.transactions(ana.account)) == 1


@pytest.mark.parametrize("queue", ["inbox", "referrals", "clicks", "schedules", "timeline"])
def test_a_queue_of_failures_is_worked_off_and_cleared(journey: Journey, queue: str) -> None:
    _fail(journey, queue, '{"DDBStreamBatchInfo": {"shardId": "shardId-1"}}')
    said = _redrive(journey, queue)
    assert "0 failed, 1 messages cleared." in said
