"""Enqueue a credit or a mail."""

from __future__ import annotations

import logging
from typing import Any

from goodword.domain.errors import Unavailable

log = logging.getLogger(__name__)


class SqsQueue:
    """Sends work to a queue.

    A lost call only delays the work, since a sweep finds due work.
    """

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def __call__(self, message: str) -> None:
        """Send one message.

        A failure is logged and not raised, since the work itself is committed.
        """
        try:
            self._send(message)
        except Exception as error:  # not raised: the sweep finds the work
            log.warning(
                "%s was not enqueued (%s); the sweep will find it", message, type(error).__name__
            )

    def surely(self, message: str) -> None:
        """Send one message that no sweep would find.

        Raise Unavailable if the queue rejects it.
        """
        try:
            self._send(message)
        except Exception as error:
            raise Unavailable(
                f"The queue did not accept the message ({type(error).__name__})."
            ) from None

    def _send(self, message: str) -> None:
        self._client.send_message(QueueUrl=self._url, MessageBody=message)
