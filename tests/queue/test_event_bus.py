"""Events go to the bus in requests of ten, and what it refuses is named."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.envelope import Envelope, read_detail
from goodword.queue.event_bus import EventBridgeBus

AT = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)


class Client:
    """A client of EventBridge. refuses: ids it does not take; fails: requests without an answer."""

    def __init__(self):
        self.requests = []
        self.refuses = set()
        self.fails = set()

    def put_events(self, Entries):  # noqa: N803  # as EventBridge names it
        self.requests.append(Entries)
        if len(self.requests) in self.fails:
            raise ConnectionError("no answer")
        ids = [json.loads(each["Detail"])["id"] for each in Entries]
        outcomes = [
            {"ErrorCode": "InternalFailure", "ErrorMessage": "…"}
            if name in self.refuses
            else {"EventId": name}
            for name in ids
        ]
        failed = sum("ErrorCode" in each for each in outcomes)
        return {"FailedEntryCount": failed, "Entries": outcomes}


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def bus(client):
    return EventBridgeBus(client, "goodword")


def events(count):
    return [
        Envelope(
            f"e{n}", "made", "referral#rf_1", "peers", AT + timedelta(seconds=n), {"credit": "cr_1"}
        )
        for n in range(count)
    ]


def test_an_event_is_put_with_source_kind_and_detail(bus, client):
    (event,) = events(1)
    assert bus.publish([event]) == frozenset()
    ((entry,),) = client.requests
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == (
        "goodword",
        "goodword",
        "made",
    )
    assert entry["Time"] == AT
    assert read_detail(json.loads(entry["Detail"])) == event


def test_ten_events_are_one_request(bus, client):
    assert bus.publish(events(21)) == frozenset()
    assert [len(each) for each in client.requests] == [10, 10, 1]


def test_nothing_to_publish_asks_nothing(bus, client):
    assert bus.publish([]) == frozenset()
    assert client.requests == []


def test_a_refused_event_is_named_and_the_others_are_not(bus, client):
    client.refuses = {"e3", "e12"}
    assert bus.publish(events(15)) == {"e3", "e12"}


def test_a_request_without_an_answer_names_all_its_events(bus, client):
    client.fails = {1}
    assert bus.publish(events(12)) == {f"e{n}" for n in range(10)}


def test_a_warning_names_ids_and_codes_alone(bus, client, caplog):
    client.refuses = {"e0"}
    bus.publish(events(1))
    assert caplog.messages == ["event e0 was refused (InternalFailure)"]
