"""What must hold is written down for people, each by its name."""

import re
from pathlib import Path

from tests.simulation.invariants import INVARIANTS
from tests.simulation.mutants import MUTANTS
from tests.simulation.scenes import STATES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "guarantees.md").read_text()


def test_the_page_names_each_invariant_and_no_other():
    section = PAGE[PAGE.index("| invariant |") : PAGE.index("## Assumptions")]
    assert set(re.findall(r"`(\w+)`", section)) == {each.name for each in INVARIANTS}


def test_each_invariant_has_a_sentence_of_its_own():
    assert len({each.sentence for each in INVARIANTS}) == len(INVARIANTS)
    assert all(each.sentence.endswith(".") for each in INVARIANTS)


def test_the_page_counts_states_and_mutants_right():
    assert f"from each of {len(STATES)} start states" in PAGE
    assert f"{len(MUTANTS)} ways to break the protocol" in PAGE
