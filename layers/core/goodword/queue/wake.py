"""Wake the worker for a credit."""

from __future__ import annotations

import logging
from typing import Any

log = logging.getLogger(__name__)


class WakeByQueue:
    """Send the credit's id to the queue. A lost call costs only time: the sweep finds the credit."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def __call__(self, credit: str) -> None:
        """Send one id; a failure is logged and not raised, since what earned the credit is committed."""
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=credit)
        except Exception as error:  # see above: the sweep is the guarantee
            log.warning("credit %s was not queued (%s); the sweep will find it", credit, type(error).__name__)
