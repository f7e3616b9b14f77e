"""The alarms of infra/alarms.yaml: each is a shape with its own overrides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from infra.generate.writer import Ref, Sub, logical_id, parameter, write_template

ROOT = Path(__file__).resolve().parents[2]


def render_alarms() -> str:
    """Return the template of the alarms."""
    listed = yaml.safe_load((ROOT / "infra/alarms.yaml").read_text(encoding="utf-8"))
    return write_template(
        "infra/alarms.yaml",
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "Goodword: the alarms",
            "Parameters": {
                "Prefix": parameter("The name of the stack"),
                "ApiId": parameter("The HTTP API"),
                "Topic": parameter("The topic that alarms publish to, or empty"),
            },
            "Conditions": {"HasTopic": {"Fn::Not": [{"Fn::Equals": [Ref("Topic"), ""]}]}},
            "Resources": {
                f"{logical_id(name)}Alarm": _alarm(name, entry, listed["shapes"])
                for name, entry in listed["alarms"].items()
            },
        },
    )


def _alarm(name: str, entry: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    own = {"Namespace": Sub("Goodword/${Prefix}"), "TreatMissingData": "notBreaching"}
    own |= shapes[entry["shape"]] | {key: value for key, value in entry.items() if key[0].isupper()}
    dimension = own.pop("dimension")
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": Sub(f"${{Prefix}}-{name}"),
            "AlarmDescription": own.pop("AlarmDescription"),
            "Dimensions": [{"Name": dimension, "Value": _value(dimension, entry.get("of", ""))}],
            **own,
            "AlarmActions": {"Fn::If": ["HasTopic", [Ref("Topic")], Ref("AWS::NoValue")]},
        },
    }


def _value(dimension: str, of: str) -> str:
    """Return the value of an alarm's dimension, as CloudWatch names it."""
    match dimension:
        case "QueueName" | "FunctionName":
            return Sub(f"${{Prefix}}-{of}")
        case "ApiId":
            return Ref("ApiId")
    return of
