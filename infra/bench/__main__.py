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
from pathlib import Path

from infra.bench.artefact import Artefact, clean_python
from infra.bench.certificate import make_certificate
from infra.bench.count import BenchError, count, run, valgrind
from infra.bench.counted import COUNTED, figures_of
from infra.bench.events import first_event
from infra.bench.row import Row, at_most, figure, missed
from infra.bench.stub import Stub
from infra.cost import GOAL_USD, click_parts, load_prices, month_parts, rest_parts, total
from infra.local.cloud import CloudError
from infra.release import find_python, runtime_version

ROOT = Path(__file__).resolve().parents[2]
# These functions use no table, and are counted until their answer.
STORELESS = ("handle_not_found", "publish_events", "serve_asset")
DRIVE = str(Path(__file__).with_name("drive.py"))


def main() -> int:
    """Measure with the runtime's Python, or with this one if the runtime's is missing."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "python", nargs="?", default="", help="the runtime's Python; looked for if not given"
    )
    parser.add_argument(
        "--only", nargs="+", default=(), help="count the cold start of these functions alone"
    )
    asked = parser.parse_args()
    try:
        valgrind()
        version, python = python_to_measure(runtime_version(ROOT), asked.python)
        print(f"Python {version}, {platform.machine()}; a bare start is 1.00\n")
        measured = _Measured(python, ROOT / ".local/bench" / version)
        if asked.only:
            return _report(_print(measure_starts(measured, asked.only)))
        rows = _print(measure_clicks(measured))
        rows += _print(
            measure_starts(
                measured, [job for job in measured.built.jobs() if job != "record_click"]
            )
        )
        print("Prices (`make cost`):\n")
        rows += _print(priced())
        print("Counted by tests, in `make check`:\n")
        figures = figures_of([each.test for each in COUNTED], ROOT / ".local/bench/tests.xml")
        rows += _print(each.row(figures) for each in COUNTED)
    except (BenchError, CloudError) as error:
        print(error, file=sys.stderr)
        return 1
    return _report(rows)


def _report(rows: Iterable[Row]) -> int:
    """Print the missed goals that are not known, and return the exit code."""
    misses = missed(rows)
    for each in misses:
        print(each, file=sys.stderr)
    return 1 if misses else 0


def python_to_measure(wanted: str, named: str) -> tuple[str, str]:
    """Return version and path of the Python to measure; warn if it is not the runtime's.

    wanted: the runtime's version, such as 3.13; named: the path of one, or empty. Raises BenchError
    if the named one has another version.
    """
    found = find_python(wanted, ROOT, named, fetch=False)
    if found is not None:
        return wanted, found
    if named:
        raise BenchError(f"{named} is not Python {wanted}, the runtime's version.")
    print(
        f"There is no Python {wanted} here, the runtime's own; the ratios below are of another.\n"
    )
    return "{}.{}".format(*sys.version_info), getattr(sys, "_base_executable", sys.executable)


class _Measured:
    """The artefact and a bare start to compare with, on one Python."""

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
        """Count a function's start until its table has answered, or itself without a table."""
        event = self.folder / f"{job}.json"
        event.write_text(json.dumps(first_event(ROOT, job)), encoding="utf-8")
        what = "answered" if job in STORELESS else "first"
        return self.run(what, self.built.path_of(job), endpoint, str(event))

    def seconds_of_a_click_unanswered(self) -> float:
        """Follow a link while its table does not answer, and return the seconds that it took."""
        with Stub(answers=2) as stub:
            path = self.built.path_of("record_click")
            done = run([str(self.python), "-I", "-B", DRIVE, "silent", path, stub.url, ""], 60)
        if done.returncode != 0:
            raise BenchError(f"A click whose table does not answer failed:\n{done.stderr[-2000:]}")
        return float(done.stderr)


def _pool() -> ThreadPoolExecutor:
    """Run one process per core; instruction counts do not depend on the load."""
    return ThreadPoolExecutor(os.cpu_count())


