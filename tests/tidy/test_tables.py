"""The keys and indexes in the code are those of infra/tables.yaml, and so are those who ask."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from pynamodb.indexes import GlobalSecondaryIndex
from pynamodb.models import Model

from goodword.store.open import all_models
from infra.local.template import resources_of
from tests.tidy.house import ROOT, functions, jobs, template, text_of

TABLES = {
    properties["TableName"]["Fn::Sub"].removeprefix("${Prefix}-"): properties
    for properties in resources_of(template("infra/tables.yaml"), "AWS::DynamoDB::Table").values()
}
# Tables of which the list says in words who writes: all that change or move something.
IN_WORDS = {"timeline", "ledger"}
OF_MODEL = {str(vars(model)["noun"]): model for model in all_models()}


def _declared(keys: list[dict[str, str]], table: dict[str, Any]) -> list[tuple[str, str, str]]:
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    return [(each["KeyType"], each["AttributeName"], types[each["AttributeName"]]) for each in keys]


def _coded(held: type[Model] | type[GlobalSecondaryIndex[Any]]) -> list[tuple[str, str, str]]:
    attributes = held.get_attributes().values() if issubclass(held, Model) else _attributes(held)
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
    """An item without an index's key is not in it: a model that does not write the key has an empty index."""
    written = {attribute.attr_name for attribute in OF_MODEL[noun].get_attributes().values()}
    needed = {each["AttributeName"] for each in TABLES[noun]["AttributeDefinitions"]}
    assert needed - written == set()


@pytest.mark.parametrize("noun", sorted(TABLES))
def test_what_expires_is_what_the_table_says(noun: str) -> None:
    expiry = TABLES[noun].get("TimeToLiveSpecification", {}).get("AttributeName")
    assert expiry in (None, "expires_at")
    has_it = "expires_at" in {each.attr_name for each in OF_MODEL[noun].get_attributes().values()}
    assert (expiry is not None) == has_it


@cache
def _askers() -> dict[str, frozenset[str]]:
    """Return who asks each table, as the list of questions at the head of infra/tables.yaml says."""
    head = text_of(ROOT / "infra/tables.yaml").split("AWSTemplateFormatVersion")[0]
    found: dict[str, set[str]] = {}
    noun = ""
    for line in (line.removeprefix("#").rstrip() for line in head.splitlines()):
        if line.strip() in TABLES:
            noun = line.strip()
            found[noun] = set()
        elif not line.strip():
            noun = ""
        elif noun:
            found[noun] |= set(_asked_by(line))
    return {each: frozenset(askers) for each, askers in found.items()}


def _asked_by(line: str) -> list[str]:
    """Return the functions in the last column; a line that goes on with them holds nothing else."""
    columns = re.split(r"\s{2,}", line.strip())
    if "all behind /v1" in columns[-1]:
        return [
            job
            for job, held in functions().items()
            for event in held["Events"].values()
            if event["Properties"].get("Path", "").startswith("/v1/") and job != "accept_signup"
        ]
    return re.findall(r"\b[a-z]+_[a-z]+\b", columns[-1]) if len(columns) in (1, 3) else []


def _index_askers() -> set[tuple[str, str, str]]:
    """Return who asks which index of which table: noun, index, job."""
    head = text_of(ROOT / "infra/tables.yaml").split("AWSTemplateFormatVersion")[0]
    found: set[tuple[str, str, str]] = set()
    noun = index = ""
    for line in (line.removeprefix("#").rstrip() for line in head.splitlines()):
        columns = re.split(r"\s{2,}", line.strip())
        if line.strip() in TABLES:
            noun, index = line.strip(), ""
        elif len(columns) == 3:
            begun = re.match(r"(by_\w+):", columns[1])
            index = begun[1] if begun else ""
        if index and noun:
            found |= {(noun, index, job) for job in _asked_by(line)}
    return found


def test_who_asks_an_index_may_query_it() -> None:
    asked = _index_askers()
    assert ("credits", "by_status", "settle_credits") in asked
    assert {each for each in asked if not _may_touch(each[2], each[0], f"/index/{each[1]}")} == set()


def test_the_list_of_questions_names_every_table() -> None:
    assert set(_askers()) == set(TABLES)


@pytest.mark.parametrize("noun", sorted(TABLES))
def test_who_asks_a_table_exists_and_may(noun: str) -> None:
    askers = _askers()[noun]
    assert askers - jobs() == set(), "no such function"
    assert {job for job in askers if not _may_touch(job, noun)} == set(), "its role does not name the table"


@pytest.mark.parametrize("noun", sorted(set(TABLES) - IN_WORDS))
def test_who_may_touch_a_table_is_on_the_list_of_those_who_ask(noun: str) -> None:
    may = {job for job in jobs() if _may_touch(job, noun)}
    assert may - _askers()[noun] == set(), "the list of questions does not name it"


def _may_touch(job: str, noun: str, part: str = "") -> bool:
    role = functions()[job]["Role"]["Fn::GetAtt"][0]
    roles = resources_of(template(), "AWS::IAM::Role")
    name = "".join(word.title() for word in noun.split("_"))
    resources = [
        str(statement["Resource"])
        for policy in roles[role]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    wanted = rf"Outputs\.{name}}}{part}\b" if part else rf"Outputs\.{name}(Stream)?\b"
    return any(re.search(wanted, text) for text in resources)
