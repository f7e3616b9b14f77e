"""The counts table: sums such as clicks and signups, by subject and bucket of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.operand import Path
from pynamodb.models import Model

from goodword.domain.errors import Contended
from goodword.domain.links.click import Kind
from goodword.domain.timeline import link_subject
from goodword.store.tables import Table

KINDS: tuple[Kind, ...] = ("person", "machine", "uncertain")
# In the order of their bytes, so that marks compare as the numbers do.
_SIGNS = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_MARK_LENGTH = 23  # 64 ** 23 > 10 ** 40: a sequence number has forty digits at most


class CountRow(Model):
    """One sum, such as an account's posted credits in one currency, or a link's clicks of one day.

    A row of clicks has a sum for each kind, and beside them for each shard of the stream that added
    to them how far it came: `~` and six signs for the shard, then the number.
    """

    class Meta:
        table_name = "counts"

    subject = UnicodeAttribute(hash_key=True)
    bucket = UnicodeAttribute(range_key=True)
    total = NumberAttribute(null=True)
    person = NumberAttribute(null=True)
    machine = NumberAttribute(null=True)
    uncertain = NumberAttribute(null=True)


class CountTable:
    """Counts in DynamoDB."""

    def of(self, subject: str) -> dict[str, int]:
        """Return all sums of a subject; a link's clicks under day#kind."""
        sums: Counter[str] = Counter()
        for row in CountRow.query(subject, consistent_read=True):
            if row.total is not None:
                sums[row.bucket] += int(row.total)
            for kind in KINDS:
                if getattr(row, kind) is not None:
                    sums[f"{row.bucket}#{kind}"] += int(getattr(row, kind))
        return dict(sums)

    def clicks(self, code: str, first: str, last: str) -> dict[Kind, int]:
        """Return the clicks on a link by kind, from the first day to the last, both included."""
        sums: Counter[Kind] = Counter()
        days = CountRow.bucket.between(first, last)
        for row in CountRow.query(link_subject(code), days, consistent_read=True):
            for kind in KINDS:
                sums[kind] += int(getattr(row, kind) or 0)
        return {kind: number for kind, number in sums.items() if number}

    def add_clicks(
        self, code: str, day: str, shard: str, clicks: Sequence[tuple[int, Kind]]
    ) -> int:
        """Add up the clicks of a link on one day; return how many were not counted before."""
        key, mark = (link_subject(code), day), mark_name(shard)
        left = sorted(clicks)
        while left:
            if _add(key, mark, left):
                return len(left)
            reached = _reached(key, mark)
            fresh = [each for each in left if write_mark(each[0]) > reached]
            if len(fresh) == len(left):
                raise Contended("another worker counts the same shard")
            left = fresh
        return 0


def mark_name(shard: str) -> str:
    """Return the attribute that says how far a shard was counted."""
    digest = int.from_bytes(sha256(shard.encode()).digest()[:5], "big")
    return "~" + _written(digest, 7)[1:]


def write_mark(number: int) -> str:
    """Write a number so that texts sort as the numbers do."""
    return _written(number, _MARK_LENGTH)


def _written(number: int, length: int) -> str:
    signs = ""
    for _ in range(length):
        number, place = divmod(number, len(_SIGNS))
        signs = _SIGNS[place] + signs
    return signs


def _add(key: tuple[str, str], mark: str, clicks: Sequence[tuple[int, Kind]]) -> bool:
    """Add all in one write that holds once.

    False where the shard was counted beyond the first of them.
    """
    sums = Counter(kind for _, kind in clicks)
    seen: Any = Path([mark])
    actions = [seen.set(write_mark(clicks[-1][0]))]
    actions.extend(getattr(CountRow, kind).add(number) for kind, number in sums.items())
    try:
        CountRow(*key).update(
            actions=actions, condition=seen.does_not_exist() | (seen < write_mark(clicks[0][0]))
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _reached(key: tuple[str, str], mark: str) -> str:
    """Return how far a shard was counted in this row; the row itself has no attribute for that."""
    item = CountRow._get_connection().get_item(*key, consistent_read=True).get("Item", {})
    return str(item.get(mark, {}).get("S", ""))


TABLE = Table(CountRow, store=CountTable, personal=False)
