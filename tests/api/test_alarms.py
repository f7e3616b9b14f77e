"""What functions count for their alarms."""

import json
import os
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from goodword.domain.crm_copy.delivery import Delivery
from goodword.domain.errors import NotReady
from goodword.domain.links.click import Click
from goodword.http.wiring import open_services, utc_now
from goodword.ids import NewIds
from goodword.steps.credits.audit_ledger import AuditLedgerDeps
from goodword.steps.credits.post_credit import PostCreditDeps
from infra.local.template import load_template, resources_of
from tests.api.cloud import Cloud
from tests.fakes.billing import FakeBilling
from tests.functions import app_module

ROOT = Path(__file__).resolve().parents[2]


def counted(out: str, name: str) -> list[int]:
    """Return the values of one metric, in order."""
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    return [line[name] for line in lines if "_aws" in line and name in line]


@pytest.fixture
def posting(furnished: Cloud, monkeypatch: pytest.MonkeyPatch) -> Any:
    billing = FakeBilling()
    billing.add_customer("cus_1")
    app = import_module("functions.credits.post_credit.app")
    monkeypatch.setattr(
        app, "wire", lambda: PostCreditDeps(furnished.stores, billing, utc_now, NewIds())
    )
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "post_credit")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Goodword/api")
    referral = furnished.enter().json["referral"]
    credit = furnished.owe(referral, status="pending")

    def post(message: str = credit.credit) -> Any:
        return app.handler({"Records": [{"messageId": "1", "body": message}]}, None)

    return billing, post


@pytest.mark.parametrize(
    ("outcome", "result"), [("mismatch", [1]), ("rejected", []), ("posted", [])]
)
def test_differences_between_stripe_and_the_ledger_are_counted(
    posting: Any, capsys: pytest.CaptureFixture[str], outcome: str, result: list[int]
) -> None:
    billing, post = posting
    if outcome != "posted":
        billing.script.append(outcome)
    assert post() == {"batchItemFailures": []}
    assert counted(capsys.readouterr().out, "CreditsUnclear") == result
    assert bool(billing.transactions) == (outcome == "posted")


def test_accounts_not_compared_are_counted_and_their_errors_named(
    furnished: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    billing, app = FakeBilling(), import_module("functions.credits.audit_ledger.app")
    billing.down = True
    services = AuditLedgerDeps(furnished.stores, billing, utc_now, lambda _: None, app._report)
    monkeypatch.setattr(app, "wire", lambda: services)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "audit_ledger")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Goodword/api")
    furnished.owe(furnished.enter().json["referral"], status="pending")
    capsys.readouterr()
    result = app.handler({}, None)
    out = capsys.readouterr().out
    assert (result["accounts"], result["unread"], result["differences"]) == (0, 1, 0)
    assert counted(out, "AuditIncomplete") == [1]
    (line,) = [each for each in caplog.records if each.getMessage() == "not compared"]
    assert vars(line)["error"] == "Unavailable"


def test_referrals_not_polled_are_counted_and_their_errors_named(
    furnished: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = import_module("functions.crm_copy.poll_crm.app")
    monkeypatch.setattr(app, "wire", lambda: open_services(os.environ).applying())
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "poll_crm")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Goodword/api")
    referral = furnished.enter().json["referral"]
    capsys.readouterr()
    assert app.handler({}, None)["failed"] == []
    assert counted(capsys.readouterr().out, "Failed") == []
    monkeypatch.setattr("goodword.store.facts.FactTable.list_by_referral", breaks)
    assert app.handler({}, None)["failed"] == [referral]
    assert counted(capsys.readouterr().out, "Failed") == [1]
    (line,) = [each for each in caplog.records if each.getMessage() == "not polled"]
    assert (vars(line)["referral"], vars(line)["error"]) == (referral, "ConnectionError")
    assert "test_alarms.py" in vars(line)["place"]


def test_a_day_without_an_audit_is_no_quiet_day() -> None:
    alarms = resources_of(
        load_template(ROOT / "infra/generated/alarms.yaml"), "AWS::CloudWatch::Alarm"
    )
    assert alarms["AuditIncompleteAlarm"]["TreatMissingData"] == "breaching"


@pytest.mark.parametrize(("down", "result"), [(True, [1]), (False, [])])
def test_what_a_batch_gives_back_is_counted_for_its_alarm(
    posting: Any, capsys: pytest.CaptureFixture[str], down: bool, result: list[int]
) -> None:
    billing, post = posting
    billing.down = down
    assert len(post("account:cus_1")["batchItemFailures"]) == len(result)
    assert counted(capsys.readouterr().out, "Failed") == result


