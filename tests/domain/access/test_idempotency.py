"""How long an answer is kept."""

from datetime import UTC, datetime, timedelta

from goodword.domain.access.idempotency import Request

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)


def test_an_answer_is_repeated_for_a_week():
    assert Request("r", "hash", "answer", AT).expires_at() == AT + timedelta(days=7)
