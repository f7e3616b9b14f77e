"""Count the instructions of a process, which repeat from run to run where seconds do not."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

MISSING = """\
valgrind is missing: instructions cannot be counted without it. Install it (`apt-get install valgrind`,
`dnf install valgrind`; there is none for macOS on arm64), and run `make bench` again."""
LATE = """\
It took longer than {seconds} s, and was ended: {what}
Is this machine busy, or out of memory? Run it again, or count a few functions alone (`--only`)."""
# Counted, the longest process takes two minutes on an idle machine.
COUNT_SECONDS = 1200.0
TOOL = ("--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_COUNT = re.compile(r"I\s+refs:\s+([\d,]+)")


class BenchError(RuntimeError):
    """Something cannot be measured; the message says why and what to do."""


def valgrind() -> str:
    """Return where valgrind is; raise BenchError with what to do if it is nowhere."""
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
    """Run a command to its end, whatever that is.

    Raise BenchError with what to do if it takes too long.
    """
    try:
        return subprocess.run(  # noqa: S603  # a Python that was found or valgrind, and our own files
            command, env=env, cwd=cwd, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise BenchError(LATE.format(seconds=f"{seconds:g}", what=" ".join(command))) from None


def count(python: Path, *arguments: str) -> int:
    """Return how many instructions a Python takes from start to end.

    Raise BenchError if it fails.
    """
    done = run(
        [valgrind(), *TOOL, str(python), "-I", "-B", *arguments],
        COUNT_SECONDS,
        env={"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "LANG": "C.UTF-8"},
    )
    found = _COUNT.search(done.stderr)
    if done.returncode != 0 or found is None:
        raise BenchError(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return int(found[1].replace(",", ""))
