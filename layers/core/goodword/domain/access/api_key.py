"""Keys to the /v1 interface and their scopes. Only the hash of a key is stored."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime
from typing import Final, Literal

from goodword.domain.errors import Forbidden, Forged
from goodword.domain.record import dataclass

Scope = Literal["admin", "crm", "read"]
SCOPES: Final[tuple[Scope, ...]] = ("admin", "crm", "read")
_BEARER = re.compile(r"gw_(?P<key>[A-Za-z0-9]{8,32})_(?P<secret>[A-Za-z0-9]{32,64})")


@dataclass(frozen=True, slots=True)
class AccessKey:
    """One key: its public name, the SHA-256 of its secret part, its scopes.

    revoked_at, revoked_by: when it was revoked, and by which other key.
    """

    key: str
    secret_hash: str
    scopes: tuple[Scope, ...]
    label: str
    created_at: datetime
    revoked: bool = False
    revision: int = 1
    revoked_at: datetime | None = None
    revoked_by: str = ""


def write_bearer(key: str, secret: str) -> str:
    """Return the text that a client sends as its bearer key."""
    return f"gw_{key}_{secret}"


def split_bearer(header: str) -> tuple[str, str]:
    """Split an Authorization header into key name and secret; raise Forged if malformed."""
    scheme, _, text = header.partition(" ")
    match = _BEARER.fullmatch(text.strip())
    if scheme.lower() != "bearer" or match is None:
        raise _not_good()
    return match["key"], match["secret"]


def hash_secret(secret: str) -> str:
    """Hash a key's secret part; it is random and long, so a plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_access(key: AccessKey | None, secret: str, needed: Scope) -> AccessKey:
    """Return the key if its secret is valid and its scopes cover what is needed.

    admin covers all; crm covers read. Raises Forged or Forbidden. A missing key takes as long as a
    wrong secret, so that timing does not reveal names.
    """
    stored = key.secret_hash if key is not None else hash_secret("no such key")
    same = hmac.compare_digest(stored, hash_secret(secret))
    if key is None or not same or key.revoked:
        raise _not_good()
    covers: dict[str, tuple[Scope, ...]] = {
        "admin": SCOPES,
        "crm": ("crm", "read"),
        "read": ("read",),
    }
    if not any(needed in covers[scope] for scope in key.scopes):
        raise Forbidden(
            f"this key does not have the scope {needed!r}",
            where="Authorization",
            remedy="Use a key with that scope; `goodword keys make` makes one.",
        )
    return key


def _not_good() -> Forged:
    return Forged(
        "the bearer key is missing or not valid",
        where="Authorization",
        remedy="Send `Authorization: Bearer gw_…` with a key of `goodword keys make`.",
    )
