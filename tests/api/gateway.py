"""The HTTP API in this process: requests become gateway events.

The template says which function answers.

What Amazon's HTTP API does to a request before a function sees it (payload format 2.0) is done here
alike: the path is decoded, names of headers are lower case, what comes twice is joined by commas,
and a body that is not of a textual type is base64.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from infra.local.routes import CATCH_ALL, derive_routes
from infra.local.template import load_template, resources_of
from tests.functions import app_module

ROOT = Path(__file__).parents[2]
ADDRESS = "203.0.113.7"
_TEXTUAL = ("text/", "application/json", "application/xml", "application/javascript")

Event = dict[str, Any]
Handler = Callable[[Event, object], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """One route. key: such as "GET /r/{code}". job: the function's folder."""

    key: str
    job: str

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Return the path's parameters if this route takes the request.

        A parameter is one segment; one with a + is all that follows.
        """
        wanted, _, pattern = self.key.partition(" ")
        if wanted != method:
            return None
        segments = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(pattern))
        found = re.fullmatch(re.sub(r"\\{(\w+)\\\+\\}", r"(?P<\1>.+)", segments), path)
        return None if found is None else found.groupdict()


@cache
def routes() -> tuple[Route, ...]:
    """Return the routes of template.yaml, each with the job that answers."""
    template = load_template(ROOT / "template.yaml")
    functions = resources_of(template, "AWS::Serverless::Function")
    jobs = {name: Path(properties["CodeUri"]).name for name, properties in functions.items()}
    return tuple(Route(route.key, jobs[route.function]) for route in derive_routes(template))


@dataclass(frozen=True)
class Answer:
    """What came back. headers: lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def media(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


@dataclass
class Gateway:
    """The routes with their functions, called one after the other. events.

    What the functions were given.
    """

    routes: tuple[Route, ...] = field(default_factory=routes)
    events: list[Event] = field(default_factory=list)

    def send(
        self,
        method: str,
        target: str,
        body: str | bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        json: object = None,
    ) -> Answer:
        """Send one request; json: becomes the body, with its media type."""
        given = {name.lower(): value for name, value in (headers or {}).items()}
        if json is not None:
            body, given = _dumps(json), {"content-type": "application/json", **given}
        raw = body.encode() if isinstance(body, str) else body
        path, _, query = target.partition("?")
        return self.dispatch(event_of(method, unquote(path), query, given, raw))

    def dispatch(self, event: Event) -> Answer:
        """Give an event to the function of its route and read the answer."""
        http = event["requestContext"]["http"]
        route, parameters = self._route(http["method"], event["rawPath"])
        event["routeKey"] = route.key
        if parameters:
            event["pathParameters"] = parameters
        self.events.append(event)
        handler: Handler = import_module(app_module(route.job)).handler
        return _answer(json.loads(json.dumps(handler(event, None))), bare=http["method"] == "HEAD")

    def _route(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        for route in self.routes:
            parameters = route.match(method, path)
            if parameters is not None:
                return route, parameters
        return next(route for route in self.routes if route.key == CATCH_ALL), {}

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., object]
    ) -> Iterable[bytes]:
        """Be a WSGI application."""
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or (name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value)
        }
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = self.dispatch(
            event_of(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, raw)
        )
        start_response(f"{answer.status} -", list(answer.headers.items()))
        return [answer.body]


def event_of(method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Event:
    """Make the event of one request, in payload format 2.0."""
    event: Event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "api.example.com", **headers},
        "requestContext": {
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": ADDRESS},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    if query:
        joined: dict[str, list[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
            joined.setdefault(name, []).append(value)
        event["queryStringParameters"] = {name: ",".join(values) for name, values in joined.items()}
    if "cookie" in headers:
        event["cookies"] = [each.strip() for each in event["headers"].pop("cookie").split(";")]
    if body:
        event["body"], event["isBase64Encoded"] = _body(body, headers.get("content-type", ""))
    return event


def _body(body: bytes, media: str) -> tuple[str, bool]:
    if media.lower().startswith(_TEXTUAL):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def _dumps(value: object) -> str:
    return json.dumps(value)


def _answer(result: dict[str, Any], *, bare: bool) -> Answer:
    headers = {name.lower(): str(value) for name, value in (result.get("headers") or {}).items()}
    for name, values in (result.get("multiValueHeaders") or {}).items():
        headers[name.lower()] = ", ".join(values)
    if result.get("cookies"):
        headers["set-cookie"] = "\n".join(result["cookies"])
    text = result.get("body") or ""
    body = base64.b64decode(text) if result.get("isBase64Encoded") else text.encode()
    return Answer(result["statusCode"], headers, b"" if bare else body)
