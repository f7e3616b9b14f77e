"""The inbox's stream: apply what CRMs reported."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.domain.crm_copy.delivery import is_unread
from goodword.domain.reason import Reason
from goodword.http.metric import put_failures, put_metric
from goodword.http.stream import each_stream_record
from goodword.http.wiring import open_services
from goodword.steps.crm_copy.apply_event import ApplyEventDeps, apply_delivery


@cache
def wire() -> ApplyEventDeps:
    """Build clients once per process."""
    return open_services(os.environ).applying()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Apply each delivery of the batch, and count deliveries that were unreadable in part."""
    services = wire()  # A missing setting fails the whole run, not each record.
    came: list[Reason | None] = []

    def apply(name: str) -> Reason | None:
        came.append(apply_delivery(name, deps=services))
        return came[-1]

    answer = each_stream_record(event, "delivery", apply)
    put_failures(answer, at=services.now(), environ=os.environ)
    unread = sum(is_unread(outcome) for outcome in came)
    if unread:
        put_metric("DeliveriesUnread", unread, at=services.now(), environ=os.environ)
    return dict(answer)
