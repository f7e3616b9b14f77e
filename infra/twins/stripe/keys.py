"""Idempotency keys: docs.stripe.com/api/idempotent_requests and docs.stripe.com/error-low-level."""

from __future__ import annotations

from dataclasses import dataclass

from infra.twins.stripe.wire import Json, Refusal

KEPT_SECONDS = 24 * 3600
_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Stored:
    """The first outcome under a key; body None while the first request is still running."""

    created: int
    endpoint: str
    parameters: Json
    request_id: str
    status: int = 0
    body: Json | None = None


class Keys:
    """The outcome of each idempotency key, for a day."""

    def __init__(self) -> None:
        self._stored: dict[str, Stored] = {}

    def __len__(self) -> int:
        return len(self._stored)

    def prune(self, now: int) -> None:
        """Delete keys that are at least 24 hours old; the same key then makes a new request."""
        self._stored = {
            key: each for key, each in self._stored.items() if now - each.created < KEPT_SECONDS
        }

    def find(self, key: str, endpoint: str, parameters: Json) -> Stored | None:
        """Return the stored outcome to replay, or None for a new key.

        Raises Refusal for a key that is too long, that was used for another request, or whose first
        request is still running. None of these is stored.
        """
        if len(key) > _LONGEST_KEY:
            raise Refusal(400, f"Idempotency keys have at most {_LONGEST_KEY} characters.")
        stored = self._stored.get(key)
        if stored is None:
            return None
        if stored.endpoint != endpoint:
            raise Refusal(
                400,
                "Keys for idempotent requests can only be used for the endpoint "
                "they were first used for"
                f" ('{stored.endpoint}').",
                kind="idempotency_error",
            )
        if stored.parameters != parameters:
            raise Refusal(
                400,
                "Keys for idempotent requests can only be used with the parameters "
                "they were first used"
                f" with. Use a key other than '{key}' for another request.",
                kind="idempotency_error",
            )
        if stored.body is None:
            raise in_use()
        return stored

    def store(self, key: str, stored: Stored) -> None:
        """Store an outcome, a 500 included."""
        self._stored[key] = stored

    def as_json(self) -> Json:
        """Return the stored outcomes by key, for the state dump."""
        return {
            key: {"created": each.created, "endpoint": each.endpoint, "status": each.status}
            for key, each in self._stored.items()
        }


def in_use() -> Refusal:
    """Return the conflict with a running request under the same key."""
    return Refusal(
        409,
        "There is another request in progress under this idempotency key.",
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )
