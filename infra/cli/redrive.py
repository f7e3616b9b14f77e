"""Do again what a queue of failures stands for, with your AWS credentials.

A message of `credits`, `mails` or `notices` is the work itself, and goes back to its queue; one of
`feedback` is what SES said, and is handed to its function. A message of a stream's failures holds
no work: only a position in a stream that forgets after a day. So what was not done is looked for
where it lies, in the table, and handed to its function as the stream would have; clicks are counted
again (recount.py). Scheduled functions are sweeps, and one more run makes good whichever failed. All
of it may be done twice; messages go only when all is done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import typer

from goodword.domain.timeline import entry_time
from infra.cli.aws import Endpoint, Region, Stack, check_stack, open_client, reaching_aws
from infra.cli.context import context_of
from infra.cli.recount import recount, settled_at

Queue = Literal[
    "credits",
    "inbox",
    "referrals",
    "clicks",
    "schedules",
    "timeline",
    "notices",
    "mails",
    "feedback",
]
Invoke = Callable[[str, dict[str, Any]], dict[str, Any]]
Start = Callable[[str], object]
SWEEPS = ("sweep_credits", "expire_referrals", "poll_crm", "audit_ledger", "send_mail")
WORK = ("credits", "mails", "notices")  # queues whose messages are the work itself
BATCH = 10
HIDDEN_SECONDS = 900  # how long the messages are out of sight while their work is done again
WAIT_SECONDS = 1  # without a wait a queue may seem empty that is not
FUNCTION_SECONDS = 70  # longer than any function of a stream may take
FAILED = 1
KEPT = timedelta(days=14)  # how long a failure is kept: template.yaml
EARLY = timedelta(hours=1)  # an item reaches its stream after its time


@dataclass(frozen=True, slots=True)
class _Stream:
    """Whose failures a queue holds. undone: which items of the table nobody has worked on."""

    table: str
    key: str
    job: str
    undone: str
    names: dict[str, str]
    values: dict[str, Any]


_STREAMS = {
    "inbox": _Stream(
        "inbox",
        "delivery",
        "apply_event",
        "#record.#status = :received",
        {"#record": "record", "#status": "status"},
        {":received": {"S": "received"}},
    ),
    # Which of them was judged cannot be told; to judge one again changes nothing.
    "referrals": _Stream(
        "referrals",
        "referral",
        "qualify_referral",
        "#open = :open",
        {"#open": "open"},
        {":open": {"S": "open"}},
    ),
    # Which of them was published cannot be seen here, so all since the first failure are published
    # again: subscribers know an event by its id.
    "timeline": _Stream(
        "timeline",
        "entry",
        "publish_events",
        "#entry >= :since",
        {"#entry": "entry"},
        {},
    ),
}


@dataclass(frozen=True, slots=True)
class Redriven:
    """The outcome. done, failed: pieces of work; cleared: messages that are gone from the queue.

    waiting: messages whose time has not come yet; again: when the last of them has. unread: clicks
    that cannot be read, and were left.
    """

    done: int
    failed: int
    cleared: int
    waiting: int = 0
    again: datetime | None = None
    unread: int = 0


def redrive_work(queue: str, sqs: Any, stack: str) -> Redriven:
    """Put every failed message back into its queue."""
    target, source = _url(sqs, f"{stack}-{queue}"), _url(sqs, f"{stack}-{queue}-failed")
    moved = 0
    for message in _hold(sqs, source):
        # In this order: a message that is there twice does no harm, one that is gone would.
        sqs.send_message(QueueUrl=target, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
        moved += 1
    return Redriven(moved, 0, moved)


def redrive_stream(queue: str, sqs: Any, dynamodb: Any, invoke: Invoke, stack: str) -> Redriven:
    """Hand every item that was not worked on to its function.

    Clear the queue if all went well.
    """
    stream, source = _STREAMS[queue], _url(sqs, f"{stack}-{queue}-failed")
    stored = list(_hold(sqs, source))
    if queue == "timeline":
        since = entry_time(failed_since([each["Body"] for each in stored], datetime.now(UTC)))
        stream = replace(stream, values={":since": {"S": since}})
    done = failed = 0
    for items in _batches(_undone(dynamodb, f"{stack}-{stream.table}", stream)):
        failures = _work(items, stream, invoke)
        failed += failures
        done += len(items) - failures
    return Redriven(done, failed, 0 if failed else _clear(sqs, source, stored))


def failed_since(messages: list[str], now: datetime) -> datetime:
    """Return the time of the first item that failures of a stream stand for, an hour early.

    A message that names no time may be as old as the queue keeps one; so may what has no message.
    """
    found = [now - KEPT] if not messages else []
    for message in messages:
        try:
            first = json.loads(message)["DDBStreamBatchInfo"]["approximateArrivalOfFirstRecord"]
            found.append(datetime.fromisoformat(first).astimezone(UTC) - EARLY)
        except (KeyError, TypeError, ValueError):
            found.append(now - KEPT)
    return min(found)


def redrive_feedback(sqs: Any, invoke: Invoke, stack: str) -> Redriven:
    """Hand every bounce and complaint to its function once more.

    What fails again stays in the queue.
    """
    source = _url(sqs, f"{stack}-feedback-failed")
    done = failed = 0
    for message in _hold(sqs, source):
        result = json.loads(message["Body"])
        # What Lambda sets aside has the event within; what EventBridge could not deliver is the
        # event.
        event = result.get("requestPayload", result)
        if invoke("unsubscribe", event):
            sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
            done += 1
        else:
            failed += 1
    return Redriven(done, failed, done)


def redrive_clicks(sqs: Any, dynamodb: Any, stack: str, now: datetime) -> Redriven:
    """Count the days again that the stream has forgotten, and clear what stands for them.

    The others wait.
    """
    from goodword.bots.agents import Agents  # a long list, which no other command needs

    source = _url(sqs, f"{stack}-clicks-failed")
    stored = list(_hold(sqs, source))
    gained, failed, unread = recount(dynamodb, stack, now, Agents().is_crawler)
    # What says nothing of its time is in the table all the same, and is counted with its day.
    due = [(settled_at(message["Body"]) or now, message) for message in stored]
    over = [message for at, message in due if at <= now]
    later = [at for at, _ in due if at > now]
    cleared = 0 if failed else _clear(sqs, source, over)
    return Redriven(gained, failed, cleared, len(later), max(later, default=None), unread)


def redrive_schedules(sqs: Any, start: Start, stack: str) -> Redriven:
    """Start every scheduled function once, and clear the queue."""
    source = _url(sqs, f"{stack}-schedules-failed")
    stored = list(_hold(sqs, source))
    for job in SWEEPS:
        start(job)
    return Redriven(len(SWEEPS), 0, _clear(sqs, source, stored))


def redrive(
    ctx: typer.Context,
    queue: Annotated[Queue, typer.Argument(help="Which failures.", show_default=False)],
    stack: Stack = "",
    region: Region = "",
    endpoint_url: Endpoint = "",
) -> None:
    """Do again what failed, and clear its queue; exit 1 where something fails once more."""
    check_stack(stack)
    output = context_of(ctx).output()
    with reaching_aws(region, endpoint_url) as where:
        sqs = open_client("sqs", where)
        if queue in WORK:
            came = redrive_work(queue, sqs, stack)
        elif queue == "schedules":
            functions = _open_functions(where)
            came = redrive_schedules(sqs, lambda job: _start(functions, f"{stack}-{job}"), stack)
        elif queue == "clicks":
            came = redrive_clicks(sqs, open_client("dynamodb", where), stack, datetime.now(UTC))
        else:
            functions, dynamodb = _open_functions(where), open_client("dynamodb", where)

            def invoke(job: str, event: dict[str, Any]) -> dict[str, Any]:
                return _invoke(functions, f"{stack}-{job}", event)

            if queue == "feedback":
                came = redrive_feedback(sqs, invoke, stack)
            else:
                came = redrive_stream(queue, sqs, dynamodb, invoke, stack)
    output.line(
        f"{queue}: {came.done} done again, {came.failed} failed, {came.cleared} messages cleared."
    )
    if came.again:
        output.note(
            f"{came.waiting} messages stand for clicks that the stream still holds, and may yet count: "
            f"do it again from {came.again:%Y-%m-%d %H:%M} (UTC) on."
        )
    if came.unread:
        output.note(
            f"{came.unread} clicks cannot be read and are in no count; the log of their function names them: "
            f"/goodword/{stack}/classify_clicks"
        )
    if came.failed and queue == "clicks":
        output.note("Links were clicked while they were counted: do it again.")
        raise typer.Exit(FAILED)
    if came.failed:
        job = "unsubscribe" if queue == "feedback" else _STREAMS[queue].job
        output.note(f"What failed is in the log of its function: /goodword/{stack}/{job}")
        raise typer.Exit(FAILED)


def _open_functions(region: str) -> Any:
    return open_client("lambda", region, FUNCTION_SECONDS)


def _invoke(functions: Any, name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Run a function and return what it returned.

    A function that fails returns nothing that holds.
    """
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    result = json.loads(answer["Payload"].read() or b"null")
    return {} if "FunctionError" in answer or not isinstance(result, dict) else result


