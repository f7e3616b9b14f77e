"""What is counted as a function's cold start goes as far as its store's first answer."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from infra.bench.__main__ import STORELESS, python_to_measure
from infra.bench.count import BenchError, run
from infra.bench.counted import COUNTED, Counted
from infra.bench.events import first_event
from infra.bench.row import KNOWN, at_most, missed
from infra.bench.stub import Stub
from infra.local.template import function_folders
from tests.tidy.project import ROOT, jobs

DRIVE = ROOT / "infra/bench/drive.py"


def drive(what: str, job: str, event: Path, stub: Stub) -> subprocess.CompletedProcess[str]:
    folders = f"{function_folders()[job]}:{ROOT / 'layers/core'}"
    return subprocess.run(  # noqa: S603  # our own bench
        [sys.executable, "-I", "-B", str(DRIVE), what, folders, stub.url, str(event)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def event(tmp_path: Path) -> Path:
    return tmp_path / "event.json"


# One of each kind: a stream, a queue, a schedule, a key, a session, a link of a mail, a token of a
# click.
@pytest.mark.parametrize(
    ("job", "asked"),
    [
        ("apply_event", "GetItem"),
        ("send_mail", "GetItem"),
        ("notify_referrer", "GetItem"),
        ("sweep_credits", "Query"),
        ("create_link", "GetItem"),
        ("serve_console", "GetItem"),
        ("unsubscribe", "GetItem"),
        ("serve_landing", "GetItem"),
    ],
)
def test_a_function_is_counted_until_its_store_has_answered_once(
    job: str, asked: str, event: Path
) -> None:
    event.write_text(json.dumps(first_event(ROOT, job)), encoding="utf-8")
    with Stub() as stub:
        done = drive("first", job, event, stub)
        assert done.returncode == 0, done.stderr
        assert [each for each in stub.operations if each != "GetParameter"] == [asked]


def test_a_function_without_a_store_is_not_counted_as_one(event: Path) -> None:
    event.write_text(json.dumps(first_event(ROOT, "handle_not_found")), encoding="utf-8")
    with Stub() as stub:
        assert drive("answered", "handle_not_found", event, stub).returncode == 0
        assert (
            "the function used no table" in drive("first", "handle_not_found", event, stub).stderr
        )
        assert stub.operations == []


def test_each_function_but_the_redirect_has_a_first_event() -> None:
    for job in jobs() - {"record_click"}:
        assert json.dumps(first_event(ROOT, job))
    assert set(STORELESS) < jobs()


def test_the_runtimes_python_is_measured_and_another_version_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert python_to_measure(here, sys.executable) == (here, sys.executable)
    assert capsys.readouterr().out == ""
    assert python_to_measure("2.0", "")[0] == here
    assert "There is no Python 2.0 here" in capsys.readouterr().out
    with pytest.raises(BenchError, match=r"is not Python 2.0"):
        python_to_measure("2.0", sys.executable)


def test_a_miss_is_reported_however_small_and_shown_as_one() -> None:
    row = at_most("3", "some start", 1.2501, 1.25)
    assert (row.met, row.figure) == (False, "1.2501")
    assert missed([row]) == ["goal 3 is missed: some start: 1.2501, wanted ≤ 1.25"]
    assert missed([at_most("3", "some start", 1.25, 1.25)]) == []


def test_a_known_miss_is_reported_only_when_it_changes() -> None:
    what, most = next(iter(KNOWN.items()))
    known = at_most("9", what, most, 1.0)
    assert (known.met, known.known) == (False, True)
    assert known.line().endswith("| missed, and known |")
    assert missed([known]) == []
    assert missed([at_most("9", what, most + 0.01, 1.0)]) != []
    assert missed([at_most("9", what, 0.9, 1.0)]) == [
        f"goal 9 is met now, and documented as missed: {what}"
    ]


def test_each_known_miss_is_in_the_table_and_explained() -> None:
    result = (ROOT / "docs/performance.md").read_text(encoding="utf-8")
    for what in KNOWN:
        assert [
            line
            for line in result.splitlines()
            if f"| {what} |" in line and "missed, and known" in line
        ]


def test_uncounted_figures_are_errors_and_figures_without_goals_are_reported() -> None:
    row = Counted("14", "hops", (("hops of some test", None),), "tests/x.py")
    assert row.row({"hops of some test": 3}).line() == "| 14 | hops | 3 |  | `tests/x.py` |"
    with pytest.raises(BenchError, match=r"tests/x.py did not count: hops of some test"):
        row.row({})


def test_each_goal_has_a_line() -> None:
    elsewhere = {"1", "3", "4", "7", "9", "15"}  # counted by the bench itself
    assert {each.goal for each in COUNTED} | elsewhere == {str(goal) for goal in range(1, 16)}


def test_a_hanging_run_is_stopped_with_a_remedy() -> None:
    with pytest.raises(BenchError, match=r"(?s)limit of 0.01 s.*Is this machine busy.*--only"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], 0.01)


def test_stripes_library_and_a_client_are_measured_in_one_process(tmp_path: Path) -> None:
    """What both of them need is loaded once.

    To add the one's start to the other's would count it twice.
    """
    (tmp_path / "stripe.py").write_text("print('stripe')\n", encoding="utf-8")
    with Stub() as stub:
        done = subprocess.run(  # noqa: S603  # our own bench
            [
                sys.executable,
                "-I",
                "-B",
                str(DRIVE),
                "pynamodb_and_stripe",
                str(tmp_path),
                stub.url,
                "",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "stripe\n"), done.stderr
        assert stub.operations == ["GetItem"]


def test_the_tls_stub_listens_where_localhost_resolves_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    asked = []

    def listen(address: tuple[str, int], family: socket.AddressFamily) -> socket.socket:
        asked.append((family, *address))
        return listening

    found = [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
    monkeypatch.setattr(socket, "create_server", listen)
    with Stub(tmp_path / "certificate") as stub:
        assert stub.url == f"https://localhost:{listening.getsockname()[1]}"
    assert asked == [(socket.AF_INET6, "::1", 0)]
