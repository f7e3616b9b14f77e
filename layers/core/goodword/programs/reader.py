"""Read a program file: text, then plain data, then a valid shape, then a program."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
import yaml

from goodword.domain.errors import BadInput, TooLarge, Unreadable
from goodword.domain.programs.program import Program
from goodword.domain.programs.terms import build_program, check_payable

TEXT_LIMIT = 64 * 1024
DEPTH = 20
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_STEP = re.compile(r"[^.\[\]]+")


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of a program file."""
    text = Path(__file__).with_name("schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def _check() -> Callable[[Any], Any]:
    check: Callable[[Any], Any] = fastjsonschema.compile(schema(), use_default=False)
    return check


def read_program(text: str, program: str | None = None, *, file: str = "the program") -> Program:
    """Read a program from YAML (or JSON) text.

    program: the required id. Raises Unreadable, TooLarge or BadInput; `where` is "file:line:
    field", so that an editor can jump there.
    """
    if len(text.encode()) > TEXT_LIMIT:
        raise TooLarge(
            f"the file is larger than {TEXT_LIMIT} bytes", where=file, remedy="Shorten it."
        )
    node = _compose(text, file)
    if node is None:
        raise BadInput(
            "the file is empty", where=file, remedy="Start from a copy of a file in infra/programs."
        )
    document: Any = _value(node, file)
    try:
        _check()(document)
        made = build_program(document)
        check_payable(made)
    except fastjsonschema.JsonSchemaValueException as error:
        path = _path(error.path[1:])
        raise BadInput(
            _say(error),
            where=_where(file, node, path),
            remedy=f"See {schema()['title']!r} in docs/programs.md.",
        ) from None
    except BadInput as error:  # raised by the domain, which knows the field and not the line
        raise BadInput(
            error.what, where=_where(file, node, error.where), remedy=error.remedy
        ) from None
    if program is not None and made.program != program:
        raise BadInput(
            f"the file is of program {made.program!r}, not {program!r}",
            where=_where(file, node, "program"),
            remedy="Apply it under its own name.",
        )
    return made


def _compose(text: str, file: str) -> yaml.Node | None:
    """Parse the text into nodes with line numbers.

    Anchors are rejected, since their expansion is unbounded.
    """
    try:
        depth = 0
        for event in yaml.parse(
            text, Loader=yaml.SafeLoader
        ):  # lazily: an error ends the parsing early
            line = event.start_mark.line + 1 if event.start_mark is not None else 1
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEPTH:  # PyYAML's time is quadratic in the depth
                raise BadInput(
                    "this is nested too deeply",
                    where=f"{file}:{line}",
                    remedy="Write it with fewer levels.",
                )
            if getattr(event, "anchor", None) is not None:
                raise BadInput(
                    "anchors and aliases are not allowed",
                    where=f"{file}:{line}",
                    remedy="Repeat the value in place of the alias.",
                )
            if getattr(event, "tag", None) is not None:
                raise BadInput(
                    "tags are not allowed",
                    where=f"{file}:{line}",
                    remedy="Remove the tag, which begins with an exclamation mark.",
                )
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}" if mark is not None else ""
        raise Unreadable(
            f"this is not YAML: {error.problem or error.context}",
            where=f"{file}{place}",
            remedy="Correct the YAML on this line.",
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Unreadable(
            "this is not YAML", where=file, remedy="Correct the YAML of the file."
        ) from None


def _value(node: yaml.Node, file: str, depth: int = 0) -> Any:
    """Build plain data from nodes as YAML 1.2 reads it: `on` and `NO` are texts, a day is text.

    Anything that a program does not need is rejected: tags, names that are not text, repeated
    names, control characters, and deep nesting.
    """
    if depth > DEPTH:
        raise _bad(node, file, "this is nested too deeply", "Write it with fewer levels.")
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _bad(key, file, "a field's name is not a text", "Use a text as the name.")
            if key.value in found:
                raise _bad(key, file, f"{key.value!r} is there twice", "Keep one of the two.")
            found[_text(key, file)] = _value(value, file, depth + 1)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(each, file, depth + 1) for each in node.value]
    return _scalar(node, file)


def _scalar(node: yaml.Node, file: str) -> str | int | bool | None:
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    text = _text(node, file)
    if getattr(node, "style", None) is None and kind != "str":
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if _WHOLE.fullmatch(text):
            return int(text)
    if kind == "int":
        raise _bad(node, file, f"{text[:20]!r} is not a supported number", "Write plain digits.")
    return text


def _text(node: yaml.Node, file: str) -> str:
    text = str(node.value)
    if _CONTROL.search(text):
        raise _bad(
            node, file, "there are control characters in this", "Remove the control characters."
        )
    return text


def _bad(node: yaml.Node, file: str, what: str, remedy: str) -> BadInput:
    line = node.start_mark.line + 1 if node.start_mark is not None else 1
    return BadInput(what, where=f"{file}:{line}", remedy=remedy)


def _path(steps: Sequence[str | int]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if str(step).isdecimal() else f".{step}" if text else str(step)
    return text


def _say(error: fastjsonschema.JsonSchemaValueException) -> str:
    """Return the checker's message with the field's own name."""
    _, _, rest = error.message.partition(" ")
    field = _path(error.path[1:]) or "the file"
    if error.rule == "additionalProperties":
        unknown = sorted(set(error.value) - set(error.definition.get("properties", {})))
        return f"{field} has an unknown field: {', '.join(map(str, unknown))}"
    if error.rule == "required":
        missing = [name for name in error.rule_definition if name not in error.value]
        return f"{field} lacks: {', '.join(missing)}"
    if error.rule == "enum":
        return f"{field} must be one of: {', '.join(map(str, error.rule_definition))}"
    if error.rule == "pattern" and "description" in error.definition:
        return f"{field} is not valid: {error.definition['description']}"
    return f"{field} {rest}"


def _where(file: str, node: yaml.Node | None, path: str) -> str:
    """Return "file:line: field" of a path such as milestones[0].pays[1]."""
    line = 1
    for step in _STEP.findall(path):
        child = _child(node, step)
        if child is None:
            break
        node, line = child
    else:
        if node is not None and not path:
            line = node.start_mark.line + 1
    return f"{file}:{line}: {path}" if path else f"{file}:{line}"


def _child(node: yaml.Node | None, step: str) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and step.isdecimal() and int(step) < len(node.value):
        value = node.value[int(step)]
        return value, value.start_mark.line + 1
    return None
