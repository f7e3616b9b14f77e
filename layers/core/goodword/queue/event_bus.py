"""Publish events on the stack's own EventBridge bus.

Source: the API reference of EventBridge, PutEvents: an answer lists each rejected entry.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any, Final

from goodword.domain.envelope import Envelope, detail_of, requests_of

log = logging.getLogger(__name__)
SOURCE: Final = "goodword"
# The bytes that the time of an entry counts for; EventBridge writes it in whole seconds.
_TIME_BYTES: Final = 14


class EventBridgeBus:
    """The bus of this name, through a client with time-outs and a few retries."""

    def __init__(self, client: Any, bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, envelopes: Sequence[Envelope]) -> frozenset[str]:
        """Publish events, each at least once; return the ids of rejected events.

        A request without an answer counts as rejected: its events may be on the bus twice.
        """
        entries = [self._entry(each) for each in envelopes]
        refused: set[str] = set()
        for part in requests_of(_size(each) for each in entries):
            refused |= self._put(envelopes[part], entries[part])
        return frozenset(refused)

    def _put(self, envelopes: Sequence[Envelope], entries: list[dict[str, Any]]) -> set[str]:
        try:
            answer = self._client.put_events(Entries=entries)
        # the stream retries them, and sends them to its failure queue in the end
        except Exception as error:
            log.warning("%d events were not published (%s)", len(entries), type(error).__name__)
            return {each.id for each in envelopes}
        outcomes = answer["Entries"]
        codes = {
            each.id: outcome["ErrorCode"]
            for each, outcome in zip(envelopes, outcomes, strict=True)
            if "ErrorCode" in outcome
        }
        for name, code in codes.items():
            log.warning("event %s was refused (%s)", name, code)
        return set(codes)

    def _entry(self, envelope: Envelope) -> dict[str, Any]:
        return {
            "Source": SOURCE,
            "DetailType": envelope.kind,
            "Detail": json.dumps(detail_of(envelope), separators=(",", ":")),
            "EventBusName": self._bus,
            "Time": envelope.at,
        }


def _size(entry: dict[str, Any]) -> int:
    """Return the size of an entry in bytes."""
    texts = (entry["Source"], entry["DetailType"], entry["Detail"])
    return _TIME_BYTES + sum(len(text.encode()) for text in texts)
