"""Tell people from machines, after the redirect, and count both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from goodword.domain.click import Click, Kind, judge
from goodword.ports import Stores


def judge_click(click: Click, *, is_crawler: Callable[[str], bool], stores: Stores) -> Kind | None:
    """Judge one click and count it; return None where a repeated stream record brought it again.

    is_crawler: says whether an agent is on the kept list.
    """
    codes = stores.visits.codes(f"codes#{click.source}", click.code, click.at + timedelta(days=2))
    kind = judge(click, known_agent=is_crawler(click.agent), codes_of_source=codes)
    return kind if stores.clicks.settle(click, kind) else None
