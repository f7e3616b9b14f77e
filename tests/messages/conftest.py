"""What the tests of messages start from."""

import pytest

from goodword.domain.programs.program import Program
from goodword.domain.programs.terms import build_program
from tests.domain.conftest import DOCUMENT


@pytest.fixture
def program() -> Program:
    """Give a program with one milestone."""
    return build_program(DOCUMENT)
