"""A list that code has once is the same where another format needs it again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

import yaml

from goodword import crm
from goodword.domain.crm_copy.connection import KINDS
from goodword.domain.locale import LANGUAGES, LOCALES
from goodword.domain.referrers.referrer import CHANGEABLE_FIELDS, ENROLLED_FIELDS, REQUIRED_FIELDS
from goodword.pages import plain
from goodword.steps.referrers.update_referrer import ReferrerChange
from infra.local.gallery import CASTS
from tests.tidy.project import ROOT, names, text_of


@cache
def _openapi(text: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)  # a safe loader
    return document


def _schemas() -> dict[str, Any]:
    found: dict[str, Any] = _openapi(text_of(ROOT / "docs/openapi.yaml"))["components"]["schemas"]
    return found


def enums_of(part: Any, *properties: str) -> Iterator[tuple[str, ...]]:
    """Yield the values of each enum below a property of one of these names, without null."""
    if isinstance(part, dict):
        for name, each in part.items():
            if name in properties:
                yield from _enums(each)
            yield from enums_of(each, *properties)
    elif isinstance(part, list):
        for each in part:
            yield from enums_of(each, *properties)


def _enums(part: Any) -> Iterator[tuple[str, ...]]:
    if isinstance(part, dict):
        if isinstance(part.get("enum"), list):
            yield tuple(value for value in part["enum"] if value is not None)
        for name in ("items", "propertyNames"):
            yield from _enums(part.get(name))


def test_the_document_of_v1_lists_the_languages() -> None:
    found = list(enums_of(_schemas(), "locale", "locales", "texts"))
    assert len(found) >= 5
    assert [each for each in found if each != LOCALES] == []


def test_the_schema_of_programs_lists_the_languages() -> None:
    schema = json.loads(text_of(ROOT / "layers/core/goodword/programs/schema.json"))
    assert list(enums_of(schema, "locales", "texts")) == [LOCALES, LOCALES]


def test_every_language_has_its_texts_and_its_cast() -> None:
    catalogues = {
        found[1]
        for name in names()
        if (found := re.search(r"pages/locales/(\w+)/LC_MESSAGES/goodword\.po$", name))
    }
    assert catalogues == set(LOCALES[1:])
    assert {locale for texts in plain.PAGES.values() for locale in texts} == set(LANGUAGES)
    assert set(CASTS) == set(LANGUAGES)


def test_every_kind_of_crm_has_its_reader() -> None:
    assert set(crm.KINDS) == set(KINDS)


def test_the_table_of_kinds_lists_every_kind() -> None:
    listed = re.findall(
        r"(?m)^\| (\w+) +\| `\w+`", text_of(ROOT / "layers/core/goodword/crm/__init__.py")
    )
    assert listed == list(KINDS)


def test_the_page_of_crms_states_the_secret_of_every_kind() -> None:
    page = text_of(ROOT / "docs/add-a-crm.md")
    table = page.partition("## The secrets of a connection")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| ([a-z_]+(?:, [a-z_]+)*) \| (?!the secret)", table)
    assert sorted(kind for row in rows for kind in row.split(", ")) == sorted(KINDS)


def test_the_document_of_v1_lists_the_kinds_of_crm() -> None:
    found = [each for each in enums_of(_schemas(), *_schemas(), "kind") if "hubspot" in each]
    assert found
    assert [each for each in found if each != KINDS] == []


def test_the_document_of_v1_has_the_fields_of_a_referrer() -> None:
    schemas = _schemas()
    wanted = {*ENROLLED_FIELDS, "currency"}
    assert set(schemas["ReferrerTerms"]["properties"]) == wanted
    assert set(schemas["ContactTerms"]["properties"]) == wanted
    assert schemas["ReferrerTerms"]["required"] == list(REQUIRED_FIELDS)
    assert set(schemas["ReferrerChange"]["properties"]) == set(CHANGEABLE_FIELDS)


def test_a_change_may_set_only_changeable_fields() -> None:
    assert tuple(each.name for each in fields(ReferrerChange)) == CHANGEABLE_FIELDS
