"""Count the instructions of a process, which repeat from run to run where seconds do not."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

MISSING = """\
valgrind is missing: instructions cannot be counted without it. Install it (`apt-get install valgrind`,
`dnf install valgrind`; there is none for macOS on arm64), and run `make bench` again."""
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


def count(python: Path, *arguments: str) -> int:
    """Return how many instructions a Python takes from start to end; raise BenchError if it fails."""
    done = subprocess.run(  # noqa: S603  # valgrind, and a Python that was found
        [valgrind(), *TOOL, str(python), "-I", "-B", *arguments],
        env={"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = _COUNT.search(done.stderr)
    if done.returncode != 0 or found is None:
        raise BenchError(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return int(found[1].replace(",", ""))
