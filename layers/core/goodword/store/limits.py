"""The limits table: credited amounts per program, currency and period, per account and year."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from goodword.store.tables import Table


class LimitRow(Model):
    """One counter, in minor units."""

    class Meta:
        table_name = "limits"

    limit = UnicodeAttribute(hash_key=True)
    used = NumberAttribute(default=0)


TABLE = Table(LimitRow, personal=False)
