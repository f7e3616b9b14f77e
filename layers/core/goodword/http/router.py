"""Powertools' router, without the others that its package brings along.

`aws_lambda_powertools.event_handler` loads a router for each way to call Lambda, AppSync's with
asyncio among them, and `utilities.data_classes` a class for each of fifty events: a fifth of a cold
start, for nothing. So these packages are put in place unexecuted, and only the modules of our
router are loaded from them. Whoever asks a package for any other name gets it: it is executed then.
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
# What the router asks that package for, with the module of each; another name only makes it load
# the whole.
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
    """Load the modules of our router, with the packages in place as they are before their own code runs."""
    with _in_place(_EVENTS, _MODULES), _in_place(_PACKAGE):
        return import_module(f"{_PACKAGE}.api_gateway")


@contextmanager
def _in_place(name: str, modules: Mapping[str, str] | None = None) -> Iterator[None]:
    """Put a package in place unexecuted; afterwards, a name that it does not have makes it run its own code.

    modules: names that it has all the same, with the module of each.
    """
    spec = None if name in sys.modules else find_spec(name)
    if spec is None or spec.loader is None:  # somebody has loaded all of it
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
    """Let the package run its own code when a name is asked of it that it does not have yet."""

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
