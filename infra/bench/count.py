"""Count the instructions of a process, which are repeatable where seconds are not."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

MISSING = """\
valgrind is missing, and counts the instructions. Install it (`apt-get install valgrind`,
`dnf install valgrind`; there is none for macOS on arm64), and run `make bench` again."""
LATE = """\
The process exceeded its limit of {seconds} s: {what}
Is this machine busy, or out of memory? Run it again, or count a few functions alone (`--only`)."""
# With counting, the longest process takes two minutes on an idle machine.
COUNT_SECONDS = 1200.0
TOOL = ("--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_COUNT = re.compile(r"I\s+refs:\s+([\d,]+)")


class BenchError(RuntimeError):
    """A measurement is not possible; the message says why and what to do."""


def valgrind() -> str:
    """Return the path of valgrind; raise BenchError with the remedy if it is missing."""
    found = shutil.which("valgrind")
    if found is None:
        raise BenchError(MISSING)
    return found


def run(
    command: Sequence[str],
    seconds: float,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command until it ends; raise BenchError with the remedy if it takes too long."""
    try:
        # S603: the command is a Python that was found or valgrind, with files of this project.
        return subprocess.run(  # noqa: S603
            command, env=env, cwd=cwd, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise BenchError(LATE.format(seconds=f"{seconds:g}", what=" ".join(command))) from None


def count(python: Path, *arguments: str) -> int:
    """Return how many instructions a Python process takes; raise BenchError if it fails."""
    done = run(
        [valgrind(), *TOOL, str(python), "-I", "-B", *arguments],
        COUNT_SECONDS,
        env={"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "LANG": "C.UTF-8"},
    )
    found = _COUNT.search(done.stderr)
    if done.returncode != 0 or found is None:
        raise BenchError(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return int(found[1].replace(",", ""))
