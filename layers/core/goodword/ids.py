"""Ids, codes and secrets: all of them are made here, from the operating system's source of chance."""

from __future__ import annotations

import secrets

import shortuuid

from goodword.domain.link import CODE_ALPHABET, CODE_LENGTH

SECRET_LENGTH = 40


class NewIds:
    """Make ids in shortuuid's alphabet, which leaves out what people confuse."""

    def __call__(self, prefix: str) -> str:
        """Return prefix, underscore and 22 characters, 128 bits of them chance."""
        return f"{prefix}_{shortuuid.uuid()}"

    def code(self) -> str:
        """Return a link code of 64 bits."""
        return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))

    def secret(self) -> str:
        """Return a secret of 233 bits."""
        return "".join(secrets.choice(CODE_ALPHABET) for _ in range(SECRET_LENGTH))
