"""The registry of tables, ports, access patterns and roles agree."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from functools import cache
from typing import Any

import pytest

from goodword.ports.stores import Stores
from goodword.store.tables import load_tables
from infra.access import load_access
from infra.local.template import resources_of
from tests.contracts.test_stores import RECORDS
from tests.tidy.project import functions, jobs, modules, stack, template

TABLES = {
    properties["TableName"]["Fn::Sub"].removeprefix("${Prefix}-"): properties
    for properties in resources_of(
        template("infra/generated/tables.yaml"), "AWS::DynamoDB::Table"
    ).values()
}
REGISTERED = load_tables()


def test_the_registry_lists_every_module_that_declares_a_table() -> None:
    declaring = {
        path.removeprefix("store/").removesuffix(".py")
        for path, tree in modules().items()
        if path.startswith("store/")
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TABLE"
    }
    assert declaring == set(REGISTERED)


def test_stores_has_a_field_for_every_table_that_is_asked() -> None:
    asked = {name for name, table in REGISTERED.items() if table.store is not None}
    assert {each.name for each in fields(Stores)} == asked | {"commit"}


def test_the_contract_of_stores_has_a_sample_of_every_record() -> None:
    written = {table.record for table in REGISTERED.values() if table.record is not None}
    assert {type(record) for record, _ in RECORDS.values()} == written


@pytest.mark.parametrize("noun", sorted(TABLES))
def test_what_an_index_needs_stands_on_every_item(noun: str) -> None:
    """An item without an index's key is not in it.

    A model that does not write the key has an empty index.
    """
    written = {each.attr_name for each in REGISTERED[noun].model.get_attributes().values()}
    needed = {each["AttributeName"] for each in TABLES[noun]["AttributeDefinitions"]}
    assert needed - written == set()


def test_every_table_is_listed_with_its_questions() -> None:
    assert set(load_access().tables()) == set(TABLES)


@pytest.mark.parametrize("noun", sorted(TABLES))
def test_questions_name_the_keys_indexes_and_stream(noun: str) -> None:
    patterns = load_access().of_table(noun)
    asked = {pattern.index for pattern in patterns if not pattern.stream}
    indexes = {each["IndexName"]: each for each in TABLES[noun].get("GlobalSecondaryIndexes", [])}
    assert asked - {""} == set(indexes), "an index that is not asked, or one that is not there"
    for pattern in patterns:
        keyed = indexes.get(pattern.index, TABLES[noun])["KeySchema"]
        first, *rest = (each["AttributeName"] for each in keyed)
        if pattern.stream:
            continue
        assert re.match(rf"{first}\b", pattern.key), "a question is asked by the hash key"
        one_item = {"GetItem", "PutItem"} & set(pattern.actions)
        assert not (one_item and rest) or rest[0] in pattern.key, "one item has its whole key"
    assert any(pattern.stream for pattern in patterns) == ("StreamSpecification" in TABLES[noun])


def test_the_list_names_every_function_in_journey_order() -> None:
    assert list(load_access().functions) == list(functions())
    assert set(load_access().functions) == jobs()


def test_functions_behind_v1_ask_for_their_bearer_key() -> None:
    behind = {
        job
        for job, stored in functions().items()
        for event in stored["Events"].values()
        if event["Properties"].get("Path", "").startswith("/v1/") and job != "capture_signup"
    }
    askers = {job for pattern in load_access().of_table("keys") for job in pattern.asked_by}
    assert askers == behind


@pytest.mark.parametrize("job", sorted(jobs()))
def test_a_role_allows_what_the_list_says(job: str) -> None:
    """Read from the template that is deployed, not from the generator."""
    access = load_access()
    assert _table_rights(job) == access.table_rights(job)
    services = access.functions[job]
    assert _named(job, "ssm:GetParameter") == set(services.parameters)
    assert _named(job, "sqs:SendMessage") == set(services.sends_to)
    assert _named(job, "sqs:ReceiveMessage") == set(services.receives_from)
    assert bool(_named(job, "ses:SendEmail")) == services.sends_mail
    assert bool(_named(job, "events:PutEvents")) == services.publishes
    assert {action.partition(":")[0] for action, _ in _grants(job)} <= {
        "dynamodb",
        "events",
        "logs",
        "ses",
        "sqs",
        "ssm",
    }


@cache
def _grants(job: str) -> frozenset[tuple[str, str]]:
    """Return (action, resource) of a function's role; of an ARN the part after the account."""
    whole = resources_of(stack(), "AWS::Serverless::Function")
    function = whole["".join(map(str.title, job.split("_")))]
    role = resources_of(stack(), "AWS::IAM::Role")[function["Role"]["Fn::GetAtt"][0]]
    return frozenset(
        (action, _shown(resource))
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    )


def _shown(resource: dict[str, Any]) -> str:
    match resource:
        case {"Fn::Sub": str(text)}:
            return text.partition("${AWS::AccountId}:")[2]
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"{name}.{attribute}"
    return str(resource)


def _table_rights(job: str) -> dict[str, set[str]]:
    names = {f"{noun.title()}.StreamArn": noun for noun in TABLES}
    found: dict[str, set[str]] = {}
    for action, resource in _grants(job):
        if resource in names:
            found.setdefault(f"{names[resource]}/stream", set())
        elif action.startswith("dynamodb:"):
            target = resource.removeprefix("table/${AWS::StackName}-").replace("/index/", "/")
            found.setdefault(target, set()).add(action.removeprefix("dynamodb:"))
    return found


def _named(job: str, action: str) -> set[str]:
    """Return the own part of the names of what a function may do this with."""
    return {
        resource.partition("${AWS::StackName}")[2][1:]
        for allowed, resource in _grants(job)
        if allowed == action
    }
