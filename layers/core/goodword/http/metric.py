"""Metrics for alarms: one line in CloudWatch's embedded metric format, which CloudWatch counts.

Source: the CloudWatch user guide, "Embedded metric format specification".
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime


def put_metric(name: str, value: int, *, at: datetime, environ: Mapping[str, str]) -> None:
    """Write one count under the function's own name.

    Zero is written too, so that an alarm can end.
    """
    service = environ["POWERTOOLS_SERVICE_NAME"]
    result = {
        "_aws": {
            "Timestamp": int(at.timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": environ["POWERTOOLS_METRICS_NAMESPACE"],
                    "Dimensions": [["service"]],
                    "Metrics": [{"Name": name, "Unit": "Count"}],
                }
            ],
        },
        "service": service,
        name: value,
    }
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()


def put_failures(
    answer: Mapping[str, Sequence[object]], *, at: datetime, environ: Mapping[str, str]
) -> None:
    """Count the failed records of a batch; Lambda reports such a run as successful."""
    if answer["batchItemFailures"]:
        put_metric("Failed", len(answer["batchItemFailures"]), at=at, environ=environ)
