"""The functions, as tests import them."""

from __future__ import annotations

from infra.local.template import ROOT, function_folders


def app_module(name: str) -> str:
    """Return the dotted name of a function's app.py."""
    return ".".join((*function_folders()[name].relative_to(ROOT).parts, "app"))
