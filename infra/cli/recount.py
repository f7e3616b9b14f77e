"""Recount a link's clicks from the clicks table, for days beyond the stream's retention.

The stream's function adds clicks up without marking each, so a click does not show whether it was
counted. While the stream still has a day's clicks, its function may count them, on top of a
corrected sum. After that, the day has as many clicks as the table; if fewer were counted, it is
corrected. This scans the whole table, and runs only when an operator starts it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from goodword.domain.links.click import Click, Kind, judge
from goodword.domain.links.link import Link
from goodword.store.clicks import UNREADABLE, click_of
from goodword.store.counts import KINDS
from goodword.store.links import LinkRow

DAY = timedelta(days=1)
# A stream keeps its records for a day (DynamoDB developer guide, "Change data capture for DynamoDB
# Streams"). One more hour is for a batch that a function is processing. After this no click of the
# day can arrive.
SETTLED = timedelta(hours=24 + 1)


class Recounted(NamedTuple):
    """The outcome.

    gained: clicks that were missing. changed: rows with a concurrent change, which need another
    run. unread: unreadable clicks, which no run counts.
    """

    gained: int
    changed: int
    unread: int = 0


def recount(
    dynamodb: Any, stack: str, now: datetime, is_crawler: Callable[[str], bool]
) -> Recounted:
    """Correct every link and day whose count is too low."""
    last = f"{now - SETTLED - DAY:%Y-%m-%d}"
    found = [_read(item) for item in _items(dynamodb, f"{stack}-clicks")]
    unread = found.count(None)
    clicks = [click for click in found if click is not None and f"{click.at:%Y-%m-%d}" <= last]
    links: dict[str, set[str]] = defaultdict(set)
    for click in clicks:
        links[click.source].add(click.code)
    mailed = dict(_mailed(dynamodb, f"{stack}-links"))
    days: dict[tuple[str, str], Counter[Kind]] = defaultdict(Counter)
    for click in clicks:
        kind = judge(
            click,
            known_agent=is_crawler(click.agent),
            codes_of_source=len(links[click.source]),
            mailed_at=mailed.get(click.code),
        )
        days[click.code, f"{click.at:%Y-%m-%d}"][kind] += 1
    gained = changed = 0
    for (code, day), sums in days.items():
        won = _set_right(dynamodb, f"{stack}-counts", f"link#{code}", day, sums)
        gained += max(won, 0)
        changed += won < 0
    return Recounted(gained, changed, unread)


def settled_at(message: str) -> datetime | None:
    """Return when the clicks of a stream's failure may be recounted; None if it has no time."""
    try:
        result = json.loads(message)["DDBStreamBatchInfo"]["approximateArrivalOfLastRecord"]
        at = datetime.fromisoformat(result)
    except (KeyError, TypeError, ValueError):
        return None
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + DAY + SETTLED


def _items(dynamodb: Any, table: str) -> Iterable[dict[str, Any]]:
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def _read(item: dict[str, Any]) -> Click | None:
    """Read a click, or skip one that is unreadable, so that the others are counted."""
    try:
        return click_of(item)
    except UNREADABLE:  # the log of classify_clicks names the click
        return None


def _mailed(dynamodb: Any, table: str) -> Iterable[tuple[str, datetime | None]]:
    """Return when each mailed link was mailed."""
    stored = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        ConsistentRead=True,
        FilterExpression="attribute_type(#record.mailed_at, :text)",
        ExpressionAttributeNames={"#record": "record"},
        ExpressionAttributeValues={":text": {"S": "S"}},
    )
    for page in stored:
        links = (LinkRow.from_raw_data(item).to_record(Link) for item in page["Items"])
        yield from ((link.code, link.mailed_at) for link in links)


def _set_right(
    dynamodb: Any, table: str, subject: str, bucket: str, sums: Mapping[Kind, int]
) -> int:
    """Write the sums if fewer were counted.

    Return how many were missing, or -1 after a concurrent change.
    """
    key = {"subject": {"S": subject}, "bucket": {"S": bucket}}
    item = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
    missing = sum(sums.values()) - sum(int(item[kind]["N"]) for kind in KINDS if kind in item)
    if missing <= 0:
        return 0
    values = {f":new_{kind}": {"N": str(sums.get(kind, 0))} for kind in KINDS}
    values |= {f":old_{kind}": item[kind] for kind in KINDS if kind in item}
    unchanged = (
        f"{kind} = :old_{kind}" if kind in item else f"attribute_not_exists({kind})"
        for kind in KINDS
    )
    try:
        dynamodb.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET " + ", ".join(f"{kind} = :new_{kind}" for kind in KINDS),
            ConditionExpression=" AND ".join(unchanged),
            ExpressionAttributeValues=values,
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return -1
    return missing
