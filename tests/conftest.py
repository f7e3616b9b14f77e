"""What all tests share.

Found examples are the same on every run, no test hurries for a deadline, and none knows a program
that one before it read: tests empty the tables beneath a process that goes on.

With several workers, a worker takes a file at a time. Each has ports, tables and clouds of its own,
as every fixture takes a free port and a temporary folder. Only what builds the layers shares a
folder, `.local/`, and so runs on one worker; the journeys among it share their cloud there.
"""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")
BUILDS_LAYERS = ("tests/journeys/", "tests/tidy/test_layers.py")


class ByFile(LoadScopeScheduling):
    """Give a worker a file at a time, and one of them all that builds the layers."""

    def _split_scope(self, nodeid: str) -> str:
        return "builds layers" if nodeid.startswith(BUILDS_LAYERS) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    """Say how tests are given to workers, whichever way the command line names."""
    return ByFile(config, log)


@pytest.fixture(autouse=True)
def _forget_programs() -> Iterator[None]:
    yield
    store = sys.modules.get("goodword.store.programs")  # most tests load no store
    if store is not None:
        store.KEPT.clear()
