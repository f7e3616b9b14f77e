"""Ids, codes and secrets, all made from the operating system's random source.

Libraries are loaded where they are used: the redirect makes ids too, and needs neither.
"""

from __future__ import annotations

import os

from goodword.domain.links.visit import CODE_ALPHABET, CODE_LENGTH

SECRET_LENGTH = 40
CLICK_LENGTH = 22  # the fewest characters of the alphabet that hold 128 bits


def new_click() -> str:
    """Return the id of a click: 22 characters, 128 random bits, usable in a token and a key."""
    number, signs = int.from_bytes(os.urandom(16), "big"), ""
    for _ in range(CLICK_LENGTH):
        number, place = divmod(number, len(CODE_ALPHABET))
        signs += CODE_ALPHABET[place]
    return signs


class NewIds:
    """Makes ids in shortuuid's alphabet, which has no characters that people confuse."""

    def __call__(self, prefix: str) -> str:
        """Return prefix, underscore and 22 characters, with 128 random bits."""
        import shortuuid

        return f"{prefix}_{shortuuid.uuid()}"

    def code(self) -> str:
        """Return a link code of 64 bits; it has a capital, as no code has that a person chose."""
        import secrets

        code = ""
        while code == code.lower():
            code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
        return code

    def secret(self) -> str:
        """Return a secret of 233 bits."""
        import secrets

        return "".join(secrets.choice(CODE_ALPHABET) for _ in range(SECRET_LENGTH))
