"""Measure every goal of the hot path, and print each figure with its goal (docs/performance.md)."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.bench.artefact import Artefact, clean_python
from infra.bench.certificate import make_certificate
from infra.bench.count import BenchError, count, valgrind
from infra.bench.stub import Stub
from infra.cost import GOAL_USD, click_parts, load_prices, total
from infra.local.cloud import CloudError
from infra.release import find_python, runtime_version

ROOT = Path(__file__).resolve().parents[2]
DRIVE = str(Path(__file__).with_name("drive.py"))
WITH_STRIPE = ("post_credit", "audit_ledger")
# Cheap enough to be tests, which `make check` runs: the figure is what they hold.
TESTED = (
    ("2", "libraries that a click loads", "0", "0", "tests/hot/test_click_counts.py"),
    (
        "2",
        "functions that load stripe beside those that post or compare",
        "0",
        "0",
        "tests/hot/test_click_counts.py",
    ),
    (
        "5",
        "round trips of a click: warm, cold; connections",
        "1, 2; 1",
        "1, 2; 1",
        "tests/hot/test_click_counts.py",
    ),
    ("6", "write units and read units of a warm click", "1, 0", "1, 0", "tests/hot/test_tables.py"),
    ("8", "log bytes of a click", "0", "≤ 200", "tests/api/test_clicks.py"),
    (
        "10",
        "writes a second on the busiest key at 5,000 clicks a second",
        "≤ 10",
        "≤ 1,000",
        "tests/steps/test_click_load.py",
    ),
    ("11", "seconds that a click waits for DynamoDB at most", "1", "≤ 1", "tests/hot/test_dynamodb.py"),
    ("12", "calls of a duplicate webhook", "2", "≤ 2", "tests/api/test_trace.py"),
    ("13", "queries a page of any list, at three sizes", "1", "1", "tests/contracts/test_pages.py"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. met: whether the goal was."""

    goal: str
    what: str
    figure: str
    wanted: str
    met: bool
    base: str = ""


def main() -> int:
    """Measure on this Python, and on the runtime's own where there is one."""
    try:
        valgrind()
        wanted = runtime_version(ROOT)
        pythons = {platform.python_version(): getattr(sys, "_base_executable", sys.executable)}
        found = find_python(wanted, ROOT, sys.argv[1] if len(sys.argv) > 1 else "", fetch=False)
        if found is not None:
            pythons[wanted] = found
        else:
            print(f"There is no Python {wanted} here, the runtime's own; the ratios below are of another.\n")
        for version, python in pythons.items():
            print(f"Python {version}, {platform.machine()}; a bare start is 1.00\n")
            _print(measure(python, ROOT / ".local/bench" / version, all_functions=version != wanted))
        _print(priced())
    except (BenchError, CloudError) as error:
        print(error, file=sys.stderr)
        return 1
    print("Held by tests, in `make check`:\n")
    _print(Row(goal, what, figure, wanted, True, test) for goal, what, figure, wanted, test in TESTED)
    return 0


def measure(python: str, folder: Path, *, all_functions: bool) -> Iterator[Row]:
    """Yield what is counted in instructions on one Python.

    all_functions: beside the redirect, every other function, which takes minutes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bare_python = clean_python(python, folder / "clean")
    built = Artefact(ROOT, folder / "compiled", bare_python)
    sources = Artefact(ROOT, folder / "sources", bare_python, compiled=False)
    both, roots = make_certificate(folder, built.core / "goodword/hot/roots.pem")

    def run(what: str, path: str, endpoint: str, trusted: str = "") -> int:
        return count(bare_python, DRIVE, what, path, endpoint, trusted)

    bare = count(bare_python, "-c", "pass")
    with Stub() as plain, Stub(both) as secure:
        clicks = built.path_of("record_click")
        cold = run("click=1", clicks, secure.url, str(roots))
        yield _at_most("1", "cold start of record_click, with its first click over TLS", cold / bare, 8.0)
        warm = (run("click=70", clicks, plain.url) - run("click=20", clicks, plain.url)) / 50
        core = str(built.core)
        update = (run("update=70", core, plain.url) - run("update=20", core, plain.url)) / 50
        yield _at_most("7", "CPU of a warm click, of a boto3 UpdateItem", warm / update, 0.35)
        slow = run("click=1", sources.path_of("record_click"), secure.url, str(roots))
        fresh = Artefact(ROOT, folder / "fresh", bare_python)
        again = run("click=1", fresh.path_of("record_click"), secure.url, str(roots))
        yield _at_most("4", "cold start with the zip's dates, of that with fresh bytecode", cold / again, 1.1)
        yield Row("4", "the same without bytecode, as SAM builds it", f"{slow / again:.2f}", "", True)
        if not all_functions:
            return
        client = run("pynamodb", core, plain.url)
        both_layers = f"{built.core}:{built.stripe}"
        stripe = run("import=stripe", both_layers, plain.url) - bare
        yield Row("3", "a bare pynamodb client", f"{client / bare:.2f}", "", True)
        for job in sorted(path.name for path in built.functions.iterdir()):
            if job != "record_click":
                posts = job in WITH_STRIPE
                start = run("start", built.path_of(job, stripe=posts), plain.url)
                base = client + (stripe if posts else 0)
                yield _at_most("3", f"cold start of {job}, of a pynamodb client", start / base, 1.25)


def priced() -> Iterator[Row]:
    """Yield what a million clicks cost, as they may come."""
    print("Prices (`make cost`):\n")
    for name, mix in load_prices()["mixes"].items():
        usd = total(click_parts(1e6, mix["rate"], mix["links"], mix["shards"]))
        yield _at_most("9", f"USD a million clicks: {name}", usd, GOAL_USD)


def _at_most(goal: str, what: str, figure: float, most: float) -> Row:
    return Row(goal, what, f"{figure:.2f}", f"≤ {most:.2f}", round(figure, 2) <= most)


def _print(rows: Iterator[Row]) -> None:
    print("| goal | what | figure | wanted | |\n|---|---|---:|---:|---|")
    for row in rows:
        last = row.base or ("" if row.met else "missed")
        print(f"| {row.goal} | {row.what} | {row.figure} | {row.wanted} | {last} |", flush=True)
    print()


if __name__ == "__main__":
    sys.exit(main())
