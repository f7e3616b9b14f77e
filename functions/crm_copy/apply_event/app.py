"""The inbox's stream: apply what CRMs reported."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.domain.crm_copy.delivery import is_unread
from goodword.domain.reason import Reason
from goodword.http.metric import put_failures, put_metric
from goodword.http.stream import each_stream_record
from goodword.http.wiring import open_house
from goodword.steps.crm_copy.apply_event import Applying, apply_delivery


@cache
def wire() -> Applying:
    """Build clients once per process."""
    return open_house(os.environ).applying()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Apply each delivery of the batch, and count those of which something could not be read."""
    house = wire()  # what is missing as a whole fails the function, and not each record
    came: list[Reason | None] = []

    def apply(name: str) -> Reason | None:
        came.append(apply_delivery(name, house=house))
        return came[-1]

    answer = each_stream_record(event, "delivery", apply)
    put_failures(answer, at=house.now(), environ=os.environ)
    unread = sum(is_unread(outcome) for outcome in came)
    if unread:
        put_metric("DeliveriesUnread", unread, at=house.now(), environ=os.environ)
    return dict(answer)
