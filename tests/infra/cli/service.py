"""A deployment with scripted responses, and the command before it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from typer.testing import CliRunner, Result

from goodword.ports.services import NewId
from infra.cli.context import Outside
from infra.cli.main import app
from tests.fakes import FakeClock, FakeNewId

URL = "https://refer.example.com"
KEY = "gw_adminKey0001_" + "x" * 40

Reply = httpx.Response | Exception


def answer(code: int = 200, /, **data: Any) -> httpx.Response:
    """Make an answer of JSON."""
    return httpx.Response(code, json=data)


def problem(
    status: int, what: str = "it does not do", where: str = "name", remedy: str = "Change it."
) -> httpx.Response:
    """Make an answer that says a problem."""
    answers = {"type": "urn:goodword:problem:x", "title": "A title", "status": status}
    return httpx.Response(
        status, json={**answers, "detail": what, "where": where, "remedy": remedy}
    )


@dataclass
class Service:
    """Returns the scripted responses in order; the last one repeats. asked: every request."""

    answers: list[Reply] = field(default_factory=list)
    asked: list[httpx.Request] = field(default_factory=list)

    def respond(self, *replies: Reply) -> None:
        self.answers.extend(replies)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        reply = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    @property
    def lines(self) -> list[str]:
        """Every request as method and target."""
        return [f"{each.method} {each.url.raw_path.decode()}" for each in self.asked]

    def body(self, place: int = -1) -> Any:
        return json.loads(self.asked[place].content)


@dataclass
class Command:
    """The command, with its seams. pauses: how long it waited before each repeat, in seconds."""

    service: Service
    at_terminal: bool = False
    transport: httpx.BaseTransport | None = None
    pauses: list[float] = field(default_factory=list)
    environ: dict[str, str] = field(
        default_factory=lambda: {"GOODWORD_URL": URL, "GOODWORD_KEY": KEY}
    )
    now: Callable[[], Any] = field(default_factory=FakeClock)
    new_id: NewId = field(default_factory=FakeNewId)
    ran: list[Result] = field(default_factory=list)

    def __call__(self, *parts: str, stdin: str = "") -> Result:
        """Run it, and see that an expected end is what it came to."""
        outside = Outside(
            transport=self.transport or httpx.MockTransport(self.service),
            pause=self.pauses.append,
            now=self.now,
            new_id=self.new_id,
            at_terminal=lambda: self.at_terminal,
        )
        result = CliRunner().invoke(app, list(parts), obj=outside, input=stdin, env=self.environ)
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        assert "Traceback" not in result.output
        self.ran.append(result)
        return result

    def json(self, *parts: str) -> Any:
        """Run it with --json and return what it printed, which must be JSON alone."""
        result = self(*parts, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)
