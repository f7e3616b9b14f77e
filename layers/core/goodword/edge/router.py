"""Powertools' router, without the others that its package brings along.

`aws_lambda_powertools.event_handler` loads a router for each way to call Lambda, AppSync's with asyncio among
them: a sixth of a cold start, for routers that nothing here uses. So the package is put in place unexecuted,
and only the modules of our router are loaded from it. Whoever asks the package for any other name gets it:
it is executed then.
"""

from __future__ import annotations

import sys
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


def _load_gateway() -> ModuleType:
    """Load the modules of our router, with the package in place as it is before its own code runs."""
    spec = None if _PACKAGE in sys.modules else find_spec(_PACKAGE)
    if spec is None or spec.loader is None:  # somebody has loaded all of it
        return import_module(f"{_PACKAGE}.api_gateway")
    package = sys.modules[_PACKAGE] = module_from_spec(spec)
    gateway = import_module(f"{_PACKAGE}.api_gateway")
    _fill_later(package, spec.loader)
    return gateway


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
