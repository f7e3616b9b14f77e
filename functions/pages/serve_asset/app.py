"""GET /assets/{name}: the stylesheet and the script of every page, kept by browsers for good."""

from __future__ import annotations

from typing import Any

from goodword.pages.assets import read_asset
from goodword.pages.plain import not_found_answer

HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request; the name changes with the content, so a browser asks once."""
    found = read_asset(str((event.get("pathParameters") or {}).get("name", "")))
    if found is None:
        return not_found_answer(event.get("headers") or {})
    media, text = found
    return {"statusCode": 200, "headers": {"content-type": media, **HEADERS}, "body": text}
