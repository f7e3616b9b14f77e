"""What leaves the timeline: ids, codes, amounts and times; never what a person wrote."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.envelope import (
    MOST_AT_ONCE,
    MOST_BYTES,
    detail_of,
    envelope_of,
    published,
    read_detail,
    requests_of,
)
from goodword.domain.event import Event
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from goodword.domain.timeline import entry_for, referral_subject

AT = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)


KINDS = {
    "credit_posted": {"credit": "id", "milestone": "milestone", "before": "status", "typed": "text"}
}


def entry(actor="goodword", **data):
    event = Event("credit_posted", data)
    return entry_for(referral_subject("rf_1"), "peers", AT, "en_1", event, actor)


def enveloped(**data):
    return envelope_of(entry(**data), KINDS)


def test_an_envelope_has_id_kind_subject_program_time_and_data():
    envelope = enveloped(actor="staff 5a", credit="cr_1", milestone="demo")
    assert detail_of(envelope) == {
        "id": "2027-03-01T09:30:00.000000Z#5#en_1",
        "kind": "credit_posted",
        "subject": "referral#rf_1",
        "program": "peers",
        "time": "2027-03-01T09:30:00+00:00",
        "data": {"credit": "cr_1", "milestone": "demo"},
    }


def test_an_argument_that_is_not_declared_stays():
    assert enveloped(credit="cr_1", note="Call Robin").data == {"credit": "cr_1"}


def test_what_a_person_typed_stays():
    assert enveloped(credit="cr_1", typed="Call Robin").data == {"credit": "cr_1"}


def test_a_text_never_leaves():
    kinds = {"reason": "text", "texts": "text", "credit": "id"}
    data = {"reason": "Robin asked", "texts": ("Robin",), "credit": "cr_1"}
    assert published(data, kinds) == {"credit": "cr_1"}


@pytest.mark.parametrize(
    ("kind", "value", "plain"),
    [
        ("amount", Money(5000, "USD"), {"minor": 5000, "currency": "USD"}),
        ("currency", "USD", "USD"),
        ("day", date(2027, 3, 1), "2027-03-01"),
        ("time", AT, "2027-03-01T09:30:00+00:00"),
        ("count", 3, 3),
        ("stage", "won", "won"),
        ("milestone", ("demo", "deal"), ["demo", "deal"]),
        ("reason", Reason("flagged", {"by": "Robin"}), "flagged"),
        ("reasons", (Reason("flagged"), Reason("late", {"by": "Robin"})), ["flagged", "late"]),
    ],
)
def test_an_argument_is_published_as_json(kind, value, plain):
    sent = published({"it": value}, {"it": kind})
    assert sent == {"it": plain}
    assert json.loads(json.dumps(sent)) == sent


def test_a_detail_reads_back_as_its_envelope():
    envelope = enveloped(credit="cr_1", before="sending")
    assert read_detail(json.loads(json.dumps(detail_of(envelope)))) == envelope


@pytest.mark.parametrize(("name", "error"), [("id", KeyError), ("data", KeyError)])
def test_a_detail_with_a_field_missing_is_refused(name, error):
    detail = detail_of(enveloped())
    del detail[name]
    with pytest.raises(error):
        read_detail(detail)


def test_a_detail_with_a_broken_time_is_refused():
    with pytest.raises(ValueError, match="yesterday"):
        read_detail(detail_of(enveloped()) | {"time": "yesterday"})


@given(st.lists(st.integers(1, 2 * MOST_BYTES), max_size=40))
def test_requests_hold_everything_in_order_within_the_limits(sizes):
    parts = [sizes[part] for part in requests_of(sizes)]
    assert [size for part in parts for size in part] == sizes
    assert all(1 <= len(part) <= MOST_AT_ONCE for part in parts)
    assert all(len(part) == 1 or sum(part) <= MOST_BYTES for part in parts)


def test_small_events_go_ten_at_a_time():
    assert [part.stop - part.start for part in requests_of([500] * 23)] == [10, 10, 3]
