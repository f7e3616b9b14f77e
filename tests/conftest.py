"""What all tests share.

Found examples are the same on every run, no test hurries for a deadline, and none knows a program that one
before it read: tests empty the tables beneath a process that goes on.
"""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def _forget_programs() -> Iterator[None]:
    yield
    store = sys.modules.get("goodword.store.programs")  # most tests load no store
    if store is not None:
        store.forget_programs()
