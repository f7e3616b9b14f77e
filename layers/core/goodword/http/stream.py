"""Streams and queues: handle each record separately, and return those to retry."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from aws_lambda_powertools import Logger

from goodword.http.api.problem import log_fields

if TYPE_CHECKING:
    from goodword.domain.envelope import Envelope

log = Logger()
T = TypeVar("T")


def each_stream_record(
    event: dict[str, Any], key: str, handle: Callable[[str], object]
) -> dict[str, list[dict[str, str]]]:
    """Handle the key of each new item and return the failures.

    All records are tried, so that a poison record does not delay the first try of others. The
    records after it are delivered again with it; every step here is idempotent.
    """
    failures = []
    for record in event["Records"]:
        name = record["dynamodb"]["Keys"][key]["S"]
        number = record["dynamodb"]["SequenceNumber"]
        if not _done(name, handle):
            failures.append({"itemIdentifier": number})
    return {"batchItemFailures": failures}


def each_queue_message(
    event: dict[str, Any], handle: Callable[[str], object]
) -> dict[str, list[dict[str, str]]]:
    """Handle the body of each message and return the failures."""
    failures = [
        {"itemIdentifier": record["messageId"]}
        for record in event["Records"]
        if not _done(record["body"], handle)
    ]
    return {"batchItemFailures": failures}


def each_queue_event(
    event: dict[str, Any], handle: Callable[[Envelope], object]
) -> dict[str, list[dict[str, str]]]:
    """Handle the event of each message, as a rule of the bus sent it; return the failures."""
    # loaded here, since other streams and queues do not need it
    from goodword.domain.envelope import read_detail

    def handle_body(body: str) -> object:
        return handle(read_detail(json.loads(body)["detail"]))

    bodies = {record["messageId"]: record["body"] for record in event["Records"]}
    failed = [name for name in bodies if not _done(name, lambda name: handle_body(bodies[name]))]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}


def whole_stream_batch(
    event: dict[str, Any],
    key: str,
    read: Callable[[dict[str, Any]], T],
    handle: Callable[[Sequence[T]], Collection[str]],
) -> dict[str, list[dict[str, str]]]:
    """Handle all new items of a batch at once and return the failures.

    read: makes a record of an item's image. handle: takes all readable records, and returns the
    keys of those to retry.
    """
    numbers, items, failed = {}, [], set()
    for record in event["Records"]:
        name = record["dynamodb"]["Keys"][key]["S"]
        numbers[name] = record["dynamodb"]["SequenceNumber"]
        try:
            items.append(read(record["dynamodb"]["NewImage"]))
        except Exception as error:
            log.warning("unreadable", extra={"item": name, **log_fields(error)})
            failed.add(name)
    try:
        failed |= set(handle(items))
    except Exception as error:
        log.warning("failed", extra={"items": list(numbers), **log_fields(error)})
        failed = set(numbers)
    log.info("done", extra={"items": len(numbers), "failed": len(failed)})
    again = [number for name, number in numbers.items() if name in failed]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in again]}


def _done(name: str, handle: Callable[[str], object]) -> bool:
    try:
        outcome = handle(name)
    except Exception as error:
        log.warning("failed", extra={"item": name, **log_fields(error)})
        return False
    log.info("done", extra={"item": name, "outcome": str(outcome)})
    return True
