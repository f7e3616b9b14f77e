"""Staff: the people who may sign in to the console, and the rights of each role.

A right that is not listed here is denied.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from goodword.domain.contact import address_key, keyed_hash
from goodword.domain.errors import Forbidden
from goodword.domain.record import dataclass

Role = Literal["admin", "sales", "success", "finance", "read"]
ROLES: Final[tuple[Role, ...]] = ("admin", "sales", "success", "finance", "read")
Right = Literal["look", "approve", "cancel", "reverse"]
RIGHTS: Final[tuple[Right, ...]] = ("look", "approve", "cancel", "reverse")
# The one table of rights. Pages show actions by it, and the server checks it again before each
# action.
MAY: Final[dict[Role, tuple[Right, ...]]] = {
    "admin": ("look", "approve", "cancel", "reverse"),
    "sales": ("look",),
    "success": ("look",),
    "finance": ("look", "approve", "cancel", "reverse"),
    "read": ("look",),
}


@dataclass(frozen=True, slots=True)
class Staff:
    """A person who may sign in.

    person: the keyed hash of their address, by which timelines name them. added_by: the key that
    added them or changed their role. revoked: they may no longer sign in; the row stays, since
    timelines name the person.
    """

    person: str
    email: str
    role: Role
    added_at: datetime
    added_by: str = ""
    revoked: bool = False
    revision: int = 1

    def may(self, right: Right) -> bool:
        """Return whether this person has the right now."""
        return not self.revoked and right in MAY[self.role]

    def rights(self) -> tuple[Right, ...]:
        """Return all rights of this person."""
        return tuple(right for right in RIGHTS if self.may(right))

    @property
    def actor(self) -> str:
        """Return the name of the person for a timeline: the hash, which shows no personal data."""
        return f"staff {self.person}"


def person_of(identity_key: str, email: str) -> str:
    """Return the name of the row of this address."""
    return keyed_hash(identity_key, "staff", address_key(email))


def check_right(staff: Staff, right: Right) -> None:
    """Raise Forbidden unless the person has the right."""
    if not staff.may(right):
        raise Forbidden(
            f"the role {staff.role} may not {right} here",
            where="role",
            remedy="Ask someone of finance, or an administrator to change your role.",
        )
