"""The answer to a request of /v1, kept under its Idempotency-Key."""

from __future__ import annotations

from datetime import datetime, timedelta

from goodword.domain.record import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """The answer to a write that carried an Idempotency-Key, kept for a repeat of the same call."""

    request: str
    body_hash: str
    answer: str
    created_at: datetime

    def expires_at(self) -> datetime:
        """Return until when a repeat is answered alike."""
        return self.created_at + timedelta(days=7)
