"""What the tests of the domain start from."""

import pytest

from goodword.domain.programs.program import Program
from goodword.domain.programs.terms import build_program
from tests.world import TERMS

DOCUMENT = {
    **TERMS,
    "starts": "2027-01-01",
    "milestones": [{**TERMS["milestones"][0], "pays": ["50.00 USD", "45.00 EUR"]}],
}


@pytest.fixture
def document() -> dict:
    """Give the document of a program, to be changed at will."""
    return dict(DOCUMENT)


@pytest.fixture
def program() -> Program:
    """Give a program with one milestone."""
    return build_program(DOCUMENT)
