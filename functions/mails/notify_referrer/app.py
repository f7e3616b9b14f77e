"""The queue of notices: store the mails that referrers are due."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.domain.envelope import Envelope
from goodword.http.metric import put_failures
from goodword.http.stream import each_queue_event
from goodword.http.wiring import Services, open_services
from goodword.steps.mails.notify_referrer import notify_referrer


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Handle each event of the batch."""
    services = wire()  # A missing setting fails the whole run, not each message.

    def notify(envelope: Envelope) -> str:
        return notify_referrer(envelope, stores=services.stores, now=services.now)

    answer = each_queue_event(event, notify)
    put_failures(answer, at=services.now(), environ=os.environ)
    return dict(answer)
