"""Errors as application/problem+json (RFC 9457): the problem, its place and the remedy."""

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
    MissingRecord,
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
# A rate limit applies per day; a conflict of writers or an outage mostly ends within seconds.
RETRY_SECONDS = {429: "3600", 503: "5"}
# The status and the title of each kind of Refused.
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
    """Return the problem as a dictionary; `where` and `remedy` are extension members."""
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
    """Return any error as a problem; an internal error shows no internals."""
    if isinstance(error, Refused):
        kind = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
        status, title = STATUS[type(error)]
        return problem(status, title, error.what, where=error.where, remedy=error.remedy, kind=kind)
    if isinstance(error, NotReady):
        return _not_now("Nothing was changed; send the same request again in a few seconds.")
    if isinstance(error, Unavailable | Contended) or _outside_failed(error):
        # A write that completed before its answer was lost stays; every write may be repeated.
        return _not_now(
            "The request may have been applied. Retry it in a few seconds, with the same "
            "Idempotency-Key if it had one: nothing is done twice."
        )
    return problem(
        500,
        "Internal error",
        "Something went wrong on our side.",
        remedy="Send the same request again; if it keeps failing, contact the operator.",
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
    """Return whether the error is a temporary one of an external service, by its library."""
    return type(error).__module__.partition(".")[0] in ("pynamodb", "botocore", "urllib3")


def log_fields(error: Exception) -> dict[str, str]:
    """Return the log fields of an error: type and place; its text may quote personal data.

    Of a missing record also its kind and id, with which a person finds it.
    """
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = "" if frame is None else f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}"
    fields = {"error": type(error).__name__, "place": place}
    if isinstance(error, MissingRecord):
        fields |= {"missing": error.kind, "id": error.id}
    return fields
