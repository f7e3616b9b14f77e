"""Start the program as `make run` does, on free ports, walk one referral through, and stop it.

Exit 0 or 1.
"""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.markup import escape

from infra.local.demo import Demo
from infra.local.up import shown_on
from infra.local.walk import Walk


def main() -> int:
    """Walk through and print the result."""
    console = Console(highlight=False)
    began = time.monotonic()
    try:
        with (
            Demo(progress=shown_on(console)) as demo,
            Walk(demo, lambda line: console.print(f"  [green]✓[/] {line}")) as walk,
        ):
            walk.go()
    except Exception as error:
        console.print(f"  [red]✗[/] {escape(str(error))}")
        console.print("[red]Smoke failed.[/] The cloud's log is .local/ministack.log")
        return 1
    console.print(f"[green]Smoke passed[/] in {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
