"""A page of a list costs one query and the same items, however much the tables hold; and nothing scans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient

from goodword.domain.timeline import Entry
from goodword.store.commit import row
from goodword.store.open import open_stores
from tests.contracts.test_stores import AT, CREDIT, REFERRAL

PAGE = 50
MANY_KILOBYTES = 3_000  # items that a query without a limit would read at once
SIZES = (1_000, 100_000, 1_000_000)
ENTRY = row(Entry("rf_1", "en_1", AT, "made", "A referral came.")).serialize()
ITEMS = {"referrals": row(REFERRAL).serialize(), "credits": row(CREDIT).serialize(), "timeline": ENTRY}
LISTS = {
    "an account's referrals": lambda stores, after: stores.referrals.of_account("a", PAGE, after),
    "an account's credits": lambda stores, after: stores.credits.of_account("a", PAGE, after),
    "credits by status": lambda stores, after: stores.credits.of_status("held", PAGE, after),
    "all open referrals": lambda stores, after: stores.referrals.still_open(PAGE, after),
    "a timeline": lambda stores, after: stores.timeline.of("rf_1", PAGE, after),
}


class Holding:
    """Stands in for DynamoDB with so many items under each key. read: how many items each query read."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.read: list[int] = []

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        assert operation == "Query", f"{operation} reads what it does not need"
        noun = request["TableName"].removeprefix("pages-")
        start = int(request.get("ExclusiveStartKey", {}).get("place", {"N": "0"})["N"])
        count = min(request.get("Limit", MANY_KILOBYTES), self.size - start)
        self.read.append(count)
        told: dict[str, Any] = {"Items": [ITEMS[noun]] * count, "Count": count, "ScannedCount": count}
        if start + count < self.size:
            told["LastEvaluatedKey"] = {"place": {"N": str(start + count)}}
        return told


@pytest.mark.parametrize("name", LISTS)
def test_a_page_is_one_query_that_reads_the_same_at_any_size(
    name: str, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    stores = open_stores("pages", "eu-central-1")
    read = {}
    for size in SIZES:
        held = Holding(size)
        monkeypatch.setattr(BaseClient, "_make_api_call", lambda _, *given, held=held: held.call(*given))
        first = LISTS[name](stores, None)
        second = LISTS[name](stores, first.more)
        assert (len(first.items), len(second.items)) == (PAGE, PAGE)
        read[size] = held.read
    record_property("queries a page", max(len(each) for each in read.values()) / 2)
    record_property("items read a page", max(max(each) for each in read.values()))
    assert read == {size: [PAGE, PAGE] for size in SIZES}
