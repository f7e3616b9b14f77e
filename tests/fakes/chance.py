"""Time and chance without either: a clock that stands still, and ids that count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from goodword.domain.links.visit import CODE_ALPHABET, CODE_LENGTH
from goodword.ids import SECRET_LENGTH

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


class FakeClock:
    """Tell the time that it was set to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        """Move on by days=…, hours=… and the like, and return the new time."""
        self.now += timedelta(**by)
        return self.now


class FakeNewId:
    """Count instead of drawing lots; what comes later sorts later."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, prefix: str) -> str:
        return f"{prefix}_{self._next(22)}"

    def code(self) -> str:
        return self._next(CODE_LENGTH)

    def secret(self) -> str:
        return self._next(SECRET_LENGTH)

    def _next(self, length: int) -> str:
        self.made += 1
        rest, text = self.made, ""
        while rest:
            rest, digit = divmod(rest, len(CODE_ALPHABET))
            text = CODE_ALPHABET[digit] + text
        return text.rjust(length, CODE_ALPHABET[0])
