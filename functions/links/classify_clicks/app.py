"""The clicks' stream: distinguish people from machines, and count both."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from goodword.bots.agents import Agents
from goodword.domain.links.click import Click
from goodword.http.api.problem import log_fields
from goodword.http.metric import put_failures
from goodword.http.wiring import Services, open_services
from goodword.steps.links.classify_clicks import Seen, Sources, classify_clicks
from goodword.store.clicks import UNREADABLE, click_of

log = Logger()
# Only a stream that is read in windows names its shard. Without one (as in the local cloud), the
# stream is treated as one shard.
ONE_SHARD = "one"


@cache
def wire() -> tuple[Services, Agents, Sources]:
    """Build clients and compile the list of agents once per process."""
    services = open_services(os.environ)
    return services, Agents(), Sources(services.stores.visits)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Count the clicks of a batch, and log only failures.

    The state is empty. The window is configured only because Lambda then names the shard.
    """
    services, agents, sources = wire()
    judged = classify_clicks(
        [
            Seen(int(record["dynamodb"]["SequenceNumber"]), click)
            for record in event.get("Records", ())
            if (click := _read(record)) is not None
        ],
        event.get("shardId", ONE_SHARD),
        is_crawler=agents.is_crawler,
        sources=sources,
        stores=services.stores,
    )
    for number, error in judged.failed:
        log.warning("not counted", extra={"number": str(number), **log_fields(error)})
    first = judged.first_failed
    failures = [] if first is None else [{"itemIdentifier": str(first)}]
    answer = {"batchItemFailures": failures}
    put_failures(answer, at=services.now(), environ=os.environ)
    return {**answer, "state": {}}


def _read(record: dict[str, Any]) -> Click | None:
    """Read a click, or log and skip one that is unreadable.

    A retry would block its shard until the record expires.
    """
    try:
        return click_of(record["dynamodb"]["NewImage"])
    except UNREADABLE as error:
        log.warning(
            "a click cannot be read",
            extra={"keys": record["dynamodb"]["Keys"], **log_fields(error)},
        )
        return None
