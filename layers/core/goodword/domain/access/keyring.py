"""The keys that sign sessions and the links of mails: the first signs, older ones still verify.

All keys are stored as one text, so that a reader gets all of them at once. A new key is distributed
before it signs (docs/decisions/0025-a-ring-of-keys.md).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import field

from goodword.domain.errors import NotReady
from goodword.domain.record import dataclass

# Marks a key that is distributed and does not sign yet; no key begins with it.
COMING = "+"


@dataclass(frozen=True, slots=True)
class Keyring:
    """The signing keys.

    keys: the first signs, each of them verifies. coming: the newest, if it does not sign yet.
    """

    keys: tuple[str, ...] = field(repr=False)
    coming: str = field(default="", repr=False)

    @property
    def signs(self) -> str:
        """Return the key that signs."""
        return self.keys[0]

    def holds(self, given: str, sign: Callable[[str], str]) -> bool:
        """Return whether one of the keys made a signature.

        sign: makes the signature under a key.
        """
        known = (*self.keys, self.coming) if self.coming else self.keys
        return any(hmac.compare_digest(given.encode(), sign(key).encode()) for key in known)

    def with_coming(self, key: str) -> Keyring:
        """Return the ring with a new key, which signs once every function has read it."""
        return Keyring(self.keys, key)

    def with_coming_signing(self) -> Keyring:
        """Return the ring with the new key signing; the other keys still verify."""
        return Keyring((self.coming, *self.keys))


def read_keyring(text: str) -> Keyring:
    """Parse the stored keys, separated by spaces; raise NotReady if there is none."""
    parts = text.split()
    keys = tuple(each for each in parts if not each.startswith(COMING))
    coming = "".join(each.removeprefix(COMING) for each in parts[-1:] if each.startswith(COMING))
    if not keys:
        raise NotReady("the parameter keys/sessions has no key; `goodword init` writes it")
    return Keyring(keys, coming)


def write_keyring(ring: Keyring) -> str:
    """Return the text under which the keys are stored."""
    return " ".join((*ring.keys, f"{COMING}{ring.coming}") if ring.coming else ring.keys)
