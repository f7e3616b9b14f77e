"""Deliveries: webhook requests as they came in, and events that fit no referral yet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal

from goodword.domain.crm_copy.fact import CrmEvent
from goodword.domain.crm_copy.hint import object_hint
from goodword.domain.reason import Reason, Vocabulary
from goodword.domain.record import dataclass

INBOX_KEPT: Final = timedelta(days=90)
UNMATCHED_KEPT: Final = timedelta(days=365)
BODY_LIMIT: Final = 256 * 1024
# The outcome of a request. matched: referrals that its events concern. unreadable: events that
# could not be read. path: the place of the first unreadable part in the body.
DELIVERY_OUTCOMES: Final[Vocabulary] = {
    "events_applied": {
        "events": "count",
        "facts": "count",
        "matched": "count",
        "unreadable": "count",
        "path": "id",
    },
    "body_unreadable": {"path": "id"},
    "connection_missing": {},
    "refund_asked": {},
}
REFUND_ASKED: Final = Reason("refund_asked")  # of an event that does not show all


def is_unread(outcome: Reason | None) -> bool:
    """Return whether something of a delivery could not be read."""
    return outcome is not None and "path" in outcome.args


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook request, stored before it is answered. body: the raw text as it was signed."""

    delivery: str
    connection: str
    body: str
    received_at: datetime
    status: Literal["received", "applied"] = "received"
    outcome: Reason | None = None

    def expires_at(self) -> datetime:
        """Return when the stored request goes for good."""
        return self.received_at + INBOX_KEPT


@dataclass(frozen=True, slots=True)
class Unmatched:
    """An event that fits no referral yet, kept under each hint by which one may later be found.

    hint: a keyed hash of an e-mail, an object's name, or a referral's id. event: the delivery and
    the change within it. change: the event itself, without its addresses. hints: all under which it
    waits.
    """

    hint: str
    event: str
    connection: str
    change: CrmEvent
    kept_at: datetime
    hints: tuple[str, ...] = ()

    def expires_at(self) -> datetime:
        """Return when it is given up."""
        return self.kept_at + UNMATCHED_KEPT

    def listed(self) -> bool:
        """Say whether this of its rows stands for the event in a list of all that wait.

        It is the one under the object's name: every event has it, and it goes once the object is
        known.
        """
        return self.hint == object_hint(self.change.object)
