"""Create the local HTTP API's routes from the built template.

Ministack does not import the OpenAPI body that SAM writes for an HTTP API, so the API starts
without routes. They are created here from the same events from which SAM makes the body; there is
no second list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from infra.local.template import Template, resources_of

CATCH_ALL = "$default"


@dataclass(frozen=True)
class Route:
    """One route of the HTTP API.

    key: such as "GET /r/{code}". function: the logical id of its function.
    """

    key: str
    function: str


def derive_routes(template: Template) -> tuple[Route, ...]:
    """Return the routes of every HttpApi event in a SAM template, in the template's order.

    An event without path and method is the catch-all. Raises ValueError if two events claim one
    route, or one has only a path or only a method.
    """
    routes: dict[str, Route] = {}
    for function, properties in resources_of(template, "AWS::Serverless::Function").items():
        for name, event in properties.get("Events", {}).items():
            if event["Type"] != "HttpApi":
                continue
            key = _route_key(event.get("Properties") or {}, f"{function}.{name}")
            if key in routes:
                raise ValueError(
                    f"{function} and {routes[key].function} both claim the route {key}"
                )
            routes[key] = Route(key, function)
    return tuple(routes.values())


def create_routes(
    gateway: Any, api_id: str, routes: Iterable[Route], arn_of: Callable[[str], str]
) -> None:
    """Create each route with an integration of its function.

    gateway: an apigatewayv2 client. arn_of: returns the ARN of a function by its logical id.
    """
    targets: dict[str, str] = {}
    for route in routes:
        if route.function not in targets:
            integration = gateway.create_integration(
                ApiId=api_id,
                IntegrationType="AWS_PROXY",
                IntegrationUri=arn_of(route.function),
                PayloadFormatVersion="2.0",
            )
            targets[route.function] = f"integrations/{integration['IntegrationId']}"
        gateway.create_route(ApiId=api_id, RouteKey=route.key, Target=targets[route.function])


def _route_key(properties: dict[str, Any], name: str) -> str:
    path, method = properties.get("Path"), properties.get("Method")
    if path is None and method is None:
        return CATCH_ALL
    if path is None or method is None:
        raise ValueError(f"The event {name} needs both Path and Method, or neither")
    return CATCH_ALL if path == CATCH_ALL else f"{method.upper()} {path}"
