"""GET and HEAD /r/{code}: record the click and send the prospect on.

This is the path that a prospect waits for, so it loads neither Powertools nor pynamodb nor anything else that
it does not need (docs/performance.md); what it logs is a line when a click is lost or a link cannot be read.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from functools import cache

from goodword.bots.networks import hints_of, network_of
from goodword.domain.links.visit import KnownLink, Visit
from goodword.ids import new_click
from goodword.redirect.dynamodb import Dynamo
from goodword.redirect.tables import HotTables
from goodword.steps.links.record_click import find_open_link, record_click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

WAIT_SECONDS = 1.0  # for all that one click asks of DynamoDB together
KEPT_SECONDS = 60
# So long more a link is followed while its table does not answer: longer than such a failure mostly lasts.
# After that it counts more that somebody may have paused the link, or an erasure did.
SILENT_SECONDS = 3_600
# While a link is held, so that the click has the rest of the time.
HELD_READ_SECONDS = 0.3
ASK_AGAIN_SECONDS = 5
KEPT_CODES = 5_000
KEPT_UNKNOWN = 1_000


class Wired:
    """The tables, and the links of the last minute, unknown codes among them."""

    def __init__(self, tables: HotTables) -> None:
        self.tables = tables
        # When to read it anew, when to follow it no more, and the link.
        self._kept: dict[str, tuple[float, float, KnownLink]] = {}
        # Apart, so that whoever tries codes at random pushes no link out of memory.
        self._unknown: dict[str, float] = {}
        self._in_vain = False  # whether the last reading of a link that is held failed

    def find(self, code: str, until: float) -> KnownLink | None:
        """Return the link from memory if it is at most a minute old, else from its table.

        While the table does not answer, a link of up to an hour ago is better than none, and it is asked for
        again a few seconds later. From the second time in a row on that is counted; one may be a slow answer.
        """
        now = time.monotonic()
        if self._unknown.get(code, 0.0) > now:
            return None
        held = self._kept.get(code)
        if held is not None and held[1] <= now:
            held = None
        if held is not None and held[0] > now:
            return held[2]
        try:
            link = self.tables.link(code, until if held is None else min(until, now + HELD_READ_SECONDS))
        except Exception as error:
            if held is None:
                raise
            if self._in_vain:
                _count("LinkUnread", _name_of(error))
            self._in_vain = True
            self._kept[code] = (time.monotonic() + ASK_AGAIN_SECONDS, held[1], held[2])
            return held[2]
        self._in_vain = False
        anew = time.monotonic() + KEPT_SECONDS
        self._kept.pop(code, None)  # the newest stands last
        self._unknown.pop(code, None)
        if link is None:
            _make_room(self._unknown, KEPT_UNKNOWN)
            self._unknown[code] = anew
        else:
            _make_room(self._kept, KEPT_CODES)
            self._kept[code] = (anew, anew + SILENT_SECONDS, link)
        return link


def _make_room(kept: dict[str, Any], most: int) -> None:
    while len(kept) >= most:
        del kept[next(iter(kept))]


@cache
def wire() -> Wired:
    """Build the client once per process."""
    return Wired(HotTables(Dynamo(os.environ["AWS_REGION"], os.environ).call, os.environ["TABLE_PREFIX"]))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Send the prospect on."""
    http = event["requestContext"]["http"]
    headers = event.get("headers") or {}
    code = (event.get("pathParameters") or {}).get("code", "")
    wired, until = wire(), time.monotonic() + WAIT_SECONDS
    try:
        if http["method"] == "HEAD":
            link = find_open_link(code, lambda code: wired.find(code, until))
            return _not_found(headers) if link is None else _redirect(link.target)
        address = http.get("sourceIp", "")
        visit = Visit(code, address, headers.get("user-agent", ""), network_of(address), hints_of(headers))
        answer = record_click(
            visit,
            find=lambda code: wired.find(code, until),
            put=lambda **click: wired.tables.put(until, **click),
            now=datetime.now(UTC),
            click=new_click(),
        )
    except Exception as error:
        _count("LinkUnread", _name_of(error))
        return _sorry(headers)
    if answer is None:
        return _not_found(headers)
    if answer.lost:
        _count("ClickLost", answer.lost)
    return _redirect(answer.location)


def _redirect(location: str) -> dict[str, Any]:
    headers = {"location": location, "cache-control": "no-store", "x-robots-tag": "noindex"}
    return {"statusCode": 302, "headers": headers}


def _not_found(headers: Mapping[str, str]) -> dict[str, Any]:
    from goodword.pages.plain import not_found_answer  # most clicks show no page

    return not_found_answer(headers)


def _sorry(headers: Mapping[str, str]) -> dict[str, Any]:
    from goodword.pages.plain import answer_page, language_of, told

    return answer_page(503, told("later", language_of(headers)), **{"retry-after": "2"})


def _name_of(error: Exception) -> str:
    """Return what DynamoDB calls the error, or else Python."""
    return getattr(error, "code", "") or type(error).__name__


def _count(metric: str, error: str) -> None:
    """Write one line in CloudWatch's embedded metric format, which counts it and says why."""
    import json

    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Goodword"),
                    "Dimensions": [["service"]],
                    "Metrics": [{"Name": metric, "Unit": "Count"}],
                }
            ],
        },
        "service": os.environ.get("POWERTOOLS_SERVICE_NAME", "record_click"),
        metric: 1,
        "error": error,
    }
    print(json.dumps(line))
