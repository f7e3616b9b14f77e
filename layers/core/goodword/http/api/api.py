"""An API function: Powertools routes the request, a key authorizes it, errors become problems."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger

from goodword.domain.access.api_key import AccessKey, Scope, check_access, split_bearer
from goodword.domain.errors import GoodwordError, Unreadable
from goodword.http.api.problem import answer_of, log_fields, problem, problem_of
from goodword.http.router import APIGatewayHttpResolver, NotFoundError, Response
from goodword.ports.stores import Keys

log = Logger()
Handler = Callable[[dict[str, Any], object], dict[str, Any]]


def api() -> APIGatewayHttpResolver:
    """Return a resolver for one function's routes."""
    return APIGatewayHttpResolver(enable_validation=False, serializer=json.dumps)


def handle(app: APIGatewayHttpResolver, event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Route one event.

    A GoodwordError is answered as a problem; any other error is logged and answered with 500.
    """
    app.not_found(_no_such_route)
    app.exception_handler(GoodwordError)(_known_error)
    app.exception_handler(Exception)(_other_error)
    return app.resolve(event, context)


def _no_such_route(_: NotFoundError) -> Response[str]:
    return _response(
        problem(
            404,
            "Not found",
            "This path and method do not exist.",
            remedy="Check the path and the method in docs/openapi.yaml.",
            kind="not-found",
        )
    )


def _known_error(error: GoodwordError) -> Response[str]:
    result = problem_of(error)
    if result["status"] >= 500:
        log.warning("not now", extra={"error": type(error).__name__, "why": str(error)})
    return _response(result)


def _other_error(error: Exception) -> Response[str]:
    log.error("error of ours", extra=log_fields(error))
    return _response(problem_of(error))


def _response(result: dict[str, Any]) -> Response[str]:
    answer = answer_of(result)
    headers = dict(answer["headers"])
    return Response(answer["statusCode"], headers.pop("content-type"), answer["body"], headers)


def reply(status: int, result: object, **headers: str) -> Response[str]:
    """Answer with JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        status, "application/json", json.dumps(result), {"cache-control": "no-store", **named}
    )


def authenticate(app: APIGatewayHttpResolver, keys: Keys, needed: Scope) -> AccessKey:
    """Return the request's key if it covers the scope; raise Forged or Forbidden."""
    name, secret = split_bearer(header(app, "authorization") or "")
    return check_access(keys.get(name), secret, needed)


def header(app: APIGatewayHttpResolver, name: str) -> str | None:
    """Return one header by its lower-case name."""
    headers: dict[str, str] = app.current_event.raw_event.get("headers") or {}
    return headers.get(name)


def query(app: APIGatewayHttpResolver, *known: str) -> dict[str, str]:
    """Return the query's parameters; raise Unreadable for an unknown or repeated one."""
    stored: dict[str, str] = app.current_event.raw_event.get("queryStringParameters") or {}
    for name, value in stored.items():
        if name not in known:
            raise Unreadable(
                "the query has an unknown parameter",
                where="query",
                remedy=f"Use only: {', '.join(known)}." if known else "Remove the query.",
            )
        if "," in value or len(value) > 1024:
            raise Unreadable(
                f"{name} is repeated or too long",
                where=name,
                remedy="Send it once, with at most 1,024 characters.",
            )
    return stored


def idempotency_key(app: APIGatewayHttpResolver) -> str | None:
    """Return the Idempotency-Key, or None; raise Unreadable if it is empty or longer than 255."""
    key = header(app, "idempotency-key")
    if key is not None and not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise Unreadable(
            "the Idempotency-Key is not valid",
            where="Idempotency-Key",
            remedy="Send 1 to 255 printable ASCII characters.",
        )
    return key


def needed_idempotency_key(app: APIGatewayHttpResolver) -> str:
    """Return the Idempotency-Key; raise Unreadable without one."""
    key = idempotency_key(app)
    if key is None:
        raise Unreadable(
            "the Idempotency-Key is missing",
            where="Idempotency-Key",
            remedy="Send a new random value, and the same value in a retry.",
        )
    return key
