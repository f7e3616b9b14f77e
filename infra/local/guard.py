"""Run ministack as a child that does not outlive its parent.

A launcher that is killed cannot stop what it started. So the parent keeps the other end of this
process's standard input: when that closes, for any reason, the whole process group ends, with the
workers that run the functions.
"""

from __future__ import annotations

import os
import runpy
import shutil
import signal
import sys
import threading


def main() -> None:
    """Watch standard input in a thread, and run ministack."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__")


def _end_with_parent() -> None:
    # Read below Python's own buffer: a thread that waits in it would hold its lock when the process
    # ends.
    while os.read(sys.stdin.fileno(), 1):
        pass
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
