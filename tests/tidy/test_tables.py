"""Models, tables, access patterns and roles agree."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from pynamodb.indexes import GlobalSecondaryIndex
from pynamodb.models import Model

from goodword.store.open import all_models
from infra.access import load_access
from infra.local.template import resources_of
from tests.tidy.project import functions, jobs, stack, template

TABLES = {
    properties["TableName"]["Fn::Sub"].removeprefix("${Prefix}-"): properties
    for properties in resources_of(template("infra/tables.yaml"), "AWS::DynamoDB::Table").values()
}
OF_MODEL = {str(vars(model)["noun"]): model for model in all_models()}


def _declared(keys: list[dict[str, str]], table: dict[str, Any]) -> list[tuple[str, str, str]]:
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    return [(each["KeyType"], each["AttributeName"], types[each["AttributeName"]]) for each in keys]


def _coded(stored: type[Model] | type[GlobalSecondaryIndex[Any]]) -> list[tuple[str, str, str]]:
    attributes = (
        stored.get_attributes().values() if issubclass(stored, Model) else _attributes(stored)
    )
    found = [
        ("HASH" if attribute.is_hash_key else "RANGE", attribute.attr_name, attribute.attr_type)
        for attribute in attributes
        if attribute.is_hash_key or attribute.is_range_key
    ]
    return sorted(found)


def _attributes(index: type[GlobalSecondaryIndex[Any]]) -> list[Any]:
    return [each for each in vars(index).values() if hasattr(each, "is_hash_key")]


def test_every_table_has_its_model_and_every_model_its_table() -> None:
    assert set(OF_MODEL) == set(TABLES)
    assert len(OF_MODEL) == len(all_models())


@pytest.mark.parametrize("noun", sorted(TABLES))
def test_a_models_keys_are_those_of_its_table(noun: str) -> None:
    assert _coded(OF_MODEL[noun]) == sorted(_declared(TABLES[noun]["KeySchema"], TABLES[noun]))


@pytest.mark.parametrize("noun", sorted(TABLES))
def test_a_models_indexes_are_those_of_its_table(noun: str) -> None:
    declared = {
        index["IndexName"]: (
            sorted(_declared(index["KeySchema"], TABLES[noun])),
            index["Projection"]["ProjectionType"],
        )
        for index in TABLES[noun].get("GlobalSecondaryIndexes", [])
    }
    coded = {
        index.Meta.index_name: (_coded(type(index)), index.Meta.projection.projection_type)
        for index in vars(OF_MODEL[noun]).values()
        if isinstance(index, GlobalSecondaryIndex)
    }
    assert coded == declared


@pytest.mark.parametrize("noun", sorted(TABLES))
def test_what_an_index_needs_stands_on_every_item(noun: str) -> None:
    """An item without an index's key is not in it.

    A model that does not write the key has an empty index.
    """
    written = {attribute.attr_name for attribute in OF_MODEL[noun].get_attributes().values()}
    needed = {each["AttributeName"] for each in TABLES[noun]["AttributeDefinitions"]}
    assert needed - written == set()


@pytest.mark.parametrize("noun", sorted(TABLES))
def test_what_expires_is_what_the_table_says(noun: str) -> None:
    expiry = TABLES[noun].get("TimeToLiveSpecification", {}).get("AttributeName")
    assert expiry in (None, "expires_at")
    has_it = "expires_at" in {each.attr_name for each in OF_MODEL[noun].get_attributes().values()}
    assert (expiry is not None) == has_it


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
