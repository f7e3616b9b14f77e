"""One-time links in mails: each has a signed token that expires, and no personal data."""

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
    """The link of a mail.

    subject: the person or record that it is about. data: what its use needs. used_at: when it was
    used, after which it is no longer valid.
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
        """Return the token as used."""
        return replace(self, used_at=now, revision=self.revision + 1)


def write_token(purpose: Purpose, token: str, expires_at: datetime, key: str) -> str:
    """Return the token's text for the link: id.seconds.mac.

    The MAC is valid for this purpose only.
    """
    body = f"{token}.{int(expires_at.timestamp())}"
    return f"{body}.{_mac(purpose, body, key)}"


def check_token_text(text: str, purpose: Purpose, keys: Keyring, now: datetime) -> str:
    """Return the token's id.

    Raise Forged if the text was not made here, and Gone if it has expired.
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
    """Return the error for an expired link."""
    return Gone("this link has expired", where="expired", remedy="Ask for a fresh one.")


def used_before() -> Gone:
    """Return the error for a used link."""
    return Gone("this link was used already", where="used", remedy="Ask for a fresh one.")


def _mac(purpose: str, body: str, key: str) -> str:
    digest = hmac.digest(key.encode(), f"{purpose}.{body}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:18]).decode()
