"""Read the path and source of a request, without the router, which some functions do not load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from goodword.domain.errors import NotFound
from goodword.domain.referrers.referrer import OWN_ID


def path_id(text: str, noun: str) -> str:
    """Return an id from the path; raise NotFound if it is not a valid id."""
    text = unquote(text)
    if OWN_ID.fullmatch(text) is None:
        raise NotFound(f"there is no such {noun}", where=noun, remedy="Check the address.")
    return text


def source_address(event: Mapping[str, Any]) -> str:
    """Return the address that the request came from, as the gateway saw it."""
    http = event.get("requestContext", {}).get("http", {})
    return str(http.get("sourceIp", ""))
