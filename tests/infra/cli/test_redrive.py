"""The drills of docs/runbook.md: what failed is repeated by one command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import boto3
import pytest

from goodword.domain.crm_copy.delivery import Delivery
from goodword.redirect.tables import item_of
from goodword.steps.links.create_link import change_link
from infra.cli import redrive
from infra.cli.recount import Recounted, recount, settled_at
from infra.twins.crm_signing import stage_event
from tests.api.cloud import PREFIX, REGION, Cloud, open_cloud
from tests.functions import app_module
from tests.infra.cli.service import Command
from tests.world import PROSPECT

QUEUES = (
    "credits",
    "inbox",
    "referrals",
    "clicks",
    "schedules",
    "timeline",
    "notices",
    "mails",
    "feedback",
)
WHERE = ("--stack", PREFIX, "--region", REGION)
POSITION = json.dumps(
    {"DDBStreamBatchInfo": {"shardId": "shardId-1", "startSequenceNumber": "100"}}
)


NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)


def _failure(hours: int) -> str:
    first = (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"DDBStreamBatchInfo": {"approximateArrivalOfFirstRecord": first}})


class Functions:
    """Runs the functions in this process. broken: jobs that fail; started.

    What was started, in order.
    """

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.started: list[str] = []

    def run(self, _: Any, name: str, event: dict[str, Any]) -> dict[str, Any]:
        job = name.removeprefix(f"{PREFIX}-")
        if job in self.broken:
            return {}
        module = import_module(app_module(job))
        module.wire.cache_clear()
        try:
            answer: dict[str, Any] = module.handler(event, None)
        finally:
            module.wire.cache_clear()
        return answer

    def start(self, _: Any, name: str) -> None:
        self.started.append(name.removeprefix(f"{PREFIX}-"))


@pytest.fixture(scope="module")
def deployed() -> Iterator[Cloud]:
    with open_cloud() as cloud:
        for name in QUEUES:
            boto3.client("sqs", region_name=REGION).create_queue(
                QueueName=f"{PREFIX}-{name}-failed"
            )
        yield cloud


@pytest.fixture
def cloud(deployed: Cloud) -> Cloud:
    deployed.reset(furnished=True)
    for name in (*(f"{each}-failed" for each in QUEUES), "credits", "mails", "notices"):
        waiting(name)
    return deployed


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Functions:
    made = Functions()
    monkeypatch.setattr(redrive, "WAIT_SECONDS", 0)
    monkeypatch.setattr(redrive, "_invoke", made.run)
    monkeypatch.setattr(redrive, "_start", made.start)
    return made


def sqs() -> Any:
    return boto3.client("sqs", region_name=REGION)


def url(name: str) -> str:
    return str(sqs().get_queue_url(QueueName=f"{PREFIX}-{name}")["QueueUrl"])


def fail(queue: str, body: str = POSITION) -> None:
    sqs().send_message(QueueUrl=url(f"{queue}-failed"), MessageBody=body)


def waiting(name: str) -> list[str]:
    """Take what waits in a queue."""
    found: list[str] = []
    while (
        messages := sqs()
        .receive_message(QueueUrl=url(name), MaxNumberOfMessages=10)
        .get("Messages")
    ):
        found += [each["Body"] for each in messages]
        for each in messages:
            sqs().delete_message(QueueUrl=url(name), ReceiptHandle=each["ReceiptHandle"])
    return sorted(found)


def deliver(cloud: Cloud, name: str) -> None:
    """Put a delivery into the inbox that was not applied."""
    at = datetime.now(UTC)
    emails = (PROSPECT["email"],)
    body = stage_event(
        "standard", "deal", "77", "stage", "crm demo_attended", at, name, emails=emails
    )
    assert cloud.stores.inbox.put(Delivery(f"crm#{name}", "crm", body.decode(), at))


def test_credits_that_failed_go_back_to_their_queue(cloud: Cloud, goodword: Command) -> None:
    for name in ("cr_one", "cr_two"):
        fail("credits", name)
    result = goodword("redrive", "credits", *WHERE)
    assert (result.exit_code, result.stdout) == (
        0,
        "credits: 2 repeated, 0 failed, 2 messages cleared.\n",
    )
    assert waiting("credits") == ["cr_one", "cr_two"]
    assert waiting("credits-failed") == []


def test_mails_that_failed_go_back_to_their_queue(cloud: Cloud, goodword: Command) -> None:
    fail("mails", "token#tk_1 2027")
    assert (
        "mails: 1 repeated, 0 failed, 1 messages cleared."
        in goodword("redrive", "mails", *WHERE).stdout
    )
    assert waiting("mails") == ["token#tk_1 2027"]


def test_notices_that_failed_go_back_to_their_queue(cloud: Cloud, goodword: Command) -> None:
    fail("notices", '{"detail": {}}')
    result = goodword("redrive", "notices", *WHERE)
    assert "notices: 1 repeated, 0 failed, 1 messages cleared." in result.stdout
    assert waiting("notices") == ['{"detail": {}}']


def test_entries_that_were_not_published_are_published(
    cloud: Cloud, goodword: Command, functions: Functions
) -> None:
    cloud.enter()
    fail("timeline")
    functions.broken.add("publish_events")
    assert goodword("redrive", "timeline", *WHERE).exit_code == 1
    functions.broken.clear()
    fail("timeline")
    result = goodword("redrive", "timeline", *WHERE)
    assert "timeline: 1 repeated, 0 failed, 1 messages cleared." in result.stdout, result.stderr
    (body,) = waiting("notices")
    assert json.loads(body)["detail"]["kind"] == "made"


def test_entries_from_before_the_first_failure_are_left(
    cloud: Cloud, goodword: Command, functions: Functions
) -> None:
    cloud.enter()
    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    fail("timeline", json.dumps({"DDBStreamBatchInfo": {"approximateArrivalOfFirstRecord": later}}))
    result = goodword("redrive", "timeline", *WHERE)
    assert "timeline: 0 repeated, 0 failed, 1 messages cleared." in result.stdout, result.stderr
    assert waiting("notices") == []


@pytest.mark.parametrize(
    ("messages", "ago"),
    [
        ([], timedelta(days=14)),
        ([POSITION], timedelta(days=14)),
        (["not JSON"], timedelta(days=14)),
        ([_failure(hours=3), _failure(hours=2)], timedelta(hours=4)),
        ([_failure(hours=3), POSITION], timedelta(days=14)),
    ],
)
def test_the_earliest_failure_says_from_when_on_to_publish(
    messages: list[str], ago: timedelta
) -> None:
    assert redrive.failed_since(messages, NOW) == NOW - ago


@pytest.mark.parametrize("aside", [True, False])
def test_what_ses_said_is_taken_in_once_more(
    cloud: Cloud, goodword: Command, functions: Functions, aside: bool
) -> None:
    detail = {
        "eventType": "Complaint",
        "complaint": {"complainedRecipients": [{"emailAddress": "ana@referrer.example"}]},
    }
    event = {"source": "aws.ses", "detail": detail}
    fail("feedback", json.dumps({"requestPayload": event} if aside else event))
    functions.broken.add("unsubscribe")
    assert goodword("redrive", "feedback", *WHERE).exit_code == 1
    functions.broken.clear()
    fail("feedback", json.dumps(event))
    result = goodword("redrive", "feedback", *WHERE)
    assert (result.exit_code, waiting("feedback-failed")) == (0, [])
    assert cloud.stores.referrers.get("ana").mail_off == "complained"


def test_a_delivery_that_was_never_applied_is_applied(
    cloud: Cloud, goodword: Command, functions: Functions
) -> None:
    referral = cloud.enter().json["referral"]
    deliver(cloud, "d1")
    fail("inbox")
    result = goodword("redrive", "inbox", *WHERE)
    assert "inbox: 1 repeated, 0 failed, 1 messages cleared." in result.stdout
    assert cloud.stores.referrals.get(referral).stage == "demo_attended"
    assert waiting("credits") == [cloud.stores.referrals.get(referral).milestone("demo").credit]
    again = goodword("redrive", "inbox", *WHERE)
    assert "inbox: 0 repeated, 0 failed, 0 messages cleared." in again.stdout


def test_many_deliveries_are_handed_over_a_batch_at_a_time(
    cloud: Cloud, goodword: Command, functions: Functions
) -> None:
    cloud.enter()
    for number in range(redrive.BATCH + 3):
        deliver(cloud, f"d{number}")
    assert "inbox: 13 repeated" in goodword("redrive", "inbox", *WHERE).stdout


def test_what_fails_once_more_keeps_its_message_and_says_so(
    cloud: Cloud, goodword: Command, functions: Functions
) -> None:
    deliver(cloud, "d1")
    fail("inbox")
    functions.broken.add("apply_event")
    result = goodword("redrive", "inbox", *WHERE)
    assert result.exit_code == 1
    assert "inbox: 0 repeated, 1 failed, 0 messages cleared." in result.stdout
    assert "/goodword/api/apply_event" in result.stderr
    assert cloud.stores.inbox.get("crm#d1").status == "received"


def test_an_unqualified_referral_is_qualified_with_what_waited_for_it(
    cloud: Cloud, goodword: Command, functions: Functions
) -> None:
    deliver(cloud, "d1")
    assert "inbox: 1 repeated" in goodword("redrive", "inbox", *WHERE).stdout
    referral = cloud.enter().json["referral"]
    fail("referrals")
    result = goodword("redrive", "referrals", *WHERE)
    assert "referrals: 1 repeated, 0 failed, 1 messages cleared." in result.stdout
    assert cloud.stores.referrals.get(referral).stage == "demo_attended"


def test_a_click_that_was_never_judged_is_counted(
    cloud: Cloud, goodword: Command, functions: Functions
) -> None:
    old = datetime.now(UTC) - timedelta(days=3)
    put_click("one", old)
    put_click("two", old, agent="Googlebot/2.1")
    cloud.stores.counts.add_clicks("spring", f"{old:%Y-%m-%d}", "shard", [(1, "person")])
    fail("clicks")
    result = goodword("redrive", "clicks", *WHERE)
    assert "clicks: 1 repeated, 0 failed, 1 messages cleared." in result.stdout
    day = f"{old:%Y-%m-%d}"
    counted = {each: n for each, n in cloud.stores.counts.of("link#spring").items() if n}
    assert counted == {f"{day}#person": 1, f"{day}#machine": 1}
    assert "clicks: 0 repeated" in goodword("redrive", "clicks", *WHERE).stdout


def test_a_recounted_scanner_click_is_recognized_by_its_mail(
    cloud: Cloud, goodword: Command, functions: Functions
) -> None:
    mailed = datetime.now(UTC) - timedelta(days=3)
    assert cloud.create_link(code="spring") == "spring"
    change_link("spring", paused=None, mailed_at=mailed, stores=cloud.stores)
    put_click("one", mailed + timedelta(seconds=1))
    fail("clicks")
    assert "clicks: 1 repeated" in goodword("redrive", "clicks", *WHERE).stdout
    counted = {each: n for each, n in cloud.stores.counts.of("link#spring").items() if n}
    assert counted == {f"{mailed:%Y-%m-%d}#machine": 1}


def test_clicks_wait_while_the_stream_may_still_count_them(
    cloud: Cloud, goodword: Command, functions: Functions
) -> None:
    now = datetime.now(UTC)
    put_click("one", now)
    shown = {"approximateArrivalOfLastRecord": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    fail("clicks", json.dumps({"DDBStreamBatchInfo": shown}))
    result = goodword("redrive", "clicks", *WHERE)
    assert "clicks: 0 repeated, 0 failed, 0 messages cleared." in result.stdout
    assert "1 messages concern clicks that the stream still has" in result.stderr
    assert f"from {now + timedelta(days=2):%Y-%m-%d} 01:00 (UTC) on" in result.stderr
    assert cloud.stores.counts.of("link#spring") == {}


def test_a_stream_that_recovers_after_a_recount_counts_nothing_twice(cloud: Cloud) -> None:
    clicked = datetime(2027, 3, 4, 23, 55, tzinfo=UTC)
    day, dynamodb = f"{clicked:%Y-%m-%d}", boto3.client("dynamodb", region_name=REGION)
    put_click("one", clicked)

    def recount_after(hours: float) -> Recounted:
        return recount(dynamodb, PREFIX, clicked + timedelta(hours=hours), lambda _: False)

    # The day is over, but the stream holds its last click for a day, and brings it when judging
    # goes on.
    assert [recount_after(hours) for hours in (2, 12, 23.9)] == [Recounted(0, 0)] * 3
    cloud.stores.counts.add_clicks("spring", day, "shard", [(1, "person")])
    assert recount_after(25.1) == Recounted(0, 0)
    assert cloud.stores.counts.of("link#spring") == {f"{day}#person": 1}


def test_a_day_is_recounted_after_the_stream_expired(cloud: Cloud) -> None:
    clicked = datetime(2027, 3, 4, 23, 55, tzinfo=UTC)
    put_click("one", clicked)
    shown = {"approximateArrivalOfLastRecord": f"{clicked:%Y-%m-%dT%H:%M:%SZ}"}
    settled = settled_at(json.dumps({"DDBStreamBatchInfo": shown}))
    assert settled == datetime(2027, 3, 6, 1, tzinfo=UTC)
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    assert recount(dynamodb, PREFIX, settled - timedelta(seconds=1), lambda _: False) == Recounted(
        0, 0
    )
    assert recount(dynamodb, PREFIX, settled, lambda _: False) == Recounted(1, 0)


@pytest.mark.parametrize("lost", ["#record.#at", "#record"])
def test_an_unreadable_click_is_reported_and_blocks_no_other(
    lost: str, cloud: Cloud, goodword: Command, functions: Functions
) -> None:
    old = datetime.now(UTC) - timedelta(days=3)
    put_click("good", old)
    put_click("bad", old)
    boto3.client("dynamodb", region_name=REGION).update_item(
        TableName=f"{PREFIX}-clicks",
        Key={"click": {"S": "bad"}},
        UpdateExpression=f"REMOVE {lost}",
        ExpressionAttributeNames={f"#{name}": name for name in lost.replace("#", "").split(".")},
    )
    fail("clicks")
    result = goodword("redrive", "clicks", *WHERE)
    assert (result.exit_code, result.stdout) == (
        0,
        "clicks: 1 repeated, 0 failed, 1 messages cleared.\n",
    )
    assert "1 unreadable clicks are not counted" in result.stderr
    assert "/goodword/api/classify_clicks" in result.stderr
    assert cloud.stores.counts.of("link#spring")[f"{old:%Y-%m-%d}#person"] == 1


def test_a_day_of_which_all_was_counted_is_left_alone(
    cloud: Cloud, goodword: Command, functions: Functions
) -> None:
    old = datetime.now(UTC) - timedelta(days=3)
    day = f"{old:%Y-%m-%d}"
    put_click("one", old)
    cloud.stores.counts.add_clicks("spring", day, "shard", [(1, "uncertain"), (2, "person")])
    fail("clicks")
    assert "clicks: 0 repeated" in goodword("redrive", "clicks", *WHERE).stdout
    assert cloud.stores.counts.of("link#spring") == {f"{day}#uncertain": 1, f"{day}#person": 1}


def put_click(name: str, at: datetime, **other: Any) -> None:
    """Put a click past the redirect."""
    fields = {
        "code": "spring",
        "program": "peers",
        "source": name,
        "agent": "Browser",
        "network": "",
        "hints": (),
    }
    item = item_of(click=name, at=at, **{**fields, **other})
    boto3.client("dynamodb", region_name=REGION).put_item(TableName=f"{PREFIX}-clicks", Item=item)


def test_failed_scheduled_runs_are_repaired_by_one_run_of_each(
    cloud: Cloud, goodword: Command, functions: Functions
) -> None:
    fail("schedules", json.dumps({"requestContext": {"functionArn": "whichever"}}))
    result = goodword("redrive", "schedules", *WHERE)
    assert (result.exit_code, functions.started) == (0, list(redrive.SWEEPS))
    assert waiting("schedules-failed") == []


def test_a_queue_that_is_not_one_is_refused(goodword: Command) -> None:
    assert goodword("redrive", "letters", *WHERE).exit_code == 2
    assert goodword("redrive", "credits").exit_code == 2


def test_a_stack_without_queues_is_reported(cloud: Cloud, goodword: Command) -> None:
    result = goodword("redrive", "credits", "--stack", "another", "--region", REGION)
    assert result.exit_code == 1
    assert "AWS refused GetQueueUrl" in result.stderr
