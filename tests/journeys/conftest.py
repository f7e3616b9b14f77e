"""One running demo for all journeys.

Each journey brings referrers, prospects and connections of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser

from infra.local.chromium import MISSING, find_chromium, open_chromium
from infra.local.demo import Demo
from tests.journeys.journey import Journey

_numbers = count(1)


# Of the package and not of the session: nothing runs on beside the tests that come after these.
@pytest.fixture(scope="package")
def demo() -> Iterator[Demo]:
    """Start everything on free ports; an error at the start fails every journey."""
    with Demo() as running:
        yield running


@pytest.fixture
def journey(demo: Demo) -> Iterator[Journey]:
    """Give a journey with names that no other one has."""
    with Journey(demo, next(_numbers)) as begun:
        yield begun


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Open Chromium; where there is none, say so plainly, and fail where the gate runs."""
    if find_chromium() is None:
        if "CI" in os.environ:
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with open_chromium() as opened:
        yield opened
