"""Keys of rows: what an event of a CRM waits for while it fits no referral."""

from __future__ import annotations

from typing import Final

from goodword.domain.contact import keyed_hash
from goodword.domain.crm_copy.fact import ObjectRef

_EMAIL: Final = "email#"


def email_hint(identity_key: str, email: str) -> str:
    """Name what an event waits for: a prospect with this address."""
    return f"{_EMAIL}{keyed_hash(identity_key, email)}"


def is_email_hint(hint: str) -> bool:
    """Return whether an event waits by this for a prospect's address."""
    return hint.startswith(_EMAIL)


def object_hint(ref: ObjectRef) -> str:
    """Name what an event waits for: that this CRM object is known."""
    return f"object#{ref}"


def referral_hint(referral: str) -> str:
    """Name what an event waits for: the referral of this id."""
    return f"referral#{referral}"
