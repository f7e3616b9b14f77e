"""The stored response of a request of /v1, by its Idempotency-Key."""

from __future__ import annotations

from datetime import datetime, timedelta

from goodword.domain.record import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """The stored response of a write with an Idempotency-Key, for retries of the same request."""

    request: str
    body_hash: str
    answer: str
    created_at: datetime

    def expires_at(self) -> datetime:
        """Return the time after which a retry is a new request."""
        return self.created_at + timedelta(days=7)
