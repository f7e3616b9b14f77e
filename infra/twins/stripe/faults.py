"""Faults for the next N requests of one kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from infra.twins.stripe.keys import in_use
from infra.twins.stripe.wire import Refusal, Request

Kind = Literal[
    "timeout_before_effect",  # no reply, no effect, nothing stored
    "rate_limit",  # 429, before the idempotency layer: docs.stripe.com/error-low-level
    "conflict",  # 409, nothing stored
    "unavailable",  # 503 from a proxy in front of Stripe, not JSON, nothing stored
    "in_flight",  # no reply; runs until it is settled, and the same key gets a 409 until then
    "error_no_effect",  # 500 without effect, stored
    "error_effect",  # 500 with an immediate effect, stored
    "error_late_effect",  # 500 that Stripe rolls forward later, stored
    "timeout_after_effect",  # success, but no reply until the caller's time-out
    "lost_reply",  # success, but the connection breaks
    "garbled_reply",  # success, but the body is truncated
]
On = Literal["send", "read"]

KINDS: tuple[Kind, ...] = get_args(Kind)
_BEFORE_KEYS = frozenset({"timeout_before_effect", "rate_limit", "conflict", "unavailable"})
_WHILE_RUNNING = frozenset({"in_flight", "error_no_effect", "error_effect", "error_late_effect"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, used once; late_seconds: the delay of its late effect."""

    kind: Kind
    on: On = "send"
    late_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Late:
    """An effect that is still pending."""

    due: int
    run: Callable[[int], None]


class Faults:
    """The faults that wait for their request, and the pending effects."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self.late: list[Late] = []

    def before_keys(self, request: Request) -> Fault | None:
        """Take the next fault that applies before the idempotency layer."""
        return self._take(request, _BEFORE_KEYS)

    def while_running(self, request: Request) -> Fault | None:
        """Take the next fault of an endpoint; a replay runs none, so it leaves it waiting."""
        return self._take(request, _WHILE_RUNNING)

    def after_effect(self, request: Request) -> Fault | None:
        """Take the next fault of the reply, also of a replayed one."""
        return self._take(request, frozenset(KINDS) - _BEFORE_KEYS - _WHILE_RUNNING)

    def settle(self, now: int, *, only_due: bool) -> int:
        """Run late effects, all or those that are due, and return how many there were."""
        ripe = [each for each in self.late if not only_due or each.due <= now]
        self.late = [each for each in self.late if each not in ripe]
        for each in ripe:
            each.run(now)
        return len(ripe)

    def _take(self, request: Request, kinds: frozenset[str]) -> Fault | None:
        """Take the first waiting fault for such a request, if its kind is one of these."""
        on = _what(request)
        for place, fault in enumerate(self.waiting):
            if fault.on == on:
                return self.waiting.pop(place) if fault.kind in kinds else None
        return None


def refuse(fault: Fault) -> None:
    """Raise the fault's error, if it has one."""
    if fault.kind == "rate_limit":
        raise Refusal(
            429,
            "Too many requests hit the API too quickly.",
            kind="invalid_request_error",
            code="rate_limit",
        )
    if fault.kind == "conflict":
        raise in_use()
    if fault.kind.startswith("error"):
        raise Refusal(500, "An unknown error occurred.", kind="api_error")


def _what(request: Request) -> On | None:
    if request.method == "GET":
        return "read"
    if request.method == "POST" and request.path.endswith("/balance_transactions"):
        return "send"
    return None
