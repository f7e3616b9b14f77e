"""Errors as application/problem+json (RFC 9457): what is wrong, where, and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from goodword.domain.errors import (
    BadInput,
    Conflict,
    Contended,
    Forbidden,
    Forged,
    Gone,
    MatchRequired,
    NotFound,
    NotReady,
    OutOfDate,
    RateLimited,
    Refused,
    TooLarge,
    Unavailable,
    Unreadable,
    WrongMedia,
)

MEDIA = "application/problem+json"
# A limit is a day's; what cannot be done just now mostly can in a moment.
RETRY_SECONDS = {429: "3600", 503: "5"}
# The status and the title of each kind of refusal.
STATUS: Final[Mapping[type[Refused], tuple[int, str]]] = {
    Refused: (400, "Bad request"),
    BadInput: (422, "A field is not right"),
    Unreadable: (400, "The body cannot be read"),
    Forged: (401, "Not authenticated"),
    Forbidden: (403, "Not allowed"),
    NotFound: (404, "Not found"),
    Conflict: (409, "In conflict"),
    Gone: (410, "No longer valid"),
    OutOfDate: (412, "Out of date"),
    MatchRequired: (428, "If-Match is required"),
    TooLarge: (413, "Too large"),
    WrongMedia: (415, "Unsupported media type"),
    RateLimited: (429, "Too many requests"),
}


def problem(
    status: int, title: str, what: str, *, where: str = "", remedy: str = "", kind: str = ""
) -> dict[str, Any]:
    """Return the problem as a dictionary; `where` and `remedy` are members of our own."""
    result: dict[str, Any] = {
        "type": f"urn:goodword:problem:{kind or 'http'}",
        "title": title,
        "status": status,
        "detail": what,
    }
    if where:
        result["where"] = where
    if remedy:
        result["remedy"] = remedy
    return result


def problem_of(error: Exception) -> dict[str, Any]:
    """Say any error as a problem; what is our fault says nothing of our inside."""
    if isinstance(error, Refused):
        kind = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
        status, title = STATUS[type(error)]
        return problem(status, title, error.what, where=error.where, remedy=error.remedy, kind=kind)
    if isinstance(error, NotReady):
        return _not_now("Nothing was changed; send the same request again in a few seconds.")
    if isinstance(error, Unavailable | Contended) or _outside_failed(error):
        # What was written before the answer was lost stays, and each write of ours bears being
        # repeated.
        return _not_now(
            "It may have been done all the same. Send the same request again in a few seconds, with the same "
            "Idempotency-Key if it had one: nothing is done twice."
        )
    return problem(
        500,
        "An error of ours",
        "Something went wrong on our side.",
        remedy="Send the same request again; if it keeps failing, tell whoever runs this program.",
        kind="ours",
    )


def _not_now(remedy: str) -> dict[str, Any]:
    return problem(
        503, "Not now", "This cannot be done at the moment.", remedy=remedy, kind="not-now"
    )


def answer_of(result: dict[str, Any]) -> dict[str, Any]:
    """Return the problem as an answer of the HTTP API."""
    headers = {"content-type": MEDIA, "cache-control": "no-store"}
    if result["status"] in RETRY_SECONDS:
        headers["retry-after"] = RETRY_SECONDS[result["status"]]
    if result["status"] == 401:
        headers["www-authenticate"] = 'Bearer realm="goodword"'
    return {"statusCode": result["status"], "headers": headers, "body": json.dumps(result)}


def _outside_failed(error: Exception) -> bool:
    """Say whether the error is one of a service outside that may be gone in a moment, by its library."""
    return type(error).__module__.partition(".")[0] in ("pynamodb", "botocore", "urllib3")


def ours(error: Exception) -> dict[str, str]:
    """Name an error for the log by its type and place; its text may quote somebody's data."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = "" if frame is None else f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}"
    return {"error": type(error).__name__, "place": place}
