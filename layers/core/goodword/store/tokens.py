"""The tokens table: the links of mails, each of which works once."""

from __future__ import annotations

from datetime import timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from goodword.domain.access.token import Token
from goodword.store.row import Row, find, row_of, seconds
from goodword.store.tables import Table

# So long after its end a token still tells that it was used, or what a fresh one would be for.
KEPT = timedelta(days=60)


class TokenRow(Row):
    """One token."""

    class Meta:
        table_name = "tokens"

    token = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute()


def token_row(token: Token) -> Row:
    """Make the item of a token."""
    return row_of(TokenRow, token, token=token.token, expires_at=seconds(token.expires_at + KEPT))


class TokenTable:
    """The tokens in DynamoDB."""

    def get(self, token: str) -> Token | None:
        """Return one token, or None."""
        return find(TokenRow, Token, token)


TABLE = Table(TokenRow, store=TokenTable, record=Token, item=token_row)
