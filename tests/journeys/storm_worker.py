"""One of the functions, run in a process of its own.

Its real handler, as many events at once as threads.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from tests.functions import app_module

Event = dict[str, Any]
_state: dict[str, Any] = {}


def become(job: str, environment: dict[str, str], threads: int) -> None:
    """Take on a function's environment, its role's credentials among it, and load its handler."""
    os.environ.update(environment)
    os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"  # thousands of lines that are not read
    _state["handler"] = import_module(app_module(job)).handler
    _state["threads"] = ThreadPoolExecutor(threads)


def run_all(events: Sequence[Event]) -> list[Event]:
    """Run the handler for each of the events at once, and return the answers in their order."""
    context = SimpleNamespace(function_name="storm", aws_request_id="storm")
    return list(
        _state["threads"].map(lambda event: dict(_state["handler"](event, context)), events)
    )
