"""Keys of the rows of unmatched CRM events: the hints that may find their referral."""

from __future__ import annotations

from typing import Final

from goodword.domain.contact import keyed_hash
from goodword.domain.crm_copy.fact import ObjectRef

_EMAIL: Final = "email#"


def email_hint(identity_key: str, email: str) -> str:
    """Name the hint for an event that waits for a prospect with this address."""
    return f"{_EMAIL}{keyed_hash(identity_key, email)}"


def is_email_hint(hint: str) -> bool:
    """Return whether a hint is for a prospect's address."""
    return hint.startswith(_EMAIL)


def object_hint(ref: ObjectRef) -> str:
    """Name the hint for an event that waits for a known CRM object."""
    return f"object#{ref}"


def referral_hint(referral: str) -> str:
    """Name the hint for an event that waits for the referral of this id."""
    return f"referral#{referral}"
