"""The clicks' stream: tell people from machines, and count both."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.edge.stream import each_stream_image
from goodword.edge.wiring import House, open_house
from goodword.steps.judge_clicks import judge_click
from goodword.store.clicks import click_of
from goodword.traffic.agents import Agents


@cache
def wire() -> tuple[House, Agents]:
    """Build clients and compile the list of agents once per process."""
    return open_house(os.environ), Agents()


def _judge(image: dict[str, Any]) -> object:
    house, agents = wire()
    return judge_click(click_of(image), is_crawler=agents.is_crawler, stores=house.stores)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Judge each click of the batch."""
    return dict(each_stream_image(event, "click", _judge))
