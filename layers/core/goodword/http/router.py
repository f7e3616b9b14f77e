"""Powertools' router, without the package's other routers.

`aws_lambda_powertools.event_handler` loads a router for each way to call Lambda, AppSync's with
asyncio among them, and `utilities.data_classes` a class for each of fifty events: a fifth of a cold
start. So these packages are registered without executing them, and only the modules of this router
are loaded from them. A package is executed when another name of it is requested.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.abc import Loader

    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
    from aws_lambda_powertools.event_handler.exceptions import NotFoundError

__all__ = ["APIGatewayHttpResolver", "NotFoundError", "Response"]
_PACKAGE = "aws_lambda_powertools.event_handler"
_EVENTS = "aws_lambda_powertools.utilities.data_classes"
# The names that the router imports from that package, with the module of each; any other name only
# loads the whole package.
_MODULES = {
    "ALBEvent": "alb_event",
    "APIGatewayProxyEvent": "api_gateway_proxy_event",
    "APIGatewayProxyEventV2": "api_gateway_proxy_event",
    "BedrockAgentEvent": "bedrock_agent_event",
    "LambdaFunctionUrlEvent": "lambda_function_url_event",
    "VPCLatticeEvent": "vpc_lattice",
    "VPCLatticeEventV2": "vpc_lattice",
}


def _load_gateway() -> ModuleType:
    """Load the modules of the router, with their packages registered but not executed."""
    with _in_place(_EVENTS, _MODULES), _in_place(_PACKAGE):
        return import_module(f"{_PACKAGE}.api_gateway")


@contextmanager
def _in_place(name: str, modules: Mapping[str, str] | None = None) -> Iterator[None]:
    """Register a package without executing it; afterwards, a missing name executes it.

    modules: names that it provides before that, with the module of each.
    """
    spec = None if name in sys.modules else find_spec(name)
    if spec is None or spec.loader is None:  # the whole package is loaded already
        yield
        return
    package = sys.modules[name] = module_from_spec(spec)

    def load(wanted: str) -> Any:
        if modules is None or wanted not in modules:
            raise AttributeError(wanted)
        return getattr(import_module(f"{name}.{modules[wanted]}"), wanted)

    package.__dict__["__getattr__"] = load
    yield
    _fill_later(package, spec.loader)


def _fill_later(package: ModuleType, loader: Loader) -> None:
    """Execute the package when a name that it does not have yet is requested."""

    def fill(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        del package.__dict__["__getattr__"]
        loader.exec_module(package)
        return getattr(package, name)

    package.__dict__["__getattr__"] = fill


if not TYPE_CHECKING:
    _gateway = _load_gateway()
    APIGatewayHttpResolver, Response = _gateway.APIGatewayHttpResolver, _gateway.Response
    NotFoundError = import_module(f"{_PACKAGE}.exceptions").NotFoundError
