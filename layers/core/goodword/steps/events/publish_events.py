"""Publish the timeline's new entries on the bus, for all subscribers."""

from __future__ import annotations

from collections.abc import Iterable

from goodword.domain.envelope import envelope_of
from goodword.domain.timeline import Entry
from goodword.messages.vocabulary import EVENTS
from goodword.ports.services import EventBus


def publish_events(entries: Iterable[Entry], *, bus: EventBus) -> frozenset[str]:
    """Publish entries, each at least once; return the names of those to retry."""
    return bus.publish([envelope_of(entry, EVENTS) for entry in entries])
