"""What runs under a role is refused what the role does not allow."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.api.cloud import PREFIX, REGION, SENDER, Cloud
from tests.api.roles import Guard, rights_by_job, rights_for, under_roles
from tests.functions import app_module

KEY = {"TableName": f"{PREFIX}-referrers", "Key": {"referrer": {"S": "ana"}}}


def test_every_handler_runs_under_its_role(cloud: Cloud) -> None:
    for job in rights_by_job(PREFIX, SENDER):
        handler = import_module(app_module(job)).handler
        assert hasattr(handler, "__wrapped__"), job


def test_a_call_beyond_the_role_fails_the_test(furnished: Cloud) -> None:
    tables = boto3.client("dynamodb", region_name=REGION)

    def beyond(event: Any, context: Any) -> str:
        tables.get_item(**KEY)
        with pytest.raises(ClientError, match="AccessDenied"):
            tables.delete_item(**KEY)
        return "the refusal was swallowed"

    with (
        under_roles(PREFIX, SENDER) as guard,
        pytest.raises(AssertionError, match="read_records asks for what"),
    ):
        guard.guarded("read_records", beyond)({}, None)
    assert guard.denied == [("dynamodb:DeleteItem", f"table/{PREFIX}-referrers")]
    assert "Item" in tables.get_item(**KEY)


def test_a_test_itself_may_do_everything(furnished: Cloud) -> None:
    tables = boto3.client("dynamodb", region_name=REGION)
    assert tables.scan(TableName=f"{PREFIX}-referrers")["Count"] == 1


@pytest.mark.parametrize(
    ("service", "operation", "asked", "needed"),
    [
        (
            "dynamodb",
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "t-a"}},
                    {"ConditionCheck": {"TableName": "t-b"}},
                    {"Delete": {"TableName": "t-c"}},
                    {"Update": {"TableName": "t-d"}},
                ]
            },
            [
                ("dynamodb:PutItem", "table/t-a"),
                ("dynamodb:ConditionCheckItem", "table/t-b"),
                ("dynamodb:DeleteItem", "table/t-c"),
                ("dynamodb:UpdateItem", "table/t-d"),
            ],
        ),
        (
            "dynamodb",
            "Query",
            {"TableName": "t-a", "IndexName": "by_due"},
            [("dynamodb:Query", "table/t-a/index/by_due")],
        ),
        (
            "dynamodb",
            "BatchGetItem",
            {"RequestItems": {"t-a": {}, "t-b": {}}},
            [("dynamodb:BatchGetItem", "table/t-a"), ("dynamodb:BatchGetItem", "table/t-b")],
        ),
        (
            "sqs",
            "SendMessage",
            {"QueueUrl": "https://sqs.example.com/1/t-mails"},
            [("sqs:SendMessage", "t-mails")],
        ),
        (
            "ssm",
            "GetParameter",
            {"Name": "/goodword/t/public_url"},
            [("ssm:GetParameter", "parameter/goodword/t/public_url")],
        ),
        (
            "sesv2",
            "SendEmail",
            {"ConfigurationSetName": "t", "FromEmailAddress": "Goodword <hello@example.com>"},
            [
                ("ses:SendEmail", "configuration-set/t"),
                ("ses:SendEmail", "identity/hello@example.com"),
            ],
        ),
    ],
)
def test_a_call_needs_the_rights_that_iam_asks_for(
    service: str, operation: str, asked: dict[str, Any], needed: list[tuple[str, str]]
) -> None:
    assert list(rights_for(service, operation, asked)) == needed


def test_a_service_that_no_role_names_is_refused() -> None:
    guard = Guard(rights_by_job(PREFIX, SENDER), job="read_records")
    with pytest.raises(ValueError, match="no role names s3:GetObject"):
        guard.check("s3", "GetObject", {})
