"""The writes of a transaction: those that belong together happen all, or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from goodword.domain.record import dataclass

if TYPE_CHECKING:
    from goodword.domain.access.api_key import AccessKey
    from goodword.domain.access.staff import Staff
    from goodword.domain.access.token import Token
    from goodword.domain.credits.credit import Credit
    from goodword.domain.credits.ledger import LedgerEntry
    from goodword.domain.crm_copy.connection import Connection
    from goodword.domain.crm_copy.delivery import Request, Unmatched
    from goodword.domain.crm_copy.fact import (
        Fact,
    )
    from goodword.domain.identity import Identity
    from goodword.domain.links.link import Link
    from goodword.domain.mails.mail import Mail
    from goodword.domain.programs.program import Program
    from goodword.domain.referrals.referral import Referral
    from goodword.domain.referrals.search_term import SearchTerm
    from goodword.domain.referrers.referrer import Account, Referrer
    from goodword.domain.timeline import Entry

    Record = (
        Program
        | Connection
        | AccessKey
        | Account
        | Referrer
        | Link
        | Referral
        | Identity
        | Fact
        | Entry
        | Credit
        | LedgerEntry
        | Request
        | Unmatched
        | Token
        | Staff
        | SearchTerm
        | Mail
    )
    Revised = (
        AccessKey
        | Account
        | Referrer
        | Link
        | Referral
        | Identity
        | Fact
        | Credit
        | Token
        | Staff
        | Mail
    )


@dataclass(frozen=True, slots=True)
class Insert:
    """Put the record; fails if one of its key is there."""

    record: Record


@dataclass(frozen=True, slots=True)
class Update:
    """Put the record over the one whose revision is one less.

    Fails if that is not the one there.
    """

    record: Revised


@dataclass(frozen=True, slots=True)
class Check:
    """Fail unless the record is still there at this revision."""

    record: Revised


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete a record; it does not matter whether it is there."""

    record: Unmatched | Identity | Fact | SearchTerm


@dataclass(frozen=True, slots=True)
class Put:
    """Put the record, whether one of its key is there or not; never fails."""

    record: SearchTerm


@dataclass(frozen=True, slots=True)
class Reserve:
    """Add to a limit's counter; fails if that would pass the ceiling."""

    limit: str
    minor: int
    ceiling_minor: int


@dataclass(frozen=True, slots=True)
class Release:
    """Take back from a limit's counter what was reserved."""

    limit: str
    minor: int


@dataclass(frozen=True, slots=True)
class Increment:
    """Add to a count, which may be negative; never fails."""

    subject: str
    bucket: str
    by: int


Write = Insert | Update | Check | Remove | Put | Reserve | Release | Increment


class Commit(Protocol):
    """Make all of these writes, or none."""

    def __call__(self, writes: Sequence[Write]) -> None:
        """Commit the writes in one transaction.

        Raises Failed with the first write whose condition did not hold, or Contended where another
        transaction was under way on one of the records: read again and repeat.
        """
        ...
