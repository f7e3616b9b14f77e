"""Measure every goal of the hot path, and print each figure with its goal (docs/performance.md).

`python -m infra.bench --only apply_event` counts the cold start of that function alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from infra.bench.artefact import Artefact, clean_python
from infra.bench.certificate import make_certificate
from infra.bench.count import BenchError, count, valgrind
from infra.bench.events import first_event
from infra.bench.stub import Stub
from infra.cost import GOAL_USD, click_parts, load_prices, total
from infra.local.cloud import CloudError
from infra.release import find_python, runtime_version

ROOT = Path(__file__).resolve().parents[2]
# They ask no store, and are counted until they have answered.
STORELESS = ("answer_unknown", "serve_asset")
DRIVE = str(Path(__file__).with_name("drive.py"))
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
    ("5", "round trips of an unknown code: first, again", "1, 0", "2, 1", "tests/hot/test_click_counts.py"),
    ("6", "write units and read units of a warm click", "1, 0", "1, 0", "tests/hot/test_tables.py"),
    ("8", "log bytes of a click", "0", "≤ 200", "tests/api/test_clicks.py"),
    (
        "10",
        "writes a second on any key at 5,000 clicks a second on one link; clicks lost or doubled",
        "≤ 1,000; 0",
        "≤ 1,000; 0",
        "tests/steps/test_click_load.py",
    ),
    ("11", "seconds that a click waits for DynamoDB at most", "1", "≤ 1", "tests/hot/test_dynamodb.py"),
    (
        "12",
        "DynamoDB calls of a duplicate webhook; calls of Stripe",
        "2; 0",
        "≤ 2; 0",
        "tests/api/test_trace.py",
    ),
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
    """Measure on this Python, and on the runtime's own where there is another."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("python", nargs="?", default="", help="the runtime's Python; looked for if not given")
    parser.add_argument("--only", nargs="+", default=(), help="count the cold start of these functions alone")
    asked = parser.parse_args()
    try:
        valgrind()
        wanted = runtime_version(ROOT)
        pythons = pythons_to_measure(wanted, find_python(wanted, ROOT, asked.python, fetch=False))
        if wanted not in pythons:
            print(f"There is no Python {wanted} here, the runtime's own; the ratios below are of another.\n")
        for place, (version, python) in enumerate(pythons.items()):
            print(f"Python {version}, {platform.machine()}; a bare start is 1.00\n")
            folder = ROOT / ".local/bench" / version
            if asked.only:
                _print(measure_starts(_Measured(python, folder), asked.only))
            else:
                _print(measure(_Measured(python, folder), all_functions=place == 0))
        if asked.only:
            return 0
        _print(priced())
    except (BenchError, CloudError) as error:
        print(error, file=sys.stderr)
        return 1
    print("Held by tests, in `make check`:\n")
    _print(Row(goal, what, figure, wanted, True, test) for goal, what, figure, wanted, test in TESTED)
    return 0


def pythons_to_measure(wanted: str, found: str | None) -> dict[str, str]:
    """Return the Pythons to measure by version: this one, and the runtime's where this is another.

    wanted: the runtime's version, such as 3.13; found: where one of it is, if anywhere.
    """
    own = getattr(sys, "_base_executable", sys.executable)
    here = "{}.{}".format(*sys.version_info)
    if here == wanted or found is None:
        return {here: own}
    return {here: own, wanted: found}


