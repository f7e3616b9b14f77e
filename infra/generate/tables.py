"""Generate tables from the models of goodword.store.tables and the streams of infra/access.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.indexes import Index
from pynamodb.models import Model

from goodword.store.tables import Table, load_tables
from infra.access import Access, load_access
from infra.generate.writer import GetAtt, Ref, Sub, logical_id, parameter, write_template

EXPIRY = "expires_at"


def render_tables() -> str:
    """Return the template of the tables."""
    access = load_access()
    tables = load_tables()
    streams = [pattern.table for pattern in access.patterns if pattern.stream]
    return write_template(
        "layers/core/goodword/store",
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "Goodword: the tables, one per noun",
            "Parameters": {
                "Prefix": parameter("The prefix of every table's name: the name of the stack"),
                "DeletionProtection": {
                    **parameter("Whether the tables are protected against deletion"),
                    "Default": "true",
                    "AllowedValues": ["true", "false"],
                },
            },
            "Resources": {
                logical_id(name): _resource(name, table, access) for name, table in tables.items()
            },
            "Outputs": {
                **{logical_id(name): _output(name, "Arn") for name in tables},
                **{f"{logical_id(name)}Stream": _output(name, "StreamArn") for name in streams},
            },
        },
    )


def _output(name: str, attribute: str) -> dict[str, Any]:
    return {"Value": GetAtt(f"{logical_id(name)}.{attribute}")}


def _resource(name: str, table: Table, access: Access) -> dict[str, Any]:
    attributes = table.model.get_attributes()
    properties: dict[str, Any] = {
        "TableName": Sub(f"${{Prefix}}-{name}"),
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": Ref("DeletionProtection"),
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
    }
    if EXPIRY in attributes:
        properties["TimeToLiveSpecification"] = {"AttributeName": EXPIRY, "Enabled": True}
    if any(pattern.stream for pattern in access.of_table(name)):
        properties["StreamSpecification"] = {"StreamViewType": "NEW_IMAGE"}
    own = [attributes[each] for each in table.key_names()]
    indexes = {index.Meta.index_name: index for index in table.indexes()}
    keys = {each: _index_keys(index) for each, index in indexes.items()}
    types = {each.attr_name: each.attr_type for found in (own, *keys.values()) for each in found}
    properties["AttributeDefinitions"] = [
        {"AttributeName": each, "AttributeType": kind} for each, kind in types.items()
    ]
    properties["KeySchema"] = _schema(own)
    if indexes:
        properties["GlobalSecondaryIndexes"] = [
            {
                "IndexName": each,
                "KeySchema": _schema(keys[each]),
                "Projection": _projection(index),
            }
            for each, index in indexes.items()
        ]
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": properties,
    }


def _index_keys(index: Index[Model]) -> list[Attribute[Any]]:
    """Return the key of an index: the hash key, then the range key if there is one."""
    keys = [each for each in vars(type(index)).values() if isinstance(each, Attribute)]
    return sorted(keys, key=lambda each: each.is_range_key)


def _schema(keys: Iterable[Attribute[Any]]) -> list[dict[str, str]]:
    return [
        {"AttributeName": each.attr_name, "KeyType": "HASH" if each.is_hash_key else "RANGE"}
        for each in keys
    ]


def _projection(index: Index[Model]) -> dict[str, Any]:
    projection = index.Meta.projection
    found: dict[str, Any] = {"ProjectionType": projection.projection_type}
    if projection.non_key_attributes:
        found["NonKeyAttributes"] = list(projection.non_key_attributes)
    return found
