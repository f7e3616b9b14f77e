"""Issue a key to the /v1 interface, list the keys, revoke one."""

from __future__ import annotations

from dataclasses import replace

from goodword.domain.access.api_key import AccessKey, Scope, hash_secret, write_bearer
from goodword.domain.access.idempotency import Request
from goodword.domain.errors import Conflict, Failed, NotFound
from goodword.domain.identity import key_request
from goodword.ports.services import Clock, NewId
from goodword.ports.stores import Page, Stores
from goodword.ports.writes import Insert, Update
from goodword.steps.repeat import repeat

PAGE = 100


def manage_api_keys(
    scopes: tuple[Scope, ...],
    label: str,
    request: str,
    *,
    stores: Stores,
    now: Clock,
    new_id: NewId,
) -> tuple[AccessKey, str]:
    """Make a key and return it with its bearer text, which is returned only once and not stored.

    request: the caller's Idempotency-Key. A repeat raises Conflict, since the secret cannot be
    returned again.
    """
    key, secret = make_key(scopes, label, now=now, new_id=new_id)
    name = key_request(request)
    try:
        stores.commit([Insert(key), Insert(Request(name, "", key.key, now()))])
    except Failed:
        raise Conflict(
            "this Idempotency-Key already made a key, and its secret is not stored",
            where="Idempotency-Key",
            remedy="Send a new Idempotency-Key to make another key, and revoke the lost one.",
        ) from None
    return key, write_bearer(key.key, secret)


def make_key(
    scopes: tuple[Scope, ...], label: str, *, now: Clock, new_id: NewId
) -> tuple[AccessKey, str]:
    """Make a key and its secret without storing either."""
    secret = new_id.secret()
    return AccessKey(new_id.code(), hash_secret(secret), scopes, label, now()), secret


def revoke_key(name: str, *, by: str, stores: Stores, now: Clock) -> AccessKey:
    """Revoke a key for good, from its next request on; a repeat changes nothing.

    name: the key's public name. by: the name of the key that asks. Raises NotFound for an unknown
    key, and Conflict for the key that asks, so that an admin key always remains.
    """

    def attempt() -> AccessKey:
        stored = stores.keys.get(name)
        if stored is None:
            raise NotFound(
                "there is no key of this name",
                where="key",
                remedy="List the keys: `goodword keys list`.",
            )
        if stored.revoked:
            return stored
        if name == by:
            raise Conflict(
                "a key cannot revoke itself",
                where="key",
                remedy="Revoke it with another admin key; `goodword init` makes one.",
            )
        gone = replace(
            stored, revoked=True, revoked_at=now(), revoked_by=by, revision=stored.revision + 1
        )
        stores.commit([Update(gone)])
        return gone

    return repeat(attempt)


def list_keys(after: str | None, *, stores: Stores) -> Page[AccessKey]:
    """Return all keys, also revoked ones, the newest first."""
    return stores.keys.list_newest(PAGE, after)
