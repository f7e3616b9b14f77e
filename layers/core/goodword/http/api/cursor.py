"""Signed cursors: the start of a page, bound to the query that it belongs to."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from goodword.domain.errors import BadInput

_MAC = 16


def write_cursor(query: str, after: str | None, key: str) -> str | None:
    """Return the cursor of the next page, or None at the end of the list."""
    if after is None:
        return None
    return urlsafe_b64encode(_mac(query, after, key) + after.encode()).decode().rstrip("=")


def read_cursor(query: str, cursor: str | None, key: str) -> str | None:
    """Return the start of the page; raise BadInput for a forged cursor or one of another query."""
    if cursor is None:
        return None
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        after = raw[_MAC:].decode()
        json.loads(after)
    except ValueError:
        raw, after = b"", ""
    if not hmac.compare_digest(raw[:_MAC], _mac(query, after, key)):
        raise BadInput(
            "the cursor does not belong to this list",
            where="after",
            remedy="Send `next` of the previous page unchanged, or omit the cursor.",
        )
    return after


def _mac(query: str, after: str, key: str) -> bytes:
    return hmac.digest(key.encode(), f"{query}\n{after}".encode(), hashlib.sha256)[:_MAC]
