"""Read a case by its name, with the variants of `for_each` filled in."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
_PLACE = re.compile(r"\{(\w+)(?:\.(\w+))?\}")


@cache
def _cases(file: str) -> dict[str, dict[str, Any]]:
    document = yaml.safe_load((FOLDER / f"{file}.yaml").read_text(encoding="utf-8"))
    return {case["name"]: case for case in document["cases"]}


def variants(file: str, name: str) -> list[dict[str, Any]]:
    """Return the case of this name once for each of its variants, or once where it has none."""
    case = dict(_cases(file)[name])
    ((key, values),) = case.pop("for_each", {"": [None]}).items()
    return [_filled(case, key, value) for value in values]


def only(file: str, name: str) -> dict[str, Any]:
    """Return a case that has no variants."""
    (case,) = variants(file, name)
    return case


def _filled(value: Any, key: str, variant: Any) -> Any:
    """Put a variant's values in place of their placeholders, whole where a text is only one."""
    if isinstance(value, dict):
        return {name: _filled(each, key, variant) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, key, variant) for each in value]
    if not isinstance(value, str):
        return value
    found = _PLACE.fullmatch(value)
    if found is not None and found[1] == key:
        return _part(variant, found[2])
    return _PLACE.sub(
        lambda place: str(_part(variant, place[2])) if place[1] == key else place[0], value
    )


def _part(variant: Any, name: str | None) -> Any:
    return variant if name is None else variant.get(name)
