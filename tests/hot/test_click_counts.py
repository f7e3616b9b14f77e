"""What a click loads, and how often it asks: counted in a process of its own, as Lambda starts one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.hot.server import Server, answer
from tests.tidy.house import ROOT, jobs

DRIVE = ROOT / "infra/bench/drive.py"
FOLDERS = f"{ROOT / 'functions/record_click'}:{ROOT / 'layers/core'}"
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
    for name in ("code", "customer", "account", "program", "target", "channel", "token_key", "address_key")
}
# Imports every function but those that may have stripe, one after the other, and says what came with them.
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


def test_a_click_loads_no_library_and_little_of_the_standard_one() -> None:
    with a_link() as server:
        loaded = set(drive("modules", server))
    assert "goodword.hot.dynamodb" in loaded
    assert {name.partition(".")[0] for name in loaded} & LIBRARIES == set()
    assert loaded & HEAVY == set()


def test_a_cold_click_asks_twice_and_a_warm_one_once_all_on_one_connection() -> None:
    with a_link() as server:
        drive("click=3", server)
        assert [asked.operation for asked in server.asked] == ["GetItem", "PutItem", "PutItem", "PutItem"]
        assert server.connections == 1


def test_an_unknown_code_asks_no_more_than_a_known_one() -> None:
    with Server(acts=[answer({})]) as server:
        drive("unknown=3", server)
        assert [asked.operation for asked in server.asked] == ["GetItem"]
        assert server.connections == 1


def test_only_what_posts_or_compares_loads_stripe() -> None:
    apps = [str(ROOT / "functions" / job / "app.py") for job in sorted(jobs() - SPEAK_TO_STRIPE)]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-B", "-W", "ignore", "-c", LOAD_ALL, *apps],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = done.stdout.split()
    assert "goodword.edge.wiring" in loaded
    assert [name for name in loaded if name.partition(".")[0] in ("stripe", "boto3")] == []


def test_the_bench_names_these_tests() -> None:
    text = (ROOT / "infra/bench/__main__.py").read_text(encoding="utf-8")
    named = set(re.findall(r"tests/[\w/]+\.py", text))
    assert named
    assert [name for name in named if not Path(ROOT / name).exists()] == []