def test_credits_that_stripe_rejects_are_left_to_the_sweep(
    posting: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    billing, post = posting
    billing.down = True
    assert post() == {"batchItemFailures": []}
    assert counted(capsys.readouterr().out, "Failed") == []


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ({"properties": {"stage": "won"}}, []),
        ({"properties": {"stage": "won", "other": ["a"]}}, [1]),
        ({"properties": []}, [1]),
    ],
)
def test_unreadable_parts_of_a_delivery_are_counted(
    furnished: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    body: dict[str, object],
    result: list[int],
) -> None:
    app = import_module("functions.crm_copy.apply_event.app")
    monkeypatch.setattr(app, "wire", lambda: open_services(os.environ).applying())
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "apply_event")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Goodword/api")
    data = {"object": {"kind": "deal", "id": "77"}, **body}
    said = {"type": "object.changed", "timestamp": "2027-03-01T09:30:00Z", "data": data}
    furnished.stores.inbox.put(Delivery("d1", "crm", json.dumps(said), utc_now()))
    record = {"dynamodb": {"Keys": {"delivery": {"S": "d1"}}, "SequenceNumber": "1"}}
    for _ in range(2):  # the second time there is nothing to do, and nothing more to report
        assert app.handler({"Records": [record]}, None) == {"batchItemFailures": []}
    assert counted(capsys.readouterr().out, "DeliveriesUnread") == result
    stored = furnished.stores.inbox.get("d1")
    assert stored is not None
    assert stored.status == "applied"


@pytest.mark.parametrize("job", ["post_credit", "apply_event", "qualify_referral"])
def test_a_missing_dependency_fails_the_whole_function(
    job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = import_module(app_module(job))

    def missing() -> None:
        raise NotReady("No such secret.")

    monkeypatch.setattr(app, "wire", missing)
    with pytest.raises(NotReady):
        app.handler({"Records": [{"messageId": "1", "body": "cr_1"}]}, None)


NOTICE = json.dumps(
    {
        "detail": {
            "id": "e",
            "kind": "made",
            "subject": "referral#rf_1",
            "program": "peers",
            "time": "2027-03-01T09:30:00+00:00",
            "data": {},
        }
    }
)


def breaks(*_: object, **__: object) -> object:
    raise ConnectionError("the table does not answer")


@pytest.mark.parametrize(
    ("job", "step", "record"),
    [
        ("send_mail", "send_mail", {"messageId": "1", "body": "ana#1 2027-01-01"}),
        ("notify_referrer", "notify_referrer", {"messageId": "1", "body": NOTICE}),
        (
            "publish_events",
            "publish_events",
            {
                "dynamodb": {
                    "Keys": {"entry": {"S": "e"}},
                    "SequenceNumber": "1",
                    "NewImage": {"entry": {"S": "e"}},
                }
            },
        ),
        (
            "classify_clicks",
            "click_of",
            {"dynamodb": {"SequenceNumber": "1", "NewImage": {}, "Keys": {}}},
        ),
    ],
)
def test_failed_records_of_clicks_mails_and_notices_are_counted(
    furnished: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    job: str,
    step: str,
    record: dict[str, object],
) -> None:
    app = import_module(app_module(job))
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", job)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Goodword/api")
    if job == "classify_clicks":
        at = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
        monkeypatch.setattr(
            app, "click_of", lambda _: Click("c1", "CODE", "peers", at, "source", "agent")
        )
        monkeypatch.setattr("goodword.store.counts.CountTable.add_clicks", breaks)
    else:
        monkeypatch.setattr(app, step, breaks)
        monkeypatch.setattr(app, "entry_of", lambda _: None, raising=False)
    answer = app.handler({"Records": [record]}, None)
    assert answer["batchItemFailures"] == [{"itemIdentifier": "1"}]
    assert counted(capsys.readouterr().out, "Failed") == [1]


def test_every_function_that_returns_failed_records_has_an_alarm() -> None:
    functions = resources_of(load_template(ROOT / "template.yaml"), "AWS::Serverless::Function")
    alarms = resources_of(
        load_template(ROOT / "infra/generated/alarms.yaml"), "AWS::CloudWatch::Alarm"
    )
    gives_back = {
        Path(own["CodeUri"]).name
        for own in functions.values()
        for event in own.get("Events", {}).values()
        if event["Properties"].get("FunctionResponseTypes") == ["ReportBatchItemFailures"]
    }
    watched = {
        each["Value"]
        for alarm in alarms.values()
        if alarm.get("MetricName") == "Failed"
        for each in alarm["Dimensions"]
    }
    assert len(gives_back) > 3
    # A function that continues after failed referrals reports them in the same way.
    assert gives_back | {"poll_crm"} == watched
