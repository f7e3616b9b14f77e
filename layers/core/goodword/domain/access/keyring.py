"""The keys that sign sessions and the links of mails: one signs, and those before it hold still.

They are kept together as one text, so that whoever reads it knows of both at once; a key that comes
is known everywhere before it signs anything (docs/decisions/0025-a-ring-of-keys.md).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import field

from goodword.domain.errors import NotReady
from goodword.domain.record import dataclass

# Before a key that is known and does not sign yet; no key begins with it.
COMING = "+"


@dataclass(frozen=True, slots=True)
class Keyring:
    """keys: the first signs, each of them verifies. coming.

    The newest, where it does not sign yet.
    """

    keys: tuple[str, ...] = field(repr=False)
    coming: str = field(default="", repr=False)

    @property
    def signs(self) -> str:
        """Return the key that signs."""
        return self.keys[0]

    def holds(self, given: str, sign: Callable[[str], str]) -> bool:
        """Say whether a signature is one that any of the keys makes; sign.

        What makes it under a key.
        """
        known = (*self.keys, self.coming) if self.coming else self.keys
        return any(hmac.compare_digest(given.encode(), sign(key).encode()) for key in known)

    def with_coming(self, key: str) -> Keyring:
        """Return it with a key that is to sign once everybody knows it."""
        return Keyring(self.keys, key)

    def with_coming_signing(self) -> Keyring:
        """Return it with the key that came as the one that signs; the others hold still."""
        return Keyring((self.coming, *self.keys))


def read_keyring(text: str) -> Keyring:
    """Read the keys as they are kept: between spaces; raise NotReady where there is none."""
    parts = text.split()
    keys = tuple(each for each in parts if not each.startswith(COMING))
    coming = "".join(each.removeprefix(COMING) for each in parts[-1:] if each.startswith(COMING))
    if not keys:
        raise NotReady("the parameter keys/sessions holds no key; `goodword init` writes it")
    return Keyring(keys, coming)


def write_keyring(ring: Keyring) -> str:
    """Write the keys as they are kept."""
    return " ".join((*ring.keys, f"{COMING}{ring.coming}") if ring.coming else ring.keys)
