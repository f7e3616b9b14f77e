"""Streams and queues: handle each record by itself, and name those that are to come again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger

from goodword.http.api.problem import ours

log = Logger()


def each_stream_record(
    event: dict[str, Any], key: str, handle: Callable[[str], object]
) -> dict[str, list[dict[str, str]]]:
    """Handle the key of each new item and report the failures.

    All records are tried, so that a poisoned one holds up nobody's first try; what came after it is brought
    again with it, which every step here can bear.
    """
    failures = []
    for record in event["Records"]:
        name = record["dynamodb"]["Keys"][key]["S"]
        number = record["dynamodb"]["SequenceNumber"]
        if not _done(name, handle):
            failures.append({"itemIdentifier": number})
    return {"batchItemFailures": failures}


def each_stream_image(
    event: dict[str, Any], key: str, handle: Callable[[dict[str, Any]], object]
) -> dict[str, list[dict[str, str]]]:
    """Handle the whole image of each new item and report the failures."""
    images = {
        record["dynamodb"]["NewImage"][key]["S"]: record["dynamodb"]["NewImage"]
        for record in event["Records"]
    }
    return each_stream_record(event, key, lambda name: handle(images[name]))


def each_queue_message(
    event: dict[str, Any], handle: Callable[[str], object]
) -> dict[str, list[dict[str, str]]]:
    """Handle the body of each message and report the failures."""
    failures = [
        {"itemIdentifier": record["messageId"]}
        for record in event["Records"]
        if not _done(record["body"], handle)
    ]
    return {"batchItemFailures": failures}


def _done(name: str, handle: Callable[[str], object]) -> bool:
    try:
        outcome = handle(name)
    except Exception as error:
        log.warning("failed", extra={"item": name, **ours(error)})
        return False
    log.info("done", extra={"item": name, "outcome": str(outcome)})
    return True
