"""The accounts table: billing accounts, each a Stripe customer."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from goodword.domain.referrers.referrer import Account
from goodword.store.row import Row, find
from goodword.store.tables import Table


class AccountRow(Row):
    """One account."""

    class Meta:
        table_name = "accounts"

    account = UnicodeAttribute(hash_key=True)


class AccountTable:
    """The accounts in DynamoDB."""

    def get(self, account: str) -> Account | None:
        """Return one account, or None."""
        return find(AccountRow, Account, account)


TABLE = Table(AccountRow, store=AccountTable, record=Account)
