"""What goes wrong before anything runs is said in one line, never as a traceback."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx
import pytest

from infra.local import build as building
from infra.local import run as running
from infra.local.cloud import CloudError

ROOT = Path(__file__).resolve().parents[3]


def test_a_build_that_hangs_is_ended_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, timeout: float, **__: object) -> None:
        raise subprocess.TimeoutExpired("sam", timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    monkeypatch.setattr(building, "digest_inputs", lambda _: "other than what was built")
    with pytest.raises(CloudError, match=str(building.BUILD_SECONDS)):
        building.build(ROOT)


@pytest.mark.parametrize(
    "error",
    [
        CloudError("no port [8700]"),
        RuntimeError("PUT /v1: 500"),
        httpx.ConnectError("refused"),
        OSError("full"),
    ],
)
def test_an_obstacle_to_the_demo_is_named_in_one_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(running, "Demo", fail)
    assert running.main() == 1
    assert capsys.readouterr().out == f"✗ {error}\n"
