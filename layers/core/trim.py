"""Reduce botocore's service descriptions to what functions call, for the layer's Makefile.

trim.py FOLDER: botocore/data in the installed packages

Not deployed. botocore reads a service's whole description when its client is built: hundreds of
operations, each with its documentation. Reduced to the operations below, a client is built in a
fraction of that time. The description of an operation itself is unchanged. Tests compare the list
with what roles allow, and the result with the whole.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OPERATIONS = {
    "dynamodb": (
        "BatchGetItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    ),
    "events": ("PutEvents",),
    "sesv2": ("SendEmail",),
    "sqs": ("SendMessage",),
    "ssm": ("GetParameter",),
}


def trim(data: Path) -> None:
    """Rewrite the descriptions and the list of endpoints below botocore's data folder."""
    for service, operations in OPERATIONS.items():
        for packed in sorted((data / service).glob("*/service-2.json.gz")):
            stored = json.loads(gzip.decompress(packed.read_bytes()))
            if set(operations) - set(stored["operations"]):
                continue  # an old version of the API, which is not used
            packed.with_suffix("").write_text(
                json.dumps(cut_service(stored, operations)), encoding="utf-8"
            )
            packed.unlink()
    endpoints = data / "endpoints.json"
    kept = {path.name for path in data.iterdir() if path.is_dir()}
    cut = cut_endpoints(json.loads(endpoints.read_text("utf-8")), kept)
    endpoints.unlink()  # an installer may have linked the file to its cache, which others use
    endpoints.write_text(json.dumps(cut), "utf-8")


def cut_service(stored: dict[str, Any], operations: tuple[str, ...]) -> dict[str, Any]:
    """Return a description with these operations and their shapes, without documentation."""
    left = {name: _without_manual(stored["operations"][name]) for name in operations}
    shapes: dict[str, Any] = {}
    wanted = list(_named(left))
    while wanted:
        name = wanted.pop()
        if name not in shapes:
            shapes[name] = _without_manual(stored["shapes"][name])
            wanted += _named(shapes[name])
    rest = {name: each for name, each in stored.items() if name != "documentation"}
    return {**rest, "operations": left, "shapes": shapes}


def cut_endpoints(stored: dict[str, Any], services: set[str]) -> dict[str, Any]:
    """Return the list of endpoints with these services only; some have another name there."""
    named = services | {"email"}  # SES
    partitions = [
        {**each, "services": {name: own for name, own in each["services"].items() if name in named}}
        for each in stored["partitions"]
    ]
    return {**stored, "partitions": partitions}


def _without_manual(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            name: _without_manual(each)
            for name, each in part.items()
            if not (name == "documentation" and isinstance(each, str))
        }
    return [_without_manual(each) for each in part] if isinstance(part, list) else part


def _named(part: Any) -> Iterator[str]:
    """Yield the shapes that a part of a description refers to."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        for each in part.values():
            yield from _named(each)
    elif isinstance(part, list):
        for each in part:
            yield from _named(each)


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
