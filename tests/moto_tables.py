"""Make the deployed tables, those of infra/generated/tables.yaml, in moto or the local cloud."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import boto3
import yaml

TABLES = Path(__file__).parents[1] / "infra" / "generated" / "tables.yaml"
# What CloudFormation and DynamoDB name alike; the rest of a table's properties is protection and
# encryption.
_SAME = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")


class _Loader(yaml.SafeLoader):
    """Read CloudFormation's short functions as {"Fn": argument}."""


def _function(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    return {name: loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None}


_Loader.add_multi_constructor("!", _function)


@cache
def load_tables() -> dict[str, dict[str, Any]]:
    """Return the properties of every table by its logical name."""
    resources = yaml.load(TABLES.read_text(encoding="utf-8"), _Loader)["Resources"]  # noqa: S506
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }


def table_name(properties: dict[str, Any], prefix: str) -> str:
    """Return what the table is called under this prefix."""
    text: str = properties["TableName"]["Sub"]
    return text.replace("${Prefix}", prefix)


def create_tables(prefix: str, region: str) -> tuple[str, ...]:
    """Create all tables with their indexes, streams and expiry, and return their names."""
    client = boto3.client("dynamodb", region_name=region)
    names = []
    for properties in load_tables().values():
        name = table_name(properties, prefix)
        request = {key: properties[key] for key in _SAME if key in properties}
        if "StreamSpecification" in properties:
            request["StreamSpecification"] = {
                "StreamEnabled": True,
                **properties["StreamSpecification"],
            }
        client.create_table(TableName=name, **request)
        if "TimeToLiveSpecification" in properties:
            client.update_time_to_live(
                TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
            )
        names.append(name)
    return tuple(names)
