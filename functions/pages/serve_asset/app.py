"""GET /assets/{name}: serve the stylesheet and the script, which browsers cache permanently."""

from __future__ import annotations

from typing import Any

from goodword.pages.assets import read_asset
from goodword.pages.plain import not_found_answer

HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request; a name changes with its content, so a browser requests it once."""
    found = read_asset(str((event.get("pathParameters") or {}).get("name", "")))
    if found is None:
        return not_found_answer(event.get("headers") or {})
    media, text = found
    return {"statusCode": 200, "headers": {"content-type": media, **HEADERS}, "body": text}