def measure_clicks(measured: _Measured) -> Iterator[Row]:
    """Yield the cost of a click, in instructions."""
    folder, built = measured.folder, measured.built
    both, roots = make_certificate(folder, built.core / "goodword/redirect/roots.pem")
    deployed, library = built.path_of("record_click"), str(built.library)
    with Stub() as plain, Stub(both) as secure, _pool() as pool:
        runs = {
            (what, path): pool.submit(measured.run, what, path, plain.url)
            for path, whats in {
                library: ("update=70", "update=20"),
                deployed: ("click=70", "click=20"),
            }.items()
            for what in whats
        }
        cold = {
            name: pool.submit(measured.run, "click=1", path, secure.url, str(roots))
            for name, path in {
                "deployed": deployed,
                "fresh": built.redirect_alone(folder / "fresh", measured.python, compiled=True),
                "sources": built.redirect_alone(
                    folder / "sources", measured.python, compiled=False
                ),
            }.items()
        }
        start, fresh, slow = (cold[name].result() for name in ("deployed", "fresh", "sources"))
        yield at_most(
            "1",
            "cold start of record_click, with its first click over TLS",
            start / measured.bare,
            8.0,
        )
        without, modules = built.without_bytecode()
        yield at_most(
            "4", f"modules without bytecode that is valid at run time, of {modules}", without, 0
        )
        yield at_most(
            "4", "cold start with the zip's dates, of that with fresh bytecode", start / fresh, 1.1
        )
        yield figure("4", "the same without bytecode, as SAM builds it", slow / fresh)
        warm = runs["click=70", deployed].result() - runs["click=20", deployed].result()
        update = runs["update=70", library].result() - runs["update=20", library].result()
        yield at_most("7", "CPU of a warm click, of a boto3 UpdateItem", warm / update, 0.35)
        took = measured.seconds_of_a_click_unanswered()
        yield at_most(
            "11", "seconds that a click took while its store was silent, by the clock", took, 1.1
        )


def measure_starts(measured: _Measured, jobs: Sequence[str]) -> Iterator[Row]:
    """Yield the cold start of each of these functions, relative to a bare pynamodb client's."""
    built, run = measured.built, measured.run
    unknown = sorted(set(jobs) - set(built.jobs()))
    if unknown:
        raise BenchError(
            f"There is no function {unknown[0]}; there are: {', '.join(built.jobs())}."
        )
    with Stub() as plain, _pool() as pool:
        client = pool.submit(run, "pynamodb", str(built.library), plain.url)
        ours = pool.submit(run, "pynamodb", str(built.core), plain.url)
        both = pool.submit(run, "pynamodb_and_stripe", built.library_with_stripe(), plain.url)
        pages = pool.submit(
            run, "import=goodword.pages.render", built.path_of("serve_portal"), plain.url
        )
        starts = {job: pool.submit(measured.first, job, plain.url) for job in jobs}
        base = client.result()
        yield figure("3", "a bare pynamodb client, with its first answer", base / measured.bare)
        yield figure(
            "3", "the same from the layer as it is deployed, of that", ours.result() / base
        )
        # They share modules, such as the HTTP client: one process with both loads these once.
        yield figure(
            "3",
            "what Stripe's library adds to a pynamodb client, of that",
            both.result() / base - 1,
        )
        share = (pages.result() - measured.bare) / base
        yield figure("3", "what renders pages by itself, of a pynamodb client", share)
        for job, start in starts.items():
            what, stored = f"{job}, of a pynamodb client", base
            if built.with_stripe(job):
                what, stored = f"{what} with Stripe's library", both.result()
            yield at_most("3", what, start.result() / stored, 1.25)


def priced() -> Iterator[Row]:
    """Yield the cost of a million clicks by pattern, and of a month idle and in use."""
    for name, mix in load_prices()["mixes"].items():
        usd = total(click_parts(1e6, mix["rate"], mix["links"], mix["shards"]))
        yield at_most("9", f"USD a million clicks: {name}", usd, GOAL_USD)
    month = load_prices()["month"]
    yield figure("15", "USD a month at rest", total(rest_parts()))
    used = f"{month['referrers']:,} referrers and {month['clicks']:,} clicks"
    yield figure("15", f"USD a month with {used}", total(month_parts()))


def _print(rows: Iterable[Row]) -> list[Row]:
    """Print a table, each row as soon as it is measured, and return its rows."""
    print("| goal | what | figure | wanted | |\n|---|---|---:|---:|---|")
    printed = []
    for row in rows:
        print(row.line(), flush=True)
        printed.append(row)
    print()
    return printed


if __name__ == "__main__":
    sys.exit(main())
