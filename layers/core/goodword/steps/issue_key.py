"""Issue a key to the /v1 interface."""

from __future__ import annotations

import hashlib

from goodword.domain.access import AccessKey, Scope, hash_secret, write_bearer
from goodword.domain.delivery import Request
from goodword.domain.errors import Clash, Failed
from goodword.ports import Clock, Insert, NewId, Stores


def issue_key(
    scopes: tuple[Scope, ...], label: str, request: str, *, stores: Stores, now: Clock, new_id: NewId
) -> tuple[AccessKey, str]:
    """Make a key and return it with its bearer text, which is shown only this once and stored nowhere.

    request: the caller's Idempotency-Key. A repeat raises Clash: there is nothing left to show again.
    """
    key, secret = make_key(scopes, label, now=now, new_id=new_id)
    name = f"key#{hashlib.sha256(request.encode()).hexdigest()}"
    try:
        stores.commit([Insert(key), Insert(Request(name, "", key.key, now()))])
    except Failed:
        raise Clash(
            "this Idempotency-Key made a key already, whose secret was shown then and is not stored",
            where="Idempotency-Key",
            remedy="Make another key under a fresh Idempotency-Key.",
        ) from None
    return key, write_bearer(key.key, secret)


def make_key(scopes: tuple[Scope, ...], label: str, *, now: Clock, new_id: NewId) -> tuple[AccessKey, str]:
    """Make a key and its secret without storing either."""
    secret = new_id.secret()
    return AccessKey(new_id.code(), hash_secret(secret), scopes, label, now()), secret
