"""Play the cases through the production steps, and name those that they do not decide yet.

`open_cases.txt` lists each case whose result is not yet right, because its rule is not built: whose
sale a deal is, undated evidence, freed room of limits, what persons decide about deals. A case on
the list that has become right fails here, so that it is taken off.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reference import history as h
from tests.reference.cases import Case, disagreements, play_of
from tests.reference.test_cases import in_scope
from tests.steps.cases import production

OPEN = frozenset(Path(__file__).with_name("open_cases.txt").read_text("utf-8").splitlines())


def played(case: Case) -> list[str]:
    """Return where production and the case disagree; the list of decisions is not compared yet."""
    sends_from = play_of(case).sends_from

    def result(history: h.History, now: h.datetime, *, last: bool) -> production.owed.Owed:
        after = sends_from if last else h.DISTANT
        return production.play(history, now, sends_from=after)

    try:
        return disagreements(case, result, decisions=False)
    except production.NotPlayedError as error:
        return [f"not played: {error}"]


@pytest.mark.parametrize("case", in_scope(), ids=lambda case: case.id)
def test_production_agrees_with_each_case_that_is_built(case: Case) -> None:
    wrong = played(case)
    assert bool(wrong) is (case.id in OPEN), wrong


def test_each_open_case_exists() -> None:
    assert {case.id for case in in_scope()} >= OPEN
