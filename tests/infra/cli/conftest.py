"""The command before a deployment with scripted responses."""

from __future__ import annotations

from functools import cache

import pytest
import typer

from tests.infra.cli.service import Command, Service

_built = cache(typer.main.get_command)


@pytest.fixture
def service() -> Service:
    """Give a deployment without scripted responses."""
    return Service()


@pytest.fixture
def goodword(service: Service, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Give the command, before an environment that says nothing but what the test says."""
    for name in (
        "GOODWORD_URL",
        "GOODWORD_KEY",
        "GOODWORD_STACK",
        "GOODWORD_CRM_SECRET",
        "FORCE_COLOR",
    ):
        monkeypatch.delenv(name, raising=False)
    # Building all commands from their functions takes longer than most tests.
    monkeypatch.setattr("typer.testing._get_command", _built)
    return Command(service)
