"""GET and HEAD /r/{code}: record the click and redirect the prospect.

The route takes everything after /r/, so an address with a slash at its end is redirected too.

A prospect waits for this path, so it loads only what it needs, and neither Powertools nor pynamodb
(docs/performance.md). It logs one line when a click is lost or a link cannot be read.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from functools import cache

from goodword.bots.networks import hints_of, network_of
from goodword.domain.links.visit import Visit, hand_on
from goodword.ids import new_click
from goodword.redirect.dynamodb import Dynamo
from goodword.redirect.links import KeptLinks
from goodword.redirect.tables import RedirectTables
from goodword.steps.links.record_click import find_open_link, record_click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

WAIT_SECONDS = 1.0  # the time limit in seconds for all DynamoDB calls of one click


@cache
def wire() -> KeptLinks:
    """Build the client once per process."""
    call = Dynamo(os.environ["AWS_REGION"], os.environ).call
    return KeptLinks(RedirectTables(call, os.environ["TABLE_PREFIX"]), _count)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Redirect the prospect."""
    http = event["requestContext"]["http"]
    headers = event.get("headers") or {}
    code = (event.get("pathParameters") or {}).get("code", "")
    query = event.get("rawQueryString") or ""
    links, until = wire(), time.monotonic() + WAIT_SECONDS
    try:
        if http["method"] == "HEAD":
            link = find_open_link(code, lambda code: links.find(code, until))
            return _not_found(headers) if link is None else _redirect(hand_on(link.target, query))
        address = http.get("sourceIp", "")
        visit = Visit(
            code,
            address,
            headers.get("user-agent", ""),
            network_of(address),
            hints_of(headers),
            query,
        )
        answer = record_click(
            visit,
            find=lambda code: links.find(code, until),
            put=lambda **click: links.tables.put(until, **click),
            now=datetime.now(UTC),
            click=new_click(),
        )
    except Exception as error:
        _count("LinkUnread", error)
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
    from goodword.pages.plain import not_found_answer  # loaded here, since most clicks show no page

    return not_found_answer(headers)


def _sorry(headers: Mapping[str, str]) -> dict[str, Any]:
    from goodword.pages.plain import answer_page, language_of, page_about

    return answer_page(503, page_about("later", language_of(headers)), **{"retry-after": "2"})


def _count(metric: str, error: Exception | str) -> None:
    """Write one metric line in CloudWatch's embedded metric format, with the error's name."""
    import json

    if isinstance(error, Exception):  # DynamoDB's name of the error, or else Python's
        error = getattr(error, "code", "") or type(error).__name__
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
