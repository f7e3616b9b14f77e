"""Each promise names what holds it, and each journey is named beside the promise that it holds."""

from __future__ import annotations

import re

import pytest

from tests.tidy.project import ROOT, names, text_of

PAGE = text_of(ROOT / "docs" / "guarantees.md")
_TABLE = re.compile(r"(?m)^\| promised \| held by \|\n\|[-|]+\n((?:\|.*\n)+)")
PROMISES = [
    tuple(cell.strip() for cell in row.strip("|").rsplit("|", 1))
    for table in _TABLE.findall(PAGE)
    for row in table.splitlines()
]
JOURNEYS = sorted(name for name in names() if re.fullmatch(r"tests/journeys/test_\w+\.py", name))


def test_the_tables_of_promises_are_found() -> None:
    assert len(PROMISES) > 40
    assert len(JOURNEYS) > 10


@pytest.mark.parametrize(("promise", "covered_by"), PROMISES, ids=lambda each: each[:40])
def test_each_promise_names_what_holds_it(promise: str, covered_by: str) -> None:
    files = re.findall(r"`(tests/[\w/.]+)`", covered_by)
    assert promise
    assert files or "the simulation" in covered_by
    assert [each for each in files if each.rstrip("/") not in names()] == []


@pytest.mark.parametrize("journey", JOURNEYS)
def test_each_journey_is_named_beside_its_promise(journey: str) -> None:
    assert [promise for promise, covered_by in PROMISES if f"`{journey}`" in covered_by] != []
