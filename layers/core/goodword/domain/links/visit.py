"""Visits: the redirect's view of a link and its visitor, and the token that it issues.

A prospect waits while this module loads, so its classes are plain: `dataclasses` alone costs more
than a bare start of Python (docs/decisions/0020-the-redirect-on-the-standard-library.md).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode

TYPE_CHECKING = False  # like typing's own, whose import costs a quarter of a bare start
if TYPE_CHECKING:
    from datetime import datetime

# shortuuid's alphabet: no 0, 1, I, O or l, which people confuse when they read a code.
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CODE_LENGTH = 11  # 57 ** 11 is slightly more than 2 ** 64
CODE = re.compile(r"[A-Za-z0-9-]{3,40}")
TOKEN_PARAMETER = "gw"  # noqa: S105 - the name of a query parameter, not a secret
AGENT_BYTES = 256
# How long a click is stored: longer than the longest attribution window of a program file.
KEPT_DAYS = 180


class Visit:
    """The data of a redirect's request.

    network: the name of the known machine network it came from.
    """

    __slots__ = ("address", "agent", "code", "hints", "network")

    def __init__(
        self,
        code: str,
        address: str,
        agent: str = "",
        network: str = "",
        hints: tuple[str, ...] = (),
    ) -> None:
        self.code = code
        self.address = address
        self.agent = agent
        self.network = network
        self.hints = hints

    def cut_agent(self) -> str:
        """Return the stored part of the agent: whole characters of at most 256 bytes."""
        return self.agent.encode(errors="replace")[:AGENT_BYTES].decode(errors="ignore")


class KnownLink:
    """The redirect's fields of a link; the names are those of goodword.domain.links.link.Link."""

    __slots__ = ("address_key", "code", "paused", "program", "target", "token_key")

    def __init__(
        self,
        code: str,
        program: str,
        target: str,
        token_key: str,
        address_key: str,
        paused: bool = False,
    ) -> None:
        self.code = code
        self.program = program
        self.target = target
        self.token_key = token_key
        self.address_key = address_key
        self.paused = paused


def source_of(address: str, day: str, key: str) -> str:
    """Hash an address for one day under a key, so that only clicks of one day can be compared.

    IPv6 counts by its /64, which is one household or office, as one IPv4 address is.
    """
    if ":" in address:
        address = ":".join(_expanded(address)[:4])
    return hmac.digest(key.encode(), f"{day} {address}".encode(), "sha256")[:9].hex()


def _expanded(address: str) -> list[str]:
    head, gap, tail = address.partition("::")
    before = [part for part in head.split(":") if part]
    after = [part for part in tail.split(":") if part]
    zeros = ["0"] * (8 - len(before) - len(after)) if gap else []
    return [part.lower().lstrip("0") or "0" for part in before + zeros + after]


def write_token(code: str, click: str, at: datetime, key: str) -> str:
    """Write a click's token with its MAC: code.click.seconds.mac, safe in a query string."""
    body = f"{code}.{click}.{int(at.timestamp())}"
    return f"{body}.{token_mac(body, key)}"


def token_mac(body: str, key: str) -> str:
    """Return the MAC over a token's body: 144 bits in base64."""
    digest = hmac.digest(key.encode(), body.encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:18]).decode()


def add_token(target: str, token: str) -> str:
    """Return the address with the token in its query, before any fragment."""
    address, hash_, fragment = target.partition("#")
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{TOKEN_PARAMETER}={token}{hash_}{fragment}"
