"""Read files that people wrote: text files, and YAML whose fields have line numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from infra.cli.errors import CliError

# Larger than any file that Goodword accepts, and small enough to read at once.
FILE_LIMIT = 16 * 1024 * 1024


def read_text(path: Path) -> str:
    """Return a file's text, without a byte order mark."""
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise CliError("the file is too large", where=str(path), remedy="Split it.")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CliError(
            "the file is not UTF-8", where=str(path), remedy="Save it as UTF-8."
        ) from None
    except OSError as error:
        raise CliError(
            f"the file cannot be read: {error.strerror}",
            where=str(path),
            remedy="Check the path and its permissions.",
        ) from None


def compose(text: str, file: str) -> yaml.MappingNode:
    """Parse YAML into nodes with line numbers; raise CliError if it is not a mapping."""
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark is not None else ""
        what = f"this is not YAML: {error.problem or error.context}"
        raise CliError(
            what, where=f"{file}{line}", remedy="Correct the YAML on this line."
        ) from None
    except (yaml.YAMLError, RecursionError):
        raise CliError(
            "this is not YAML", where=file, remedy="Correct the YAML of the file."
        ) from None
    if not isinstance(node, yaml.MappingNode):
        raise CliError(
            "the file has no fields", where=file, remedy="Write `name: value` on each line."
        )
    return node


def texts_of(node: yaml.Node, file: str) -> Any:
    """Return mappings, lists and texts of a node; every value is the text as written.

    A stage whose id is 0123, or a value such as yes, stays a text and is no number or boolean.
    """
    if isinstance(node, yaml.SequenceNode):
        return [texts_of(each, file) for each in node.value]
    if not isinstance(node, yaml.MappingNode):
        return str(node.value)
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = f"{file}:{key.start_mark.line + 1}"
        if not isinstance(key, yaml.ScalarNode) or key.value in found:
            raise CliError(
                "a field is repeated or has no name",
                where=line,
                remedy="Keep one of them, and give each field a name.",
            )
        found[key.value] = texts_of(value, file)
    return found


def line_of(node: yaml.Node, path: str) -> int:
    """Return the line of a field such as properties.deal.stage.values.won.

    Names may contain points.
    """
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        return line
    for key, value in node.value:
        if path == key.value:
            return int(key.start_mark.line) + 1
        if path.startswith((f"{key.value}.", f"{key.value}[")):
            inner = path[len(key.value) + 1 :]
            own = int(key.start_mark.line) + 1
            return max(own, line_of(value, inner)) if isinstance(value, yaml.MappingNode) else own
    return line
