"""Staff: who of the company may look things up.

What each role may do. What is not here nobody may.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from goodword.domain.contact import address_key, keyed_hash
from goodword.domain.credits.credit import Credit
from goodword.domain.errors import Forbidden
from goodword.domain.record import dataclass
from goodword.domain.referrers.referrer import Earns

Role = Literal["admin", "sales", "success", "finance", "read"]
ROLES: Final[tuple[Role, ...]] = ("admin", "sales", "success", "finance", "read")
Right = Literal["look", "approve", "cancel", "reverse"]
RIGHTS: Final[tuple[Right, ...]] = ("look", "approve", "cancel", "reverse")
# The one table of rights: pages show what stands here, and the server asks here again before it
# acts.
MAY: Final[dict[Role, tuple[Right, ...]]] = {
    "admin": ("look", "approve", "cancel", "reverse"),
    "sales": ("look",),
    "success": ("look",),
    "finance": ("look", "approve", "cancel", "reverse"),
    "read": ("look",),
}


@dataclass(frozen=True, slots=True)
class Staff:
    """One person who may sign in.

    person: the keyed hash of their address, by which timelines name them. added_by: the key that
    let them in or changed their role. revoked: they may no longer; the row stays, since timelines
    name the person.
    """

    person: str
    email: str
    role: Role
    added_at: datetime
    added_by: str = ""
    revoked: bool = False
    revision: int = 1

    def may(self, right: Right) -> bool:
        """Say whether this person has the right now."""
        return not self.revoked and right in MAY[self.role]

    def rights(self) -> tuple[Right, ...]:
        """Return all that this person may do now."""
        return tuple(right for right in RIGHTS if self.may(right))

    @property
    def actor(self) -> str:
        """Name the person as a timeline does: by the hash, which tells a stranger nothing."""
        return f"staff {self.person}"


def person_of(identity_key: str, email: str) -> str:
    """Return the name of the row that holds this address."""
    return keyed_hash(identity_key, "staff", address_key(email))


def check_right(staff: Staff, right: Right) -> None:
    """Raise Forbidden unless the person has the right."""
    if not staff.may(right):
        raise Forbidden(
            f"the role {staff.role} may not {right} here",
            where="role",
            remedy="Ask someone of finance, or an administrator to change your role.",
        )


def open_decisions(
    credit: Credit, reversal: Credit | None = None, earns: Earns = "yes"
) -> tuple[Right, ...]:
    """Return what a person may decide on a credit as it stands, whoever it is.

    reversal: the row that takes the credit back, if there is one. earns: the referrer's; a credit
    that they may not earn is never approved, and what takes one back is. What is sent, or may be,
    is not canceled.
    """
    found: list[Right] = []
    if credit.status == "held" and (credit.kind == "reversal" or earns != "no"):
        found.append("approve")
    unsent = not credit.sent() or credit.nothing_stands()
    if credit.status in ("pending", "held", "over_limit") and unsent:
        found.append("cancel")
    taken_back = reversal is not None and reversal.status != "canceled"
    if credit.kind == "credit" and credit.status == "posted" and not taken_back:
        found.append("reverse")
    return tuple(found)
