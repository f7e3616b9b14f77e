"""The referrals table: each prospect's way through the program."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.pagination import ResultIterator

from goodword.domain.referrals.referral import Referral
from goodword.ports.stores import Page
from goodword.store.plain import stamp
from goodword.store.row import LISTED, Row, find, find_many, list_newest, page_of, row_of, start_of
from goodword.store.tables import Table

OPEN = "open"
EARNED = "earned"  # closed before its deadline, with a credit that a lost sale would take back


class ReferralsByAccount(GlobalSecondaryIndex["ReferralRow"]):
    """An account's referrals by time."""

    class Meta:
        index_name = "by_account"
        projection = AllProjection()

    account = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class ReferralsByAge(GlobalSecondaryIndex["ReferralRow"]):
    """All referrals by time."""

    class Meta:
        index_name = "by_age"
        projection = AllProjection()

    listed = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class ReferralsByDeadline(GlobalSecondaryIndex["ReferralRow"]):
    """Open referrals by deadline, and closed ones with a credit; others have no `open`.

    A referral with an earlier evaluation is among the open ones, with that time as its deadline.
    """

    class Meta:
        index_name = "by_deadline"
        projection = KeysOnlyProjection()

    open = UnicodeAttribute(hash_key=True)
    deadline = UnicodeAttribute(range_key=True)


class ReferralRow(Row):
    """One referral."""

    class Meta:
        table_name = "referrals"

    referral = UnicodeAttribute(hash_key=True)
    account = UnicodeAttribute()
    created_at = UnicodeAttribute()
    listed = UnicodeAttribute()
    open = UnicodeAttribute(null=True)
    deadline = UnicodeAttribute(null=True)
    by_account = ReferralsByAccount()
    by_age = ReferralsByAge()
    by_deadline = ReferralsByDeadline()


def referral_row(referral: Referral) -> Row:
    """Make the item of a referral."""
    awaited = OPEN if referral.awaits() else EARNED if referral.earned() else None
    return row_of(
        ReferralRow,
        referral,
        referral=referral.referral,
        account=referral.account,
        created_at=stamp(referral.created_at),
        listed=LISTED,
        open=awaited,
        deadline=None if awaited is None else stamp(referral.judged_next()),
    )


class ReferralTable:
    """Referrals in DynamoDB."""

    def get(self, referral: str) -> Referral | None:
        """Return one referral, or None."""
        return find(ReferralRow, Referral, referral)

    def get_many(self, referrals: Iterable[str]) -> dict[str, Referral]:
        """Return those of these referrals that are there, by id."""
        return find_many(ReferralRow, Referral, referrals)

    def list_by_account(self, account: str, limit: int, after: str | None = None) -> Page[Referral]:
        """Return the account's referrals, newest first, from the index."""
        found = ReferralRow.by_account.query(
            account, scan_index_forward=False, limit=limit, last_evaluated_key=start_of(after)
        )
        return page_of(found, Referral)

    def list_newest(self, limit: int, after: str | None = None) -> Page[Referral]:
        """Return all referrals, newest first, from the index."""
        return list_newest(ReferralRow.by_age, Referral, limit, after)

    def overdue(self, now: datetime, limit: int) -> tuple[str, ...]:
        """Return open referrals whose deadline is past.

        Those to be judged again, from the index.
        """
        past = ReferralRow.deadline < stamp(now)
        rows = ReferralRow.by_deadline.query(OPEN, past, limit=limit)
        return tuple(row.referral for row in rows)

    def still_open(self, limit: int, after: str | None = None) -> Page[str]:
        """Return open referrals, the earliest deadline first, from the index."""
        return _ids(
            ReferralRow.by_deadline.query(OPEN, limit=limit, last_evaluated_key=start_of(after))
        )

    def closed_early(self, now: datetime, limit: int, after: str | None = None) -> Page[str]:
        """Return referrals closed with a credit before their future deadline, from the index."""
        to_come = ReferralRow.deadline >= stamp(now)
        start = start_of(after)
        if start is not None and start["deadline"]["S"] < stamp(now):
            start = (
                None  # it is past since, and DynamoDB refuses to begin outside of what is asked for
            )
        return _ids(
            ReferralRow.by_deadline.query(EARNED, to_come, limit=limit, last_evaluated_key=start)
        )


def _ids(found: ResultIterator[ReferralRow]) -> Page[str]:
    ids = tuple(row.referral for row in found)
    more = found.last_evaluated_key
    return Page(ids, None if more is None else json.dumps(more, sort_keys=True))


TABLE = Table(ReferralRow, store=ReferralTable, record=Referral, item=referral_row)
