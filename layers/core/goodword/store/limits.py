"""The limits table: what counts towards each ceiling."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model


class LimitRow(Model):
    """One counter, in minor units."""

    noun = "limits"

    class Meta:
        table_name = "limits"

    limit = UnicodeAttribute(hash_key=True)
    used = NumberAttribute(default=0)
