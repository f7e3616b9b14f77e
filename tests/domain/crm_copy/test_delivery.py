"""How long deliveries, waiting events and answers are kept."""

from datetime import UTC, datetime, timedelta

from goodword.domain.crm_copy.delivery import Delivery, Request, Unmatched
from goodword.domain.crm_copy.fact import CrmEvent, ObjectRef

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)


def test_a_delivery_is_kept_for_three_months():
    assert Delivery("d1", "crm", "[]", AT).expires_at() == AT + timedelta(days=90)


def test_an_event_waits_for_a_year():
    change = CrmEvent(ObjectRef("crm", "deal", "1"), "p", "v", AT)
    assert Unmatched("hint", "d1#0", "crm", change, AT).expires_at() == AT + timedelta(days=365)


def test_an_answer_is_repeated_for_a_week():
    assert Request("r", "hash", "answer", AT).expires_at() == AT + timedelta(days=7)
