"""Metrics are one line that CloudWatch counts, and the alarms watch the names that are written."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from goodword.http.metric import put_metric
from infra.local.template import function_folders, load_template, resources_of

ROOT = Path(__file__).parents[2]
AT = datetime(2027, 3, 1, 12, tzinfo=UTC)
ENVIRON = {
    "POWERTOOLS_METRICS_NAMESPACE": "Goodword/mine",
    "POWERTOOLS_SERVICE_NAME": "audit_ledger",
}


@pytest.mark.parametrize("value", [0, 7])
def test_a_metric_is_one_line_in_the_embedded_format(capsys, value):
    put_metric("LedgerDifferences", value, at=AT, environ=ENVIRON)
    (line,) = capsys.readouterr().out.splitlines()
    result = json.loads(line)
    assert (result["service"], result["LedgerDifferences"]) == ("audit_ledger", value)
    assert result["_aws"]["Timestamp"] == 1_803_902_400_000
    (metrics,) = result["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == "Goodword/mine"
    assert metrics["Dimensions"] == [["service"]]
    assert metrics["Metrics"] == [{"Name": "LedgerDifferences", "Unit": "Count"}]


@pytest.mark.parametrize("job", ["audit_ledger", "sweep_credits", "post_credit", "apply_event"])
def test_an_alarm_watches_what_the_function_writes(job):
    app = (function_folders()[job] / "app.py").read_text(encoding="utf-8")
    names = re.findall(r'put_metric\("(\w+)"', app)
    alarms = resources_of(
        load_template(ROOT / "infra/generated/alarms.yaml"), "AWS::CloudWatch::Alarm"
    )
    watched = {
        each["MetricName"]
        for each in alarms.values()
        if each["Dimensions"] == [{"Name": "service", "Value": job}]
    }
    assert names
    assert set(names) <= watched
