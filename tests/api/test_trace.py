"""What one referral asks of the services on its way from the CRM's webhook to the posted credit."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from goodword.crm.reading import fingerprint
from goodword.domain.credits import posting
from goodword.http.wiring import utc_now
from goodword.ids import NewIds
from goodword.steps.credits.post_credit import PostCreditDeps
from infra.cost import load_prices
from tests.api.cloud import PREFIX, REGION, Cloud
from tests.api.test_webhooks import BODY, signed
from tests.fakes.billing import FakeBilling
from tests.tidy.project import functions
from tests.world import PROGRAM, PROSPECT

Call = tuple[str, str, int]  # operation, table, bytes of the request


class CountedBilling(FakeBilling):
    """Notes what Stripe is asked; each is one call of it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def read_customer(self, account: str) -> posting.BillingCustomer | None:
        self.asked.append("read_customer")
        return super().read_customer(account)

    def list_transactions(self, account: str) -> tuple[posting.BalanceTransaction, ...]:
        self.asked.append("list_transactions")
        return super().list_transactions(account)

    def send(self, asked: posting.Posting) -> posting.SendResult:
        self.asked.append("send")
        return super().send(asked)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """Note every call that leaves for AWS."""
    noted: list[Call] = []
    make = BaseClient._make_api_call

    def note(self: Any, operation: str, request: dict[str, Any]) -> Any:
        result = json.dumps(request, default=str)
        noted.append(
            (operation, str(request.get("TableName", "")).removeprefix(f"{PREFIX}-"), len(result))
        )
        return make(self, operation, request)

    monkeypatch.setattr(BaseClient, "_make_api_call", note)
    return noted


def take(calls: list[Call]) -> list[Call]:
    taken = list(calls)
    calls.clear()
    return taken


def warm(cloud: Cloud) -> None:
    """Let every function have read its secrets.

    The program's terms, as a referral before has done.
    """
    cloud.stores.programs.get("peers", 1)
    cloud.send("POST", "/webhooks/crm", BODY, **signed(name="msg_warm"))
    delivered(cloud, "msg_warm")


def delivered(cloud: Cloud, name: str) -> None:
    """Hand a delivery on as the inbox's stream does."""
    wanted = f"crm#{fingerprint(name)}"
    (item,) = (each for each in cloud.items("inbox") if each["delivery"]["S"] == wanted)
    change = {"Keys": {"delivery": item["delivery"]}, "NewImage": item, "SequenceNumber": "1"}
    answer = import_module("functions.crm_copy.apply_event.app").handler(
        {"Records": [{"dynamodb": change}]}, None
    )
    assert answer == {"batchItemFailures": []}


def queued(cloud: Cloud) -> list[str]:
    """Return what waits in the queue, and take all of it, also what other tests left there."""
    sqs = boto3.client("sqs", region_name=REGION)
    found: list[str] = []
    while result := sqs.receive_message(QueueUrl=cloud.queue_url, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        found += [message["Body"] for message in result]
    return found


def units(taken: list[Call]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for operation, _, _ in taken:
        counted[operation] = counted.get(operation, 0) + 1
    return counted


def test_a_duplicate_webhook_costs_one_read_and_one_row(
    furnished: Cloud, calls: list[Call], record_property: Callable[[str, object], None]
) -> None:
    warm(furnished)
    headers = signed(name="msg_twice")
    furnished.send("POST", "/webhooks/crm", BODY, **headers)
    calls.clear()

    furnished.send("POST", "/webhooks/crm", BODY, **headers)

    record_property("calls of a duplicate webhook", len(calls))
    # It could not call Stripe: it has not even got the library, nor the right to read its key.
    record_property("ways to Stripe", str(functions()["receive_webhook"]).count("tripe"))
    assert [call[:2] for call in calls] == [("Query", "connections"), ("PutItem", "inbox")]
    assert "tripe" not in str(functions()["receive_webhook"])


def test_a_delivery_that_the_stream_brings_again_costs_one_read(
    furnished: Cloud, calls: list[Call]
) -> None:
    warm(furnished)
    calls.clear()
    delivered(furnished, "msg_warm")

    assert [call[:2] for call in calls if call[0] != "Scan"] == [("GetItem", "inbox")]


def test_a_program_version_is_read_once_per_process(furnished: Cloud, calls: list[Call]) -> None:
    first = furnished.stores.programs.get("peers", 1)
    assert furnished.stores.programs.get("peers", 1) == first
    assert [call[:2] for call in calls] == [("GetItem", "programs")]


def test_the_cache_of_program_versions_is_bounded(
    furnished: Cloud, calls: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    furnished.apply_program(PROGRAM.replace("50.00", "60.00"), '"1"')
    monkeypatch.setattr("goodword.store.programs.MOST_KEPT", 1)
    calls.clear()
    for version in (1, 2, 1):
        found = furnished.stores.programs.get("peers", version)
        assert found is not None
        assert found.version == version
    assert len(calls) == 3


def test_that_there_is_no_such_version_is_not_kept(furnished: Cloud, calls: list[Call]) -> None:
    assert furnished.stores.programs.get("peers", 2) is None
    furnished.apply_program(PROGRAM.replace("50.00", "60.00"), '"1"')
    assert furnished.stores.programs.get("peers", 2) is not None


def test_posting_a_credit_makes_exactly_the_documented_calls(
    furnished: Cloud,
    calls: list[Call],
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    """The figures are those of infra/prices.yaml, from which `make cost` has them."""
    billing = CountedBilling()
    billing.add_customer("cus_1")
    app = import_module("functions.credits.post_credit.app")
    monkeypatch.setattr(
        app, "wire", lambda: PostCreditDeps(furnished.stores, billing, utc_now, NewIds())
    )
    warm(furnished)
    furnished.enter()
    queued(furnished)
    body = json.dumps(
        {
            "type": "object.changed",
            "timestamp": "2027-03-01T09:30:00Z",
            "data": {
                "object": {"kind": "deal", "id": "006Hs00001JourA"},
                "properties": {"stage": "crm demo_attended"},
                "emails": [PROSPECT["email"]],
            },
        }
    ).encode()
    trace: dict[str, list[Call]] = {}
    calls.clear()

    furnished.send("POST", "/webhooks/crm", body, **signed(body, "msg_one"))
    trace["receive_webhook"] = take(calls)
    delivered(furnished, "msg_one")
    trace["apply_event"] = [call for call in take(calls) if call[0] != "Scan"]
    messages = queued(furnished)
    calls.clear()
    for message in messages:
        app.handler({"Records": [{"messageId": "1", "body": message}]}, None)
    trace["post_credit"] = take(calls)
    found = {
        hop: {"calls": units(taken), "bytes": round(sum(size for *_, size in taken), -3)}
        for hop, taken in trace.items()
    }

    result = load_prices()["referral"]["hops"]
    record_property("hops of a referral", len(trace))
    record_property("calls of AWS for a referral", sum(len(taken) for taken in trace.values()))
    record_property("calls of Stripe for a referral", len(billing.asked))
    record_property("bytes of a referral", sum(int(hop["bytes"]) for hop in found.values()))
    assert billing.asked == ["read_customer", "send"]
    assert billing.transactions, "the credit was posted"
    assert found == {
        hop: {"calls": each["calls"], "bytes": each["bytes"]} for hop, each in result.items()
    }
