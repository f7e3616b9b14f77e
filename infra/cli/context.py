"""The context of a command: external dependencies, the client, the output, the global options."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer

from goodword.ids import NewIds
from goodword.ports.services import Clock, NewId
from infra.cli.client import Client, Wire
from infra.cli.errors import Usage
from infra.cli.output import Output

# A secret is one line: longer than any real secret, and the limit of a parameter.
SECRET_LIMIT = 4096

Json = Annotated[bool, typer.Option("--json", help="Print the raw JSON and nothing else.")]


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Outside:
    """The external dependencies: network, time, randomness, and whether a terminal is attached."""

    transport: httpx.BaseTransport | None = None
    pause: Callable[[float], None] = time.sleep
    now: Clock = utc_now
    new_id: NewId = field(default_factory=NewIds)
    at_terminal: Callable[[], bool] = lambda: sys.stdin.isatty()


@dataclass(frozen=True)
class Context:
    """The global options of one command, and the objects made from them."""

    outside: Outside
    url: str = ""
    key_file: Path | None = None
    as_json: bool = False
    closing: Callable[[Callable[[], None]], object] = lambda _: None

    def output(self, as_json: bool = False) -> Output:
        """Return the output."""
        return Output(as_json or self.as_json)

    def wire(self) -> Wire:
        """Return the connection to the deployment; raise Usage without its address."""
        wire = Wire(self.url, pause=self.outside.pause, transport=self.outside.transport)
        self.closing(wire.close)
        return wire

    def client(self) -> Client:
        """Return the client of /v1; raise Usage without an address or a key."""
        return Client(self.wire(), self._key())

    def request(self) -> str:
        """Return a fresh Idempotency-Key."""
        return self.outside.new_id("rq")

    def secret(self, prompt: str, *, from_stdin: bool = False) -> str:
        """Prompt for a secret without echo, or read it from standard input without a terminal.

        Secrets are never taken from the command line, which every process of the machine can read.
        Raises Usage for more than one line. An empty answer is an empty text.
        """
        if self.outside.at_terminal() and not from_stdin:
            text = str(
                typer.prompt(prompt, default="", hide_input=True, show_default=False, err=True)
            )
        else:
            text = sys.stdin.read(SECRET_LIMIT + 2)
        text = text.strip()
        if len(text) > SECRET_LIMIT or not text.isprintable():
            raise Usage(
                "the secret is not one line of text",
                where="standard input",
                remedy="Give it on one line.",
            )
        return text

    def _key(self) -> str:
        if self.key_file is None:
            return os.environ.get("GOODWORD_KEY", "").strip()
        try:
            return self.key_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise Usage(
                "the file with the key cannot be read",
                where="--key-file",
                remedy="Check the path and its permissions, or use GOODWORD_KEY.",
            ) from None


def context_of(ctx: typer.Context) -> Context:
    """Return the context that the global options made."""
    context = ctx.find_object(Context)
    if context is None:
        raise AssertionError("the root command makes the context before any other runs")
    return context
