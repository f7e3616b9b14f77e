"""What the answer to an erasure says."""

from datetime import UTC, datetime, timedelta

from goodword.messages.erasure import (
    OF_A_PROSPECT,
    OF_A_REFERRER,
    erasure_of_prospect,
    erasure_of_referrer,
)
from goodword.store.tables import load_tables

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)


def test_the_answers_name_every_store_with_personal_data():
    named = {each.store for each in (*OF_A_PROSPECT, *OF_A_REFERRER)}
    assert named == {name for name, table in load_tables().items() if table.personal}
    assert all(each.emptied or each.stays for each in (*OF_A_PROSPECT, *OF_A_REFERRER))


def test_the_answers_say_until_when_other_places_hold():
    until = {each.place: each.until for each in erasure_of_prospect("rf_1", AT, 30).still_stored}
    days = {
        place: None if at is None else (at - AT) / timedelta(days=1) for place, at in until.items()
    }
    assert days == {
        "inbox": 90,
        "clicks": 180,
        "visits": 2,
        "failure queues": 14,
        "stream records": 1,
        "point-in-time recovery": 35,
        "logs": 30,
        "the CRM": None,
    }
    places = [each.place for each in erasure_of_referrer("ana", AT, 7).still_stored]
    assert {"Stripe", "the CRM", "logs", "point-in-time recovery"} <= set(places)
