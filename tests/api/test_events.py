"""What happens is published on the bus, and a rule brings it to its queue."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest

from goodword.queue.event_bus import EventBridgeBus
from tests.api.cloud import PROSPECT, Cloud


def events(cloud: Cloud) -> list[dict[str, Any]]:
    return [json.loads(each["body"]) for each in cloud.take_notices()]


def test_an_entry_reaches_a_queue_as_an_event(furnished: Cloud) -> None:
    referral = furnished.enter().json["referral"]
    furnished.take_notices()
    assert furnished.publish() == {"batchItemFailures": []}
    (event,) = events(furnished)
    (item,) = furnished.items("timeline")
    assert (event["source"], event["detail-type"]) == ("goodword", "made")
    assert event["detail"]["id"] == item["entry"]["S"]
    assert event["detail"]["subject"] == f"referral#{referral}"
    assert not [each for each in PROSPECT.values() if each in json.dumps(event)]


def test_a_rule_passes_by_other_kinds(furnished: Cloud) -> None:
    furnished.owe(furnished.enter().json["referral"], status="sending")
    furnished.take_notices()
    furnished.publish()
    assert [each["detail-type"] for each in events(furnished)] == ["made"]


def test_what_the_bus_refuses_comes_again(
    furnished: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnished.owe(furnished.enter().json["referral"])
    names = [item["entry"]["S"] for item in furnished.items("timeline")]
    monkeypatch.setattr(EventBridgeBus, "publish", lambda *_: frozenset(names[1:]))
    assert furnished.publish() == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_without_the_bus_every_entry_comes_again(furnished: Cloud) -> None:
    furnished.enter()
    app = import_module("functions.events.publish_events.app")
    app.wire()[1]._client = None
    try:
        failed = furnished.publish()
    finally:
        app.wire.cache_clear()
    assert failed == {"batchItemFailures": [{"itemIdentifier": "0"}]}


def test_an_entry_that_cannot_be_read_holds_up_no_other(furnished: Cloud) -> None:
    furnished.enter()
    (item,) = furnished.items("timeline")
    broken = {"subject": {"S": "referral#rf_x"}, "entry": {"S": "broken"}}
    records = [
        {"dynamodb": {"Keys": {"entry": each["entry"]}, "NewImage": each, "SequenceNumber": str(n)}}
        for n, each in enumerate((broken, item))
    ]
    furnished.take_notices()
    handler = import_module("functions.events.publish_events.app").handler
    assert handler({"Records": records}, None)["batchItemFailures"] == [{"itemIdentifier": "0"}]
    assert len(events(furnished)) == 1


@pytest.mark.parametrize("body", ["not JSON", "{}", '{"detail": {"id": "e"}}'])
def test_a_message_that_is_no_event_comes_again(furnished: Cloud, body: str) -> None:
    handler = import_module("functions.mails.notify_referrer.app").handler
    answer = handler({"Records": [{"messageId": "1", "body": body}]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert furnished.items("mails") == []
