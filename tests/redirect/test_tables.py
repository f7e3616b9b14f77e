"""What the redirect reads and writes is what the stores write and read; and it is small."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from goodword.bots.networks import _PUBLISHED, hints_of
from goodword.domain.links.click import Click
from goodword.domain.links.link import MOST_LINKS, Link
from goodword.domain.links.visit import CODE, KnownLink, Visit
from goodword.domain.referrers.referrer import OWN_ID
from goodword.ids import NewIds, new_click
from goodword.redirect.dynamodb import DynamoError
from goodword.redirect.tables import RedirectTables, item_of, link_of
from goodword.store.clicks import click_of
from goodword.store.counts import mark_name, write_mark
from goodword.store.tables import row_for
from infra.cost import load_prices
from tests.item_size import item_size

AT = datetime(2027, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC)
LINK = Link(
    "spring", "dana", "cus_1", "peers", "https://www.example.com/", "mail", "k" * 40, "a" * 40, AT
)
CLICK = Click("c" * 22, "spring", "peers", AT, "5f" * 9, "Browser", "a cloud", ("prefetch",))


@pytest.mark.parametrize("link", [LINK, replace(LINK, paused=True)], ids=["usual", "full"])
def test_a_link_is_read_as_it_was_stored(link: Link) -> None:
    known = link_of(row_for(link).serialize())
    for name in KnownLink.__slots__:
        assert getattr(known, name) == getattr(link, name), name


def test_a_link_of_an_older_kind_takes_its_defaults() -> None:
    item = row_for(LINK).serialize()
    del item["record"]["M"]["paused"]
    assert link_of(item).paused is False


@pytest.mark.parametrize("click", [CLICK, replace(CLICK, agent="", hints=())], ids=["full", "bare"])
def test_a_click_is_read_as_it_was_stored(click: Click) -> None:
    item = item_of(**{name: getattr(click, name) for name in Click.__slots__})
    assert click_of(item) == click
    assert item["click"] == {"S": click.click}
    assert int(item["expires_at"]["N"]) == int(click.expires_at().timestamp())


def test_a_stored_click_from_before_mailed_links_is_read() -> None:
    item = item_of(**{name: getattr(CLICK, name) for name in Click.__slots__})
    item["record"]["M"]["mailed_at"] = {"NULL": True}
    assert click_of(item) == CLICK


def test_a_click_with_maximal_fields_takes_one_write_unit(
    record_property: Callable[[str, object], None],
) -> None:
    code, program = "x" * 40, "p" * 64
    assert CODE.fullmatch(code)
    assert not CODE.fullmatch(code + "x")
    assert OWN_ID.fullmatch(program)
    assert not OWN_ID.fullmatch(program + "p")
    longest = item_of(
        click=new_click(),
        code=code,
        program=program,
        at=AT,
        source="f" * 18,
        agent=Visit(code, "", "é" * 5000).cut_agent(),
        network=max((name for _, name in _PUBLISHED), key=len),
        hints=hints_of({"sec-purpose": "prefetch"}),
    )
    record_property("bytes of the longest click", item_size(longest))
    units = math.ceil(item_size(longest) / 1024)
    record_property("write units of the longest click", units)
    assert units == load_prices()["counted"]["click_write_units"] == 1


def test_a_usual_click_is_as_large_as_its_price_says() -> None:
    """With the hundred bytes that DynamoDB adds to each item for keeping it."""
    usual = item_of(
        click=new_click(),
        code=NewIds().code(),
        program="peers",
        at=AT,
        source="5f" * 9,
        agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
        network="",
        hints=(),
    )
    assert item_size(usual) + 100 == load_prices()["counted"]["click_bytes_kept"]


def test_a_link_of_the_longest_takes_one_read_unit() -> None:
    longest = replace(
        LINK,
        code="x" * 40,
        referrer="c" * 64,
        account="a" * 64,
        program="p" * 64,
        target="t" * 500,
        mailed_at=AT,
    )
    assert item_size(row_for(longest).serialize()) <= 4096
    assert item_size(row_for(longest).serialize()) * MOST_LINKS < 2**20, (
        "a query reads a megabyte at once"
    )


def test_a_days_clicks_of_a_link_take_one_write_unit() -> None:
    """Four shards that each live four hours, as a table on demand begins: twenty-four in a day."""
    item: dict[str, Any] = {"subject": {"S": f"link#{'x' * 40}"}, "bucket": {"S": "2027-03-01"}}
    item |= {kind: {"N": str(10**9 - 1)} for kind in ("person", "machine", "uncertain")}
    item |= {mark_name(f"shardId-{number}"): {"S": write_mark(10**40 - 1)} for number in range(24)}
    assert len(item) == 29
    assert item_size(item) <= 1024


class Calls:
    """A fake of DynamoDB: records its requests, and fails as configured."""

    def __init__(self, code: str = "") -> None:
        self.asked: list[tuple[str, dict[str, Any], bool]] = []
        self.code = code

    def __call__(
        self, operation: str, request: dict[str, Any], *, until: float, again: bool
    ) -> dict[str, Any]:
        self.asked.append((operation, request, again))
        if self.code:
            raise DynamoError(self.code)
        return {}


def test_a_click_is_put_once_under_its_id_on_retry() -> None:
    calls = Calls()
    RedirectTables(calls, "stack").put(1.0, **asdict(CLICK))
    ((operation, asked, again),) = calls.asked
    assert (operation, asked["TableName"], again) == ("PutItem", "stack-clicks", True)
    assert asked["ConditionExpression"] == "attribute_not_exists(click)"
    assert click_of(asked["Item"]) == CLICK


def test_a_click_that_is_there_already_was_stored() -> None:
    calls = Calls("ConditionalCheckFailedException")
    RedirectTables(calls, "stack").put(1.0, **asdict(CLICK))
    assert len(calls.asked) == 1, "it is not put again"


def test_any_other_failure_of_a_put_is_reported() -> None:
    with pytest.raises(DynamoError, match="AccessDeniedException"):
        RedirectTables(Calls("AccessDeniedException"), "stack").put(1.0, **asdict(CLICK))


def test_a_link_that_is_not_there_is_none() -> None:
    calls = Calls()
    assert RedirectTables(calls, "stack").link("spring", 1.0) is None
    ((operation, asked, _),) = calls.asked
    assert (operation, asked["TableName"], asked["ConsistentRead"]) == (
        "GetItem",
        "stack-links",
        True,
    )
