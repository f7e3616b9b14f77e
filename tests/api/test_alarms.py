"""What functions count for their alarms."""

import json
from importlib import import_module
from typing import Any

import pytest

from goodword.edge.wiring import utc_now
from goodword.ids import NewIds
from goodword.steps.post_credit import Posting
from tests.api.cloud import Cloud
from tests.fakes.billing import FakeBilling


def counted(out: str, name: str) -> list[int]:
    """Return the values of one metric, in order."""
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    return [line[name] for line in lines if "_aws" in line and name in line]


@pytest.fixture
def posting(furnished: Cloud, monkeypatch: pytest.MonkeyPatch) -> Any:
    billing = FakeBilling()
    billing.add_customer("cus_EXAMPLE")
    app = import_module("functions.post_credit.app")
    monkeypatch.setattr(app, "wire", lambda: Posting(furnished.stores, billing, utc_now, NewIds()))
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "post_credit")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Goodword/api")
    referral = furnished.enter().json["referral"]
    credit = furnished.owe(referral, status="pending")
    event = {"Records": [{"messageId": "1", "body": credit.credit}]}
    return billing, lambda: app.handler(event, None)


@pytest.mark.parametrize(("outcome", "told"), [("mismatch", [1]), ("rejected", []), ("posted", [])])
def test_what_stripe_and_the_ledger_do_not_agree_on_is_counted_for_its_alarm(
    posting: Any, capsys: pytest.CaptureFixture[str], outcome: str, told: list[int]
) -> None:
    billing, post = posting
    if outcome != "posted":
        billing.script.append(outcome)
    assert post() == {"batchItemFailures": []}
    assert counted(capsys.readouterr().out, "CreditsUnclear") == told
    assert bool(billing.transactions) == (outcome == "posted")
