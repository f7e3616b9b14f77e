"""Visits: the redirect's view of a link and its visitor, and the token that it issues.

A prospect waits while this module loads, so its classes are plain: `dataclasses` alone costs more
than a bare start of Python (docs/decisions/0020-the-redirect-on-the-standard-library.md).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode

from goodword.domain.programs.token_parameter import TOKEN_PARAMETER, is_token, parameter_name

TYPE_CHECKING = False  # like typing's own, whose import costs a quarter of a bare start
if TYPE_CHECKING:
    from datetime import datetime

# shortuuid's alphabet: no 0, 1, I, O or l, which people confuse when they read a code.
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CODE_LENGTH = 11  # 57 ** 11 is slightly more than 2 ** 64
CODE = re.compile(r"[A-Za-z0-9-]{3,40}")
# What people and programs put behind an address: the end of a sentence, a bracket, a quote.
_AFTER_A_CODE = " .,;:!?)]}>'\"*_/\u00a0\u2019\u201d\u2026\u00bb"
MOST_HANDED_ON = 2_000
AGENT_BYTES = 256
# How long a click is stored: longer than the longest attribution window of a program file.
KEPT_DAYS = 180


class Visit:
    """The data of a redirect's request.

    network: the name of the known machine network it came from. query: of the link's address.
    """

    __slots__ = ("address", "agent", "code", "hints", "network", "query")

    def __init__(
        self,
        code: str,
        address: str,
        agent: str = "",
        network: str = "",
        hints: tuple[str, ...] = (),
        query: str = "",
    ) -> None:
        self.code = code
        self.address = address
        self.agent = agent
        self.network = network
        self.hints = hints
        self.query = query

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


def spellings_of(typed: str) -> tuple[str, ...]:
    """Return the codes that a typed code may mean, in the order in which to look for them.

    What a sentence or a mail program puts behind an address is taken off. A code that a person
    chose is in small letters and found in any case. A generated code keeps its case, so that it is
    looked for as it is first; it has a capital, and is never found as something else. Empty where
    the text is no code.
    """
    code = typed.rstrip(_AFTER_A_CODE)
    if CODE.fullmatch(code) is None:
        return ()
    chosen = code.lower()
    may_be_generated = all(sign in CODE_ALPHABET for sign in code)
    return (code, chosen) if may_be_generated and code != chosen else (chosen,)


def hand_on(target: str, query: str, token: str = "") -> str:
    """Return where a click leads: the target with the query of the link's address and the token.

    query: as it came, percent-encoded. Mail and advertising tools add parameters to every link. A
    parameter that the target has itself stays as the target has it. The token's parameter stands
    once, with the token alone, or not at all; before any fragment. At most MOST_HANDED_ON
    characters are handed on, whole parameters each.
    """
    address, hash_, fragment = target.partition("#")
    path, _, own = address.partition("?")
    pairs = [pair for pair in own.split("&") if pair and not is_token(pair)]
    names = {parameter_name(pair) for pair in pairs}
    room = MOST_HANDED_ON
    for pair in _printable(query).split("&"):
        if pair and not is_token(pair) and parameter_name(pair) not in names and len(pair) < room:
            pairs.append(pair)
            room -= len(pair) + 1
    if token:
        pairs.append(f"{TOKEN_PARAMETER}={token}")
    return f"{path}{'?' if pairs else ''}{'&'.join(pairs)}{hash_}{fragment}"


def _printable(query: str) -> str:
    """Return a query fit for a header: all that no query may hold is percent-encoded."""
    return re.sub(
        "[^!$%&'()*+,./0-9:;=?@A-Z_a-z~-]",
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode(errors="replace")),
        query,
    )
