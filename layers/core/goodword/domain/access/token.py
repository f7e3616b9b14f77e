"""Links in mails: each holds a signed token that works once and expires.

Says nothing of a person.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import Literal

from goodword.domain.access.keyring import Keyring
from goodword.domain.errors import Forged, Gone
from goodword.domain.record import dataclass

Purpose = Literal["invitation", "sign_in", "staff_sign_in", "sign_off", "unsubscribe"]
_TOKEN = re.compile(
    r"(?P<token>[A-Za-z0-9_]{3,40})\.(?P<expires>[0-9]{1,11})\.(?P<mac>[A-Za-z0-9_-]{24})"
)


@dataclass(frozen=True, slots=True)
class Token:
    """One link of a mail. subject: whom or what it is about; data: what it needs when it is used.

    used_at: when it was used; it then works no more.
    """

    token: str
    purpose: Purpose
    subject: str
    created_at: datetime
    expires_at: datetime
    data: dict[str, str] = field(default_factory=dict)
    used_at: datetime | None = None
    revision: int = 1

    def used(self, now: datetime) -> Token:
        """Return it as used."""
        return replace(self, used_at=now, revision=self.revision + 1)


def write_token(purpose: Purpose, token: str, expires_at: datetime, key: str) -> str:
    """Write the text that stands in the link.

    Id.seconds.mac. The mac holds for this purpose alone.
    """
    body = f"{token}.{int(expires_at.timestamp())}"
    return f"{body}.{_mac(purpose, body, key)}"


def check_token_text(text: str, purpose: Purpose, keys: Keyring, now: datetime) -> str:
    """Return the token's id.

    Raise Forged where the text is none of ours, Gone where its time is up.
    """
    match = _TOKEN.fullmatch(text)
    body = text.rpartition(".")[0]
    if match is None or not keys.holds(match["mac"], lambda key: _mac(purpose, body, key)):
        raise Forged(
            "this link is not complete",
            where="link",
            remedy="Open it from the mail again, or copy the whole of it.",
        )
    if datetime.fromtimestamp(int(match["expires"]), UTC) <= now:
        raise expired()
    return match["token"]


def expired() -> Gone:
    """Say that a link's time is up."""
    return Gone("this link has expired", where="expired", remedy="Ask for a fresh one.")


def used_before() -> Gone:
    """Say that a link was used."""
    return Gone("this link was used already", where="used", remedy="Ask for a fresh one.")


def _mac(purpose: str, body: str, key: str) -> str:
    digest = hmac.digest(key.encode(), f"{purpose}.{body}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:18]).decode()
