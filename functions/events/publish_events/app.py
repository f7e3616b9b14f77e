"""The timeline's stream: publish each new entry as an event to all subscribers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import Any

from goodword.domain.timeline import Entry
from goodword.http.metric import put_failures
from goodword.http.stream import whole_stream_batch
from goodword.http.wiring import Services, open_services
from goodword.queue.event_bus import EventBridgeBus
from goodword.steps.events.publish_events import publish_events
from goodword.store.timeline import entry_of


@cache
def wire() -> tuple[Services, EventBridgeBus]:
    """Build clients once per process."""
    services = open_services(os.environ)
    return services, services.event_bus()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Publish the batch; return entries that the bus rejected for a retry."""
    services, bus = wire()  # A missing setting fails the whole run, not each record.

    def publish(entries: Sequence[Entry]) -> frozenset[str]:
        return publish_events(entries, bus=bus)

    answer = whole_stream_batch(event, "entry", entry_of, publish)
    put_failures(answer, at=services.now(), environ=os.environ)
    return dict(answer)
