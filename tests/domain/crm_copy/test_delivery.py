"""How long deliveries and waiting events are kept, and what a delivery could not read."""

from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.crm_copy.delivery import (
    REFUND_ASKED,
    Delivery,
    Unmatched,
    is_unread,
)
from goodword.domain.crm_copy.fact import CrmEvent, ObjectRef
from goodword.domain.reason import Reason

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)


def test_a_delivery_is_kept_for_three_months():
    assert Delivery("d1", "crm", "[]", AT).expires_at() == AT + timedelta(days=90)


def test_an_event_waits_for_a_year():
    change = CrmEvent(ObjectRef("crm", "deal", "1"), "p", "v", AT)
    assert Unmatched("hint", "d1#0", "crm", change, AT).expires_at() == AT + timedelta(days=365)


@pytest.mark.parametrize(
    ("outcome", "unread"),
    [
        (None, False),
        (REFUND_ASKED, False),
        (Reason("connection_missing"), False),
        (Reason("events_applied", {"events": 1, "facts": 1, "matched": 1}), False),
        (Reason("events_applied", {"events": 1, "unreadable": 1, "path": "objectId"}), True),
        (Reason("body_unreadable", {"path": "body"}), True),
    ],
)
def test_what_could_not_be_read_is_known_by_its_outcome(outcome, unread):
    assert is_unread(outcome) is unread
