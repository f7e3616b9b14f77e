"""Networks from which only machines click, and headers that indicate a machine.

This module uses the standard library and a sorted list of integers, because the redirect calls it.
A click stores the name of the network, never the address.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

# IPv4 networks that their owners publish as belonging to link checkers and crawlers.
_PUBLISHED = (
    # https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges (Exchange
    # Online)
    ("40.92.0.0/15", "microsoft-mail"),
    ("40.107.0.0/16", "microsoft-mail"),
    ("52.100.0.0/14", "microsoft-mail"),
    ("104.47.0.0/17", "microsoft-mail"),
    # https://developers.google.com/search/docs/crawling-indexing/verifying-googlebot
    ("66.249.64.0/19", "googlebot"),
    # https://www.bing.com/toolbox/bingbot.json
    ("157.55.39.0/24", "bingbot"),
    ("207.46.13.0/24", "bingbot"),
    ("40.77.167.0/24", "bingbot"),
    # https://developers.facebook.com/docs/sharing/webmasters/web-crawlers
    ("31.13.24.0/21", "facebook-preview"),
    ("66.220.144.0/20", "facebook-preview"),
    ("69.63.176.0/20", "facebook-preview"),
    ("173.252.64.0/18", "facebook-preview"),
)


def _number(address: str) -> int | None:
    parts = address.split(".")
    if len(parts) != 4 or not all(part.isdecimal() and len(part) <= 3 for part in parts):
        return None
    numbers = [int(part) for part in parts]
    return None if max(numbers) > 255 else int.from_bytes(bytes(numbers), "big")


def _range(network: str, name: str) -> tuple[int, int, str]:
    address, _, bits = network.partition("/")
    first = _number(address) or 0
    return first, first + (1 << (32 - int(bits))) - 1, name


_RANGES = sorted(_range(network, name) for network, name in _PUBLISHED)
_STARTS = [first for first, _, _ in _RANGES]


def network_of(address: str) -> str:
    """Return the name of the known machine network that contains an IPv4 address, or ""."""
    number = _number(address)
    place = -1 if number is None else bisect_right(_STARTS, number) - 1
    if number is None or place < 0:
        return ""
    _, last, name = _RANGES[place]
    return name if number <= last else ""


def hints_of(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the headers (lower-case names) indicate about the client.

    prefetch: a browser or preview loads the page before a person opens it. no-agent, no-accept,
    no-language: a header that every browser sends is missing.
    """
    hints = []
    purpose = headers.get("sec-purpose", "") + headers.get("purpose", "") + headers.get("x-moz", "")
    if "prefetch" in purpose or "preview" in purpose:
        hints.append("prefetch")
    hints.extend(
        hint
        for header, hint in (
            ("user-agent", "no-agent"),
            ("accept", "no-accept"),
            ("accept-language", "no-language"),
        )
        if not headers.get(header)
    )
    return tuple(hints)
