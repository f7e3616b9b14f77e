"""What is counted as a function's cold start goes as far as its store's first answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.bench.__main__ import STORELESS, python_to_measure
from infra.bench.count import BenchError
from infra.bench.events import first_event
from infra.bench.stub import Stub
from tests.tidy.house import ROOT, jobs

DRIVE = ROOT / "infra/bench/drive.py"


def drive(what: str, job: str, event: Path, stub: Stub) -> subprocess.CompletedProcess[str]:
    folders = f"{ROOT / 'functions' / job}:{ROOT / 'layers/core'}"
    return subprocess.run(  # noqa: S603  # our own bench
        [sys.executable, "-I", "-B", str(DRIVE), what, folders, stub.url, str(event)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def event(tmp_path: Path) -> Path:
    return tmp_path / "event.json"


# One of each kind: a stream, a queue, a schedule, a key, a session, a link of a mail, a token of a click.
@pytest.mark.parametrize(
    ("job", "asked"),
    [
        ("apply_event", "GetItem"),
        ("send_mail", "GetItem"),
        ("settle_credits", "Query"),
        ("make_link", "GetItem"),
        ("serve_desk", "GetItem"),
        ("stop_mail", "GetItem"),
        ("show_landing", "GetItem"),
    ],
)
def test_a_function_is_counted_until_its_store_has_answered_once(job: str, asked: str, event: Path) -> None:
    event.write_text(json.dumps(first_event(ROOT, job)), encoding="utf-8")
    with Stub() as stub:
        done = drive("first", job, event, stub)
        assert done.returncode == 0, done.stderr
        assert [each for each in stub.operations if each != "GetParameter"] == [asked]


def test_a_function_that_asks_no_store_is_not_counted_as_one_that_does(event: Path) -> None:
    event.write_text(json.dumps(first_event(ROOT, "answer_unknown")), encoding="utf-8")
    with Stub() as stub:
        assert drive("answered", "answer_unknown", event, stub).returncode == 0
        assert "the store was not asked" in drive("first", "answer_unknown", event, stub).stderr
        assert stub.operations == []


def test_each_function_but_the_redirect_has_a_first_event() -> None:
    for job in jobs() - {"record_click"}:
        assert json.dumps(first_event(ROOT, job))
    assert set(STORELESS) < jobs()


def test_the_runtimes_python_is_measured_and_a_named_one_that_is_another_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert python_to_measure(here, sys.executable) == (here, sys.executable)
    assert capsys.readouterr().out == ""
    assert python_to_measure("2.0", "")[0] == here
    assert "There is no Python 2.0 here" in capsys.readouterr().out
    with pytest.raises(BenchError, match=r"is no Python 2.0"):
        python_to_measure("2.0", sys.executable)
