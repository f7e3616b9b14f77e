"""The inbox's stream: apply what CRMs reported."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.edge.metric import put_failures
from goodword.edge.stream import each_stream_record
from goodword.edge.wiring import open_house
from goodword.steps.apply_event import Applying, apply_delivery


@cache
def wire() -> Applying:
    """Build clients once per process."""
    return open_house(os.environ).applying()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Apply each delivery of the batch."""
    house = wire()  # what is missing as a whole fails the function, and not each record
    answer = each_stream_record(event, "delivery", lambda name: apply_delivery(name, house=house))
    put_failures(answer, at=house.now(), environ=os.environ)
    return dict(answer)
