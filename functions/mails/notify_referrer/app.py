"""The queue of notices: store what is to be mailed to referrers."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.domain.envelope import Envelope
from goodword.http.metric import put_failures
from goodword.http.stream import each_queue_event
from goodword.http.wiring import House, open_house
from goodword.steps.mails.notify_referrer import notify_referrer


@cache
def wire() -> House:
    """Build clients once per process."""
    return open_house(os.environ)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Handle each event of the batch."""
    house = wire()  # what is missing as a whole fails the function, and not each message

    def notify(envelope: Envelope) -> str:
        return notify_referrer(envelope, stores=house.stores, now=house.now)

    answer = each_queue_event(event, notify)
    put_failures(answer, at=house.now(), environ=os.environ)
    return dict(answer)
