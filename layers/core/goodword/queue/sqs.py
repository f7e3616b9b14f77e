"""Enqueue a credit or a mail."""

from __future__ import annotations

import logging
from typing import Any

from goodword.domain.errors import Unavailable

log = logging.getLogger(__name__)


class SqsQueue:
    """Send what is to be done to the queue. A lost call costs only time.

    The sweep finds what is due.
    """

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def __call__(self, message: str) -> None:
        """Send one message.

        A failure is logged and not raised, since what it is about is committed.
        """
        try:
            self._send(message)
        except Exception as error:  # see above: the sweep is the guarantee
            log.warning(
                "%s was not queued (%s); the sweep will find it", message, type(error).__name__
            )

    def surely(self, message: str) -> None:
        """Send one message that nothing else would find.

        Raise Unavailable if the queue takes none.
        """
        try:
            self._send(message)
        except Exception as error:
            raise Unavailable(f"The queue took no message ({type(error).__name__}).") from None

    def _send(self, message: str) -> None:
        self._client.send_message(QueueUrl=self._url, MessageBody=message)