class _Measured:
    """What is measured on one Python: the artefact, and a bare start to compare with."""

    def __init__(self, python: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.python = clean_python(python, folder / "clean")
        self.built = Artefact(ROOT, folder / "compiled", self.python)
        self.bare = count(self.python, "-c", "pass")

    def run(self, what: str, path: str, endpoint: str, given: str = "") -> int:
        """Count what drive.py does."""
        return count(self.python, DRIVE, what, path, endpoint, given)

    def first(self, job: str, endpoint: str) -> int:
        """Count a function's start until its store has answered, or itself where it has no store."""
        event = self.folder / f"{job}.json"
        event.write_text(json.dumps(first_event(ROOT, job)), encoding="utf-8")
        what = "answered" if job in STORELESS else "first"
        return self.run(what, self.built.path_of(job), endpoint, str(event))


def measure(measured: _Measured, *, all_functions: bool) -> Iterator[Row]:
    """Yield what is counted in instructions on one Python.

    all_functions: beside the redirect, every other function, which takes minutes.
    """
    folder, built, run = measured.folder, measured.built, measured.run
    sources = Artefact(ROOT, folder / "sources", measured.python, compiled=False)
    both, roots = make_certificate(folder, built.core / "goodword/hot/roots.pem")
    with Stub() as plain, Stub(both) as secure:
        clicks = built.path_of("record_click")
        cold = run("click=1", clicks, secure.url, str(roots))
        yield _at_most(
            "1", "cold start of record_click, with its first click over TLS", cold / measured.bare, 8.0
        )
        warm = (run("click=70", clicks, plain.url) - run("click=20", clicks, plain.url)) / 50
        core = str(built.library)
        update = (run("update=70", core, plain.url) - run("update=20", core, plain.url)) / 50
        yield _at_most("7", "CPU of a warm click, of a boto3 UpdateItem", warm / update, 0.35)
        slow = run("click=1", sources.path_of("record_click"), secure.url, str(roots))
        fresh = Artefact(ROOT, folder / "fresh", measured.python)
        again = run("click=1", fresh.path_of("record_click"), secure.url, str(roots))
        yield _at_most("4", "cold start with the zip's dates, of that with fresh bytecode", cold / again, 1.1)
        yield Row("4", "the same without bytecode, as SAM builds it", f"{slow / again:.2f}", "", True)
    if all_functions:
        yield from measure_starts(measured, [job for job in built.jobs() if job != "record_click"])


def measure_starts(measured: _Measured, jobs: Sequence[str]) -> Iterator[Row]:
    """Yield the cold start of each of these functions, of a bare pynamodb client's.

    As many at once as there are cores: it is instructions that are counted, and they do not depend on it.
    """
    built, run = measured.built, measured.run
    unknown = sorted(set(jobs) - set(built.jobs()))
    if unknown:
        raise BenchError(f"There is no function {unknown[0]}; there are: {', '.join(built.jobs())}.")
    with Stub() as plain, ThreadPoolExecutor(os.cpu_count()) as pool:
        starts = {job: pool.submit(measured.first, job, plain.url) for job in jobs}
        client = run("pynamodb", str(built.library), plain.url)
        yield Row(
            "3", "a bare pynamodb client, with its first answer", f"{client / measured.bare:.2f}", "", True
        )
        stripe = 0
        if any(map(built.with_stripe, jobs)):
            stripe = run("import=stripe", built.stripe_path(), plain.url) - measured.bare
        for job, start in starts.items():
            base = client + (stripe if built.with_stripe(job) else 0)
            yield _at_most("3", f"cold start of {job}, of a pynamodb client", start.result() / base, 1.25)


def priced() -> Iterator[Row]:
    """Yield what a million clicks cost, as they may come."""
    print("Prices (`make cost`):\n")
    for name, mix in load_prices()["mixes"].items():
        usd = total(click_parts(1e6, mix["rate"], mix["links"], mix["shards"]))
        yield _at_most("9", f"USD a million clicks: {name}", usd, GOAL_USD)


def _at_most(goal: str, what: str, figure: float, most: float) -> Row:
    return Row(goal, what, f"{figure:.2f}", f"≤ {most:.2f}", round(figure, 2) <= most)


def _print(rows: Iterable[Row]) -> None:
    print("| goal | what | figure | wanted | |\n|---|---|---:|---:|---|")
    for row in rows:
        last = row.base or ("" if row.met else "missed")
        print(f"| {row.goal} | {row.what} | {row.figure} | {row.wanted} | {last} |", flush=True)
    print()


if __name__ == "__main__":
    sys.exit(main())
