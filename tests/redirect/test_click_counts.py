"""What a click loads, and how often it asks.

Counted in a process of its own, as Lambda starts one.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.bench.count import BenchError
from infra.bench.counted import COUNTED, Counted, figures_of
from infra.local.template import function_folders
from tests.redirect.server import Server, answer
from tests.tidy.project import ROOT, jobs

DRIVE = ROOT / "infra/bench/drive.py"
FOLDERS = f"{ROOT / 'functions/links/record_click'}:{ROOT / 'layers/core'}"
LIBRARIES = {
    "boto3",
    "botocore",
    "pynamodb",
    "stripe",
    "pydantic",
    "requests",
    "urllib3",
    "aws_xray_sdk",
    "aws_lambda_powertools",
    "shortuuid",
    "crawlerdetect",
}
# Of the standard library, what each costs more than a tenth of a cold start and is not needed.
HEAVY = {
    "dataclasses",
    "inspect",
    "typing",
    "http.client",
    "email",
    "urllib.parse",
    "logging",
    "uuid",
    "html",
}
SPEAK_TO_STRIPE = {"post_credit", "audit_ledger"}
LINK = {
    name: {"S": name}
    for name in (
        "code",
        "referrer",
        "account",
        "program",
        "target",
        "channel",
        "token_key",
        "address_key",
    )
}
# Imports every function but those that may have stripe, one after the other, and says what came
# with them.
LOAD_ALL = """
import importlib.util, sys
for place, file in enumerate(sys.argv[1:]):
    spec = importlib.util.spec_from_file_location(f"function_{place}", file)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
print("\\n".join(sys.modules))
"""


def drive(what: str, server: Server) -> list[str]:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-S", "-B", str(DRIVE), what, FOLDERS, server.url, ""],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def a_link() -> Server:
    return Server(acts=[answer({"Item": {"code": {"S": "code"}, "record": {"M": LINK}}})])


def test_a_click_loads_no_library_and_few_standard_modules(
    record_property: Callable[[str, object], None],
) -> None:
    with a_link() as server:
        loaded = set(drive("modules", server))
    assert "goodword.redirect.dynamodb" in loaded
    libraries = {name.partition(".")[0] for name in loaded} & LIBRARIES
    record_property("libraries", len(libraries))
    assert libraries == set()
    assert loaded & HEAVY == set()


def test_a_cold_click_makes_two_calls_and_a_warm_one(
    record_property: Callable[[str, object], None],
) -> None:
    with a_link() as server:
        drive("click=3", server)
        asked = [asked.operation for asked in server.asked]
    cold, warm = asked[:2], asked[2:]
    record_property("cold calls", len(cold))
    record_property("warm calls", len(warm) / 2)
    record_property("warm reads", warm.count("GetItem"))
    record_property("connections", server.connections)
    assert (cold, warm) == (["GetItem", "PutItem"], ["PutItem"] * 2)
    assert server.connections == 1


def test_an_unknown_code_asks_no_more_than_a_known_one(
    record_property: Callable[[str, object], None],
) -> None:
    with Server(acts=[answer({})]) as server:
        drive("unknown=1", server)
        first = [asked.operation for asked in server.asked]
    with Server(acts=[answer({})]) as server:
        drive("unknown=3", server)
        again = [asked.operation for asked in server.asked][len(first) :]
        connections = server.connections
    record_property("first calls of an unknown code", len(first))
    record_property("further calls of an unknown code", len(again))
    assert (first, again, connections) == (["GetItem"], [], 1)


def test_only_what_posts_or_compares_loads_stripe(
    record_property: Callable[[str, object], None],
) -> None:
    apps = [str(function_folders()[job] / "app.py") for job in sorted(jobs() - SPEAK_TO_STRIPE)]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-B", "-W", "ignore", "-c", LOAD_ALL, *apps],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = done.stdout.split()
    heavy = [name for name in loaded if name.partition(".")[0] in ("stripe", "boto3")]
    record_property("modules of stripe and boto3", len(heavy))
    assert "goodword.http.wiring" in loaded
    assert heavy == []


def test_each_figure_the_bench_takes_from_tests_is_counted_there() -> None:
    assert len(COUNTED) > 8
    for each in COUNTED:
        text = (ROOT / each.test).read_text(encoding="utf-8")
        assert [name for name, _ in each.counts if f'record_property("{name}", ' not in text] == []


def test_figures_come_only_from_what_the_tests_counted(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        "def test_it(record_property):\n"
        "    record_property('calls', 3)\n"
        "    record_property('share', 0.5)\n"
    )
    assert figures_of([str(tmp_path)], tmp_path / "results.xml") == {"calls": 3.0, "share": 0.5}
    one = Counted("5", "calls", (("calls", 2),), "test_one.py")
    row = one.row({"calls": 3.0})
    assert (row.figure, row.wanted, row.met) == ("3", "≤ 2", False)
    with pytest.raises(BenchError, match="calls"):
        one.row({})
    (tmp_path / "test_one.py").write_text("def test_it():\n    assert False\n")
    with pytest.raises(BenchError, match="1 failed"):
        figures_of([str(tmp_path)], tmp_path / "results.xml")
