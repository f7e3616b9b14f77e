"""What the tests of the domain start from."""

import pytest

from goodword.domain.programs.program import Program
from goodword.domain.programs.terms import build_program

DOCUMENT = {
    "program": "peers",
    "name": "Introduce a peer",
    "starts": "2027-01-01",
    "time_zone": "America/New_York",
    "prospect_gets": "The first month free.",
    "targets": ["www.example.com"],
    "default_target": "https://www.example.com/demo",
    "milestones": [
        {
            "milestone": "demo",
            "once": "they attend a demo",
            "pays": ["50.00 USD", "45.00 EUR"],
            "qualifies": {"stage": "demo_attended"},
        }
    ],
}


@pytest.fixture
def document() -> dict:
    """Give the document of a program, to be changed at will."""
    return dict(DOCUMENT)


@pytest.fixture
def program() -> Program:
    """Give a program with one milestone."""
    return build_program(DOCUMENT)
