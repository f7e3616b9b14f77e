"""Issue a key to the /v1 interface."""

from __future__ import annotations

from goodword.domain.access import AccessKey, Scope, hash_secret, write_bearer
from goodword.ports import Clock, Insert, NewId, Stores


def issue_key(
    scopes: tuple[Scope, ...], label: str, *, stores: Stores, now: Clock, new_id: NewId
) -> tuple[AccessKey, str]:
    """Make a key and return it with its bearer text, which is shown this once and stored nowhere."""
    key, secret = make_key(scopes, label, now=now, new_id=new_id)
    stores.commit([Insert(key)])
    return key, write_bearer(key.key, secret)


def make_key(scopes: tuple[Scope, ...], label: str, *, now: Clock, new_id: NewId) -> tuple[AccessKey, str]:
    """Make a key and its secret without storing either."""
    secret = new_id.secret()
    return AccessKey(new_id.code(), hash_secret(secret), scopes, label, now()), secret
