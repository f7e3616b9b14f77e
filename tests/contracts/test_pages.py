"""A page of a list costs one query and the same items, however much the tables hold.

And nothing scans.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient

from goodword.ports import stores as ports
from goodword.ports.stores import Stores
from goodword.ports.writes import Commit
from goodword.store.open import open_stores
from goodword.store.tables import load_tables, row_for
from tests.contracts.test_stores import AT, RECORDS
from tests.tidy.project import ROOT

PAGE = 50
MANY_KILOBYTES = 3_000  # items that a query without a limit would read at once
SIZES = (1_000, 100_000, 1_000_000)
# What each list is asked with, before how many and where from: every method of a store that takes a
# limit.
LISTS: dict[str, tuple[Any, ...]] = {
    "referrers.list_newest": (),
    "referrals.list_by_account": ("a",),
    "referrals.list_newest": (),
    "referrals.overdue": (AT,),
    "referrals.still_open": (),
    "referrals.closed_early": (AT,),
    "timeline.list_by_subject": ("referral#rf_1",),
    "unmatched.list_newest": (),
    "credits.list_by_account": ("a",),
    "credits.list_by_status": ("held",),
    "credits.list_by_work_list": ("review",),
    "credits.due": (AT,),
    "keys.list_newest": (),
    "staff.list_newest": (),
    "search_terms.beginning": ("ana",),
    "mails.since": ("c-1", "m"),
    "mails.due": (AT,),
}
# What is asked without a limit, and why it stays small.
FEW = {
    "counts.of": "an account's sums: one for each status of its credits and each currency",
    "counts.clicks": "a link's days: one row for each, of the 400 that are shown at most",
    "facts.list_by_referral": "a row for each mapped property of one referral's few CRM objects",
    "ledger.list_by_credit": "an entry for each move of one credit: owed, posted, taken back",
    "links.list_by_referrer": "a referrer has 500 links at most (domain.links.link.MOST_LINKS)",
    "programs.at": "it stops at the version that was in force; a version is applied by hand",
    "timeline.list_by_day": "no request waits for it: a job reads a whole day, a page at a time",
    "unmatched.list_by_hint": "the events of one person, deal or company that wait, within a year",
}
STORES = ROOT / "layers/core/goodword/store"
NAMES = {table.record: name for name, table in load_tables().items()}
ITEMS = {NAMES[type(held)]: row_for(held).serialize() for held, _ in RECORDS.values()}


class Holding:
    """Stands in for DynamoDB with so many items under each key. read.

    How many items each query read.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.read: list[int] = []

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        assert operation == "Query", f"{operation} reads what it does not need"
        noun = request["TableName"].removeprefix("pages-")
        start = int(request.get("ExclusiveStartKey", {}).get("place", {"N": "0"})["N"])
        count = min(request.get("Limit", MANY_KILOBYTES), self.size - start)
        self.read.append(count)
        result: dict[str, Any] = {
            "Items": [ITEMS[noun]] * count,
            "Count": count,
            "ScannedCount": count,
        }
        if start + count < self.size:
            result["LastEvaluatedKey"] = {
                "place": {"N": str(start + count)},
                "deadline": {"S": "9999"},
            }
        return result


def method_of(stores: Stores, name: str) -> Callable[..., Any]:
    """Return the method of this list."""
    store, _, method = name.partition(".")
    return getattr(getattr(stores, store), method)


def test_every_way_to_ask_for_a_list_is_counted() -> None:
    taking = {
        f"{store}.{name}"
        for store, protocol in inspect.get_annotations(Stores).items()
        for name, method in inspect.getmembers(
            Commit if protocol == "Commit" else getattr(ports, protocol), inspect.isfunction
        )
        if "limit" in inspect.signature(method).parameters
    }
    assert set(LISTS) == taking


def queries_without_a_limit(module: Path) -> Iterator[str]:
    """Yield every function and method of a store's module that queries and names no limit."""
    for held in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if not isinstance(held, ast.FunctionDef):
            continue
        calls = [each for each in ast.walk(held) if isinstance(each, ast.Call)]
        queries = [
            each
            for each in calls
            if isinstance(each.func, ast.Attribute) and each.func.attr == "query"
        ]
        if any("limit" not in {part.arg for part in each.keywords} for each in queries):
            yield f"{module.stem}.{held.name}"


def test_each_query_without_a_limit_has_a_reason() -> None:
    found = {name for module in STORES.glob("*.py") for name in queries_without_a_limit(module)}
    assert found == set(FEW), "give it a limit; or say in FEW why it stays small"


def test_a_query_without_a_limit_is_found(tmp_path: Path) -> None:
    module = tmp_path / "links.py"
    module.write_text(
        "class LinkTable:\n"
        "    def page(self, limit):\n        return LinkRow.query('a', limit=limit)\n"
        "    def every(self):\n        return [row for row in LinkRow.by_referrer.query('a')]\n",
        encoding="utf-8",
    )
    assert list(queries_without_a_limit(module)) == ["links.every"]


@pytest.mark.parametrize("name", LISTS)
def test_a_page_is_one_query_at_any_table_size(
    name: str, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    ask = method_of(open_stores("pages", "eu-central-1"), name)
    pages = 2 if "after" in inspect.signature(ask).parameters else 1
    read = {}
    for size in SIZES:
        held = Holding(size)
        monkeypatch.setattr(
            BaseClient, "_make_api_call", lambda _, *given, held=held: held.call(*given)
        )
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
    """A fake of DynamoDB's BatchGetItem, which leaves keys of the first call unprocessed."""

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
    found = open_stores("pages", "eu-central-1").credits.get_many(names * 2)
    assert sorted(found) == sorted(names)
    assert held.asked == asked
