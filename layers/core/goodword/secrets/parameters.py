"""Read secure parameters, and cache them for five minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from goodword.domain.errors import NotReady
from goodword.ports.services import Clock, SecretPair

KEPT = timedelta(minutes=5)
# a missing parameter may be written soon, so it is cached more briefly
MISSING_KEPT = timedelta(seconds=30)


class Parameters:
    """Parameters under one prefix, such as /goodword/my-stack.

    client: a boto3 SSM client with explicit time-outs.
    """

    def __init__(self, client: Any, prefix: str, now: Clock) -> None:
        self._client = client
        self._prefix = prefix.rstrip("/")
        self._now = now
        self._kept: dict[str, tuple[datetime, str | None]] = {}

    def get(self, name: str) -> str:
        """Return one parameter; raise NotReady if it is missing."""
        found = self._read(name)
        if found is None:
            raise NotReady(f"the parameter {name} is missing; `goodword init` writes it")
        return found

    def pair(self, name: str) -> SecretPair:
        """Return the secret's current and, during a rotation, previous value.

        Raise NotReady without any.
        """
        current = self._read(f"{name}/current")
        if current is None:
            raise NotReady(
                f"the parameter {name}/current is missing; `goodword secrets set` writes it"
            )
        return SecretPair(current, self._read(f"{name}/previous"))

    def forget(self) -> None:
        """Clear the cache."""
        self._kept.clear()

    def _read(self, name: str) -> str | None:
        """Read one parameter by name, so that a role can be limited to the names it needs."""
        stored = self._kept.get(name)
        if stored is not None and stored[0] > self._now():
            return stored[1]
        try:
            answer = self._client.get_parameter(Name=f"{self._prefix}/{name}", WithDecryption=True)
            value = str(answer["Parameter"]["Value"])
        except self._client.exceptions.ParameterNotFound:
            value = None
        self._kept[name] = (self._now() + (KEPT if value is not None else MISSING_KEPT), value)
        return value
