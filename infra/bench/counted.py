"""The figures that tests count: fast enough for `make check`, and reported by the tests."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.bench.count import BenchError, run
from infra.bench.row import Row, is_known

ROOT = Path(__file__).resolve().parents[2]
# All of them together take about two minutes on an idle machine.
TEST_SECONDS = 1200.0
_PROPERTY = re.compile(r'<property name="([^"]+)" value="([\d.]+)"')


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures of one goal.

    counts: the test's name of each (record_property), with its maximum. The maximum is None if
    there is no goal, and the figure is for comparison.
    """

    goal: str
    what: str
    counts: tuple[tuple[str, float | None], ...]
    test: str

    def row(self, figures: dict[str, float]) -> Row:
        """Return the row of the table; raise BenchError if a figure was not counted."""
        missing = [name for name, _ in self.counts if name not in figures]
        if missing:
            raise BenchError(f"{self.test} did not count: {', '.join(missing)}.")
        figure = "; ".join(f"{figures[name]:,g}" for name, _ in self.counts)
        bounds = [(figures[name], most) for name, most in self.counts if most is not None]
        wanted = "≤ " + "; ".join(f"{most:,g}" for _, most in bounds) if bounds else ""
        met = all(value <= most for value, most in bounds)
        known = all(is_known(self.what, value) for value, _ in bounds)
        return Row(self.goal, self.what, figure, wanted, met, f"`{self.test}`", known)


_CLICKS, _TABLES = "tests/redirect/test_click_counts.py", "tests/redirect/test_tables.py"
COUNTED = (
    Counted("2", "libraries that a click loads", (("libraries", 0),), _CLICKS),
    Counted(
        "2",
        "modules of stripe and boto3 that all functions load together, "
        "but those that post or compare",
        (("modules of stripe and boto3", 0),),
        _CLICKS,
    ),
    Counted(
        "5",
        "round trips of a click: warm, cold; connections",
        (("warm calls", 1), ("cold calls", 2), ("connections", 1)),
        _CLICKS,
    ),
    Counted(
        "5",
        "round trips of an unknown code: first, again",
        (("first calls of an unknown code", 2), ("further calls of an unknown code", 1)),
        _CLICKS,
    ),
    Counted(
        "6",
        "a click with every field at its longest: write units, bytes",
        (("write units of the longest click", 1), ("bytes of the longest click", 1024)),
        _TABLES,
    ),
    Counted("6", "reads of a warm click", (("warm reads", 0),), _CLICKS),
    Counted("8", "log bytes of a click", (("log bytes", 200),), "tests/api/test_clicks.py"),
    Counted(
        "10",
        "writes a second on any key at 5,000 clicks a second on one link; clicks lost or doubled",
        (("writes a second on a key", 1000), ("clicks lost or doubled", 0)),
        "tests/steps/links/test_click_load.py",
    ),
    Counted(
        "11",
        "seconds that a click waits for DynamoDB at most",
        (("seconds of waiting", 1),),
        "tests/api/test_clicks.py",
    ),
    Counted(
        "12",
        "DynamoDB calls of a duplicate webhook; ways to Stripe that it has",
        (("calls of a duplicate webhook", 2), ("ways to Stripe", 0)),
        "tests/api/test_trace.py",
    ),
    Counted(
        "13",
        "a page of 50 of any list, at three sizes: queries, items read",
        (("queries a page", 1), ("items read a page", 50)),
        "tests/contracts/test_pages.py",
    ),
    Counted(
        "13",
        "calls of whole pages, the same at each size: "
        "a list of the console with what its lines tell; "
        "the console's first page; the portal; an account's statement; a referral's story",
        (
            ("calls of a page with its lines", None),
            ("calls of the console's first page", None),
            ("calls of the portal", None),
            ("calls of an account's statement", None),
            ("calls of a referral's story", None),
        ),
        "tests/api/test_page_calls.py",
    ),
    Counted(
        "14",
        "calls of AWS from the webhook to the posted credit, halved from 28",
        (("calls of AWS for a referral", 14),),
        "tests/api/test_trace.py",
    ),
    Counted(
        "14",
        "the same: hops; calls of Stripe; bytes sent to AWS, to the nearest thousand",
        (
            ("hops of a referral", None),
            ("calls of Stripe for a referral", None),
            ("bytes of a referral", None),
        ),
        "tests/api/test_trace.py",
    ),
)


def figures_of(tests: Sequence[str], result: Path) -> dict[str, float]:
    """Run these tests and return the figures that they counted; of several, the largest.

    result: the file to which pytest writes the recorded figures. Raises BenchError if a test fails.
    """
    # The report format that includes properties.
    report = ["-o", "junit_family=xunit1", f"--junitxml={result}"]
    asked = [sys.executable, "-m", "pytest", "-q", *report, *sorted(set(tests))]
    done = run(asked, TEST_SECONDS, cwd=ROOT)
    if done.returncode != 0:
        raise BenchError(f"The counting tests failed:\n{done.stdout[-2000:]}")
    figures: dict[str, float] = {}
    for name, value in _PROPERTY.findall(result.read_text(encoding="utf-8")):
        figures[name] = max(float(value), figures.get(name, 0.0))
    return figures
