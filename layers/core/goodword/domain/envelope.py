"""The envelope: the part of an event that is published on the bus.

It holds ids, codes, amounts and times. Text from a person or a CRM stays on the timeline: an
argument of kind `text`, or an undeclared one, is not in it. docs/events.md describes the envelope
for subscribers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Final

from goodword.domain.reason import Argument, ArgumentKind, Vocabulary
from goodword.domain.record import dataclass
from goodword.domain.timeline import Entry

# PutEvents limits the entries of one request and their total bytes: its API reference.
MOST_AT_ONCE: Final = 10
MOST_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event as it is published. id: of the entry; sorts by time. at: UTC. data: JSON values."""

    id: str
    kind: str
    subject: str
    program: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


def envelope_of(entry: Entry, events: Vocabulary) -> Envelope:
    """Return the published part of an entry.

    events: every kind, with the kinds of its arguments.
    """
    event = entry.event
    data = published(event.data, events[event.kind])
    return Envelope(entry.entry, event.kind, entry.subject, entry.program, entry.at, data)


def published(data: Mapping[str, Argument], kinds: Mapping[str, ArgumentKind]) -> dict[str, Any]:
    """Return the publishable arguments as JSON; the others are left out.

    kinds: of each argument by its name. An amount is {"minor": 5000, "currency": "USD"}. Of a
    reason only its code is published, since its arguments may be texts.
    """
    may = {name: kind for name, kind in kinds.items() if kind != "text" and name in data}
    return {name: _plain(data[name], kind) for name, kind in may.items()}


def _plain(value: Any, kind: ArgumentKind) -> Any:
    if kind == "amount":
        return {"minor": value.minor, "currency": value.currency}
    if kind in ("day", "time"):
        return value.isoformat()
    if kind == "reason":
        return value.code
    if kind == "reasons":
        return [each.code for each in value]
    return list(value) if isinstance(value, tuple) else value


def detail_of(envelope: Envelope) -> dict[str, Any]:
    """Return an envelope as the `detail` of an event on the bus."""
    return {
        "id": envelope.id,
        "kind": envelope.kind,
        "subject": envelope.subject,
        "program": envelope.program,
        "time": envelope.at.isoformat(),
        "data": dict(envelope.data),
    }


def read_detail(detail: Mapping[str, Any]) -> Envelope:
    """Return the envelope of a `detail`; raise KeyError or ValueError if it is not one."""
    at = datetime.fromisoformat(detail["time"])
    return Envelope(
        detail["id"], detail["kind"], detail["subject"], detail["program"], at, dict(detail["data"])
    )


def requests_of(sizes: Iterable[int]) -> Iterator[slice]:
    """Yield which entries go into one request each, in order; sizes: of the entries, in bytes.

    An entry that is too large for any request is sent alone, and the bus rejects it.
    """
    start, count, total = 0, 0, 0
    for size in sizes:
        if count and (count == MOST_AT_ONCE or total + size > MOST_BYTES):
            yield slice(start, start + count)
            start, count, total = start + count, 0, 0
        count += 1
        total += size
    if count:
        yield slice(start, start + count)