def _start(functions: Any, name: str) -> None:
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")


def _undone(dynamodb: Any, table: str, stream: _Stream) -> Iterator[dict[str, Any]]:
    """Yield the items that nobody has worked on.

    Only here, by hand, is a table read from end to end.
    """
    asked: dict[str, Any] = {
        "TableName": table,
        "ConsistentRead": True,
        "FilterExpression": stream.undone,
        "ExpressionAttributeNames": stream.names,
    }
    if stream.values:
        asked["ExpressionAttributeValues"] = stream.values
    for page in dynamodb.get_paginator("scan").paginate(**asked):
        yield from page["Items"]


def _batches(items: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _work(items: list[dict[str, Any]], stream: _Stream, invoke: Invoke) -> int:
    """Hand over items as the stream does, and return how many of them failed."""
    records = [
        {
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "Keys": {stream.key: item[stream.key]},
                "NewImage": item,
                "SequenceNumber": str(number),
            },
        }
        for number, item in enumerate(items)
    ]
    failures = invoke(stream.job, {"Records": records}).get("batchItemFailures")
    return len(items) if failures is None else len(failures)


def _url(sqs: Any, name: str) -> str:
    return str(sqs.get_queue_url(QueueName=name)["QueueUrl"])


def _hold(sqs: Any, url: str) -> Iterator[dict[str, Any]]:
    """Yield every message, each out of sight of others for a while."""
    while True:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
        )
        if not answer.get("Messages"):
            return
        yield from answer["Messages"]


def _clear(sqs: Any, url: str, stored: list[dict[str, Any]]) -> int:
    for message in stored:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return len(stored)
