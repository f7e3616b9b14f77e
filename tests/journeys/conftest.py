"""One running demo for all journeys; each journey brings customers, prospects and connections of its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from infra.local.demo import Demo
from tests.journeys.journey import Journey

_numbers = count(1)


# Of the package and not of the session: nothing runs on beside the tests that come after these.
@pytest.fixture(scope="package")
def demo() -> Iterator[Demo]:
    """Start everything on free ports; whatever keeps it from starting fails every journey."""
    with Demo() as running:
        yield running


@pytest.fixture
def journey(demo: Demo) -> Iterator[Journey]:
    """Give a journey with names that no other one has."""
    with Journey(demo, next(_numbers)) as begun:
        yield begun
