"""The command before a deployment that answers what it is told to."""

from __future__ import annotations

import pytest

from tests.infra.cli.service import Command, Service


@pytest.fixture
def service() -> Service:
    """Give a deployment that was told nothing yet."""
    return Service()


@pytest.fixture
def goodword(service: Service, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Give the command, before an environment that says nothing but what the test says."""
    for name in ("GOODWORD_URL", "GOODWORD_KEY", "GOODWORD_STACK", "GOODWORD_CRM_SECRET", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return Command(service)
