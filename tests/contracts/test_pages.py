"""A page of a list costs one query and the same items, however much the tables hold; and nothing scans."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient

from goodword import ports
from goodword.ports import Stores
from goodword.store.commit import row
from goodword.store.open import open_stores
from tests.contracts.test_stores import AT, RECORDS

PAGE = 50
MANY_KILOBYTES = 3_000  # items that a query without a limit would read at once
SIZES = (1_000, 100_000, 1_000_000)
# What each list is asked with, before how many and where from: every method of a store that takes a limit.
LISTS: dict[str, tuple[Any, ...]] = {
    "customers.newest": (),
    "referrals.of_account": ("a",),
    "referrals.newest": (),
    "referrals.overdue": (AT,),
    "referrals.still_open": (),
    "referrals.closed_early": (AT,),
    "timeline.of": ("rf_1",),
    "unmatched.newest": (),
    "credits.of_account": ("a",),
    "credits.of_status": ("held",),
    "credits.of_work_list": ("review",),
    "credits.due": (AT,),
    "keys.newest": (),
    "staff.newest": (),
    "words.beginning": ("ana",),
    "mails.since": ("c-1", "m"),
    "mails.due": (AT,),
}
ITEMS = {vars(type(each))["noun"]: each.serialize() for each in (row(held) for held, _ in RECORDS.values())}


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
            told["LastEvaluatedKey"] = {"place": {"N": str(start + count)}, "deadline": {"S": "9999"}}
        return told


def method_of(stores: Stores, name: str) -> Callable[..., Any]:
    """Return the method of this list."""
    store, _, method = name.partition(".")
    return getattr(getattr(stores, store), method)


def test_every_way_to_ask_for_a_list_is_counted() -> None:
    taking = {
        f"{store}.{name}"
        for store, protocol in inspect.get_annotations(Stores).items()
        for name, method in inspect.getmembers(getattr(ports, protocol), inspect.isfunction)
        if "limit" in inspect.signature(method).parameters
    }
    assert set(LISTS) == taking


@pytest.mark.parametrize("name", LISTS)
def test_a_page_is_one_query_that_reads_the_same_at_any_size(
    name: str, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    ask = method_of(open_stores("pages", "eu-central-1"), name)
    pages = 2 if "after" in inspect.signature(ask).parameters else 1
    read = {}
    for size in SIZES:
        held = Holding(size)
        monkeypatch.setattr(BaseClient, "_make_api_call", lambda _, *given, held=held: held.call(*given))
        first = ask(*LISTS[name], PAGE)
        if pages == 2:
            second = ask(*LISTS[name], PAGE, first.more)
            assert (len(first.items), len(second.items)) == (PAGE, PAGE)
        else:
            assert len(first) == PAGE
        read[size] = held.read
    record_property("queries a page", max(len(each) for each in read.values()) / pages)
    record_property("items read a page", max(max(each) for each in read.values()))
    assert read == {size: [PAGE] * pages for size in SIZES}


class Batches:
    """Stands in for DynamoDB's BatchGetItem, which leaves so many keys of the first call unprocessed."""

    def __init__(self, left: int = 0) -> None:
        self.left = left
        self.asked: list[int] = []

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        assert operation == "BatchGetItem"
        ((table, wanted),) = request["RequestItems"].items()
        assert wanted["ConsistentRead"] is True
        keys = wanted["Keys"]
        left, self.left = keys[: self.left], 0
        self.asked.append(len(keys))
        items = [ITEMS["credits"] | key for key in keys[len(left) :]]
        return {
            "Responses": {table: items},
            "UnprocessedKeys": {table: {"Keys": left}} if left else {},
        }


@pytest.mark.parametrize(
    ("wanted", "left", "asked"),
    [(0, 0, []), (1, 0, [1]), (100, 0, [100]), (101, 0, [100, 1]), (50, 7, [50, 7])],
)
def test_what_lines_need_is_read_by_the_hundred(
    wanted: int, left: int, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Batches(left)
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda _, *given: held.call(*given))
    names = [f"cr_{number}" for number in range(wanted)]
    found = open_stores("pages", "eu-central-1").credits.several(names * 2)
    assert sorted(found) == sorted(names)
    assert held.asked == asked
