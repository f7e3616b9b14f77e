"""Make the links of mails, look at one without using it, and use it once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from goodword.domain.access.keyring import Keyring
from goodword.domain.access.token import (
    Purpose,
    Token,
    check_token_text,
    expired,
    used_before,
    write_token,
)
from goodword.ports.services import Clock, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Update

LIFE: Final[dict[Purpose, timedelta]] = {
    "invitation": timedelta(days=30),
    "sign_in": timedelta(minutes=30),
    "staff_sign_in": timedelta(minutes=15),
    "sign_off": timedelta(days=14),
}


def mint_token(
    purpose: Purpose, subject: str, data: Mapping[str, str], *, now: Clock, new_id: NewId
) -> tuple[Token, Insert]:
    """Return a fresh token with the write that keeps it; its text is written by token_text."""
    at = now()
    token = Token(new_id("tk"), purpose, subject, at, at + LIFE[purpose], dict(data))
    return token, Insert(token)


def token_text(token: Token, key: str) -> str:
    """Return what stands in the link of a token."""
    return write_token(token.purpose, token.token, token.expires_at, key)


def look_at_token(
    text: str, purpose: Purpose, *, keys: Keyring, stores: Stores, now: Clock
) -> Token:
    """Return the token of a link, used or not, and change nothing.

    Raises Forged where the link is none of ours, Gone where its time is up.
    """
    stored = stores.tokens.get(check_token_text(text, purpose, keys, now()))
    if stored is None or stored.purpose != purpose:
        raise expired()  # the signature holds, so it was there once
    return stored


def spend_token(token: Token, *, now: Clock) -> Update:
    """Return the write that uses the token, for the transaction that does what it is for.

    Raises Gone where it was used; a use at the same moment fails that write.
    """
    if token.used_at is not None:
        raise used_before()
    return Update(token.used(now()))
