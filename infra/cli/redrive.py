"""Redrive a dead-letter queue: repeat the work of its messages, with your AWS credentials.

A message of `credits`, `mails` or `notices` is the work itself, and goes back to its queue. A
message of `feedback` is an event from SES, and is passed to its function. A message of a stream's
failures is only a position in a stream, which keeps records for a day. So the unprocessed items are
read from the table, and passed to the stream's function; clicks are recounted (recount.py).
Scheduled functions are sweeps, and one more run does the missed work. All of the work is
idempotent; messages are deleted only when all of it is done.
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
HIDDEN_SECONDS = 900  # how long messages are invisible while their work is repeated
WAIT_SECONDS = 1  # without a wait a non-empty queue may seem empty
FUNCTION_SECONDS = 70  # longer than the time limit of any function of a stream
FAILED = 1
KEPT = timedelta(days=14)  # how long a failure is stored: template.yaml
EARLY = timedelta(hours=1)  # an item reaches its stream after its own time


@dataclass(frozen=True, slots=True)
class _Stream:
    """The stream of a failure queue.

    undone: selects the items of the table that were not processed.
    """

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
    # An item does not show whether it was evaluated; a repeated evaluation changes nothing.
    "referrals": _Stream(
        "referrals",
        "referral",
        "qualify_referral",
        "#open = :open",
        {"#open": "open"},
        {":open": {"S": "open"}},
    ),
    # An item does not show whether it was published, so all items since the first failure are
    # published again: subscribers recognize an event by its id.
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
    """The outcome.

    done, failed: pieces of work; cleared: deleted messages. waiting: messages that cannot be
    redriven yet; again: when the last of them can. unread: unreadable clicks, which were skipped.
    """

    done: int
    failed: int
    cleared: int
    waiting: int = 0
    again: datetime | None = None
    unread: int = 0


def redrive_work(queue: str, sqs: Any, stack: str) -> Redriven:
    """Move every failed message back into its queue."""
    target, source = _url(sqs, f"{stack}-{queue}"), _url(sqs, f"{stack}-{queue}-failed")
    moved = 0
    for message in _hold(sqs, source):
        # In this order: a duplicate message is harmless, a lost one is not.
        sqs.send_message(QueueUrl=target, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
        moved += 1
    return Redriven(moved, 0, moved)


def redrive_stream(queue: str, sqs: Any, dynamodb: Any, invoke: Invoke, stack: str) -> Redriven:
    """Pass every unprocessed item to its function, and clear the queue if all succeeded."""
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
    """Return the time of the first item of a stream's failures, minus an hour.

    A message without a time may be as old as the queue's retention; so may a missing message.
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
    """Pass every bounce and complaint to its function again.

    A message that fails again stays in the queue.
    """
    source = _url(sqs, f"{stack}-feedback-failed")
    done = failed = 0
    for message in _hold(sqs, source):
        result = json.loads(message["Body"])
        # A message from Lambda's failure destination wraps the event; one that EventBridge could
        # not deliver is the event.
        event = result.get("requestPayload", result)
        if invoke("unsubscribe", event):
            sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
            done += 1
        else:
            failed += 1
    return Redriven(done, failed, done)


def redrive_clicks(sqs: Any, dynamodb: Any, stack: str, now: datetime) -> Redriven:
    """Recount the days beyond the stream's retention, and clear their messages; the others wait."""
    from goodword.bots.agents import Agents  # a long list of networks, which no other command needs

    source = _url(sqs, f"{stack}-clicks-failed")
    stored = list(_hold(sqs, source))
    gained, failed, unread = recount(dynamodb, stack, now, Agents().is_crawler)
    # A failure without a time is in the table too, and is counted with its day.
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
    """Repeat failed work, and clear its queue; exit 1 if work fails again."""
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
        f"{queue}: {came.done} repeated, {came.failed} failed, {came.cleared} messages cleared."
    )
    if came.again:
        output.note(
            f"{came.waiting} messages concern clicks that the stream still has and may count: "
            f"run the command again from {came.again:%Y-%m-%d %H:%M} (UTC) on."
        )
    if came.unread:
        output.note(
            f"{came.unread} unreadable clicks are not counted; the log of their function has them: "
            f"/goodword/{stack}/classify_clicks"
        )
    if came.failed and queue == "clicks":
        output.note("Links were clicked during the recount: run the command again.")
        raise typer.Exit(FAILED)
    if came.failed:
        job = "unsubscribe" if queue == "feedback" else _STREAMS[queue].job
        output.note(f"The errors are in the log of the function: /goodword/{stack}/{job}")
        raise typer.Exit(FAILED)


def _open_functions(region: str) -> Any:
    return open_client("lambda", region, FUNCTION_SECONDS)


def _invoke(functions: Any, name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Run a function and return its result; a failed function returns no valid one."""
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    result = json.loads(answer["Payload"].read() or b"null")
    return {} if "FunctionError" in answer or not isinstance(result, dict) else result


def _start(functions: Any, name: str) -> None:
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")


def _undone(dynamodb: Any, table: str, stream: _Stream) -> Iterator[dict[str, Any]]:
    """Yield the items that were not processed.

    This scans the whole table, and runs only when an operator starts it.
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
    """Pass items to the function as the stream does, and return how many failed."""
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
    """Yield every message, each invisible to other consumers for a while."""
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
