"""GET and HEAD /r/{code}: record the click and send the prospect on.

This is the path that a prospect waits for, so it loads neither Powertools nor anything else that it does
not need; what it logs is one line, and only when a click is lost.
"""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

from goodword.domain.link import Link
from goodword.ids import NewIds
from goodword.pages.plain import answer_page, not_found_page, page
from goodword.ports import Stores
from goodword.steps.record_click import Visit, find_open_link, record_click
from goodword.store.open import open_stores
from goodword.traffic.networks import hints_of, network_of

KEPT_SECONDS = 60
KEPT_CODES = 5_000


class Wired:
    """The stores, and the links of the last minute, unknown codes among them."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.new_id = NewIds()
        self._kept: dict[str, tuple[float, Link | None]] = {}

    def find(self, code: str) -> Link | None:
        """Return the link from memory if it is at most a minute old, else from its table."""
        held = self._kept.get(code)
        if held is not None and held[0] > time.monotonic():
            return held[1]
        try:
            link = self.stores.links.get(code)
        except Exception:
            if held is not None:  # an old link is better than none while the table does not answer
                return held[1]
            raise
        if len(self._kept) >= KEPT_CODES:
            self._kept.clear()
        self._kept[code] = (time.monotonic() + KEPT_SECONDS, link)
        return link


@cache
def wire() -> Wired:
    """Build clients once per process."""
    return Wired(open_stores(os.environ["TABLE_PREFIX"], os.environ["AWS_REGION"]))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Send the prospect on."""
    http = event["requestContext"]["http"]
    headers = event.get("headers") or {}
    code = (event.get("pathParameters") or {}).get("code", "")
    wired = wire()
    try:
        if http["method"] == "HEAD":
            link = find_open_link(code, wired.find)
            return _not_found() if link is None else _redirect(link.target)
        address = http.get("sourceIp", "")
        visit = Visit(code, address, headers.get("user-agent", ""), network_of(address), hints_of(headers))
        answer = record_click(
            visit,
            find=wired.find,
            put=wired.stores.clicks.put,
            now=datetime.now(UTC),
            click=wired.new_id("ck").removeprefix("ck_"),
        )
    except Exception as error:
        _count("LinkUnread", type(error).__name__)
        sorry = page("One moment, please", "We cannot look up this link just now.", "Please try again.")
        return answer_page(503, sorry, **{"retry-after": "2"})
    if answer is None:
        return _not_found()
    if answer.lost:
        _count("ClickLost", answer.lost)
    return _redirect(answer.location)


def _redirect(location: str) -> dict[str, Any]:
    headers = {"location": location, "cache-control": "no-store", "x-robots-tag": "noindex"}
    return {"statusCode": 302, "headers": headers}


def _not_found() -> dict[str, Any]:
    return answer_page(404, not_found_page())


def _count(metric: str, error: str) -> None:
    """Write one line in CloudWatch's embedded metric format, which counts it and says why."""
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
