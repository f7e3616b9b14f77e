"""The stylesheet and the script. Their names change with their content.

Browsers cache them permanently.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from goodword.domain.programs.brand import COLOR

FOLDER = Path(__file__).parent / "assets"
_MEDIA = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_NAME = re.compile(
    r"goodword\.(?P<hash>[0-9a-f]{12})(?:\.(?P<color>[0-9a-f]{6}))?\.(?P<kind>css|js)"
)


def asset_path(kind: str, color: str = COLOR) -> str:
    """Return the address of the stylesheet in a brand's color, or of the script."""
    tint = f".{color.lower().removeprefix('#')}" if kind == "css" else ""
    return f"/assets/goodword.{_hash(kind)}{tint}.{kind}"


def read_asset(name: str) -> tuple[str, str] | None:
    """Return media type and text of an asset, or None for an unknown name.

    A name with the hash of an earlier release gives today's content.
    """
    match = _NAME.fullmatch(name)
    if match is None or (match["color"] is None) != (match["kind"] == "js"):
        return None
    tint = f":root{{--brand:#{match['color']}}}\n" if match["color"] else ""
    return _MEDIA[match["kind"]], tint + _text(match["kind"])


@cache
def _text(kind: str) -> str:
    return (FOLDER / f"goodword.{kind}").read_text(encoding="utf-8")


@cache
def _hash(kind: str) -> str:
    return hashlib.sha256(_text(kind).encode()).hexdigest()[:12]
