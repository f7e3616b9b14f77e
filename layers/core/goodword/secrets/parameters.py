"""Read secure parameters, and keep them for five minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from goodword.domain.errors import NotReady
from goodword.domain.fact import SecretPair
from goodword.ports import Clock

KEPT = timedelta(minutes=5)


class Parameters:
    """Parameters under one prefix, such as /goodword/my-stack.

    client: a boto3 SSM client with explicit time-outs.
    """

    def __init__(self, client: Any, prefix: str, now: Clock) -> None:
        self._client = client
        self._prefix = prefix.rstrip("/")
        self._now = now
        self._kept: dict[str, tuple[datetime, dict[str, str]]] = {}

    def get(self, name: str) -> str:
        """Return one parameter; raise NotReady without it."""
        found = self._read(name)
        if name not in found:
            raise NotReady(f"the parameter {name} is missing; `goodword init` writes it")
        return found[name]

    def pair(self, name: str) -> SecretPair:
        """Return the secret's current and, during a rotation, previous value; raise NotReady without any."""
        current, previous = f"{name}/current", f"{name}/previous"
        found = self._read(current, previous)
        if current not in found:
            raise NotReady(f"the parameter {current} is missing; `goodword secrets set` writes it")
        return SecretPair(found[current], found.get(previous))

    def _read(self, *names: str) -> dict[str, str]:
        key = " ".join(names)
        held = self._kept.get(key)
        if held is not None and held[0] > self._now():
            return held[1]
        answer = self._client.get_parameters(
            Names=[f"{self._prefix}/{name}" for name in names], WithDecryption=True
        )
        found = {
            each["Name"].removeprefix(f"{self._prefix}/"): each["Value"] for each in answer["Parameters"]
        }
        if found:  # what is missing is asked for again at once: somebody may just be writing it
            self._kept[key] = (self._now() + KEPT, found)
        return found
