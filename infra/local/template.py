"""Read CloudFormation templates as plain data."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]


# libyaml's parser takes a tenth of the time; a package without it has the one in Python.
_Base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[valid-type,misc]  # chosen at run time
    """A YAML loader that knows CloudFormation's short tags and does not convert dates."""

    # A copy without the timestamp rule: "2012-10-17" in a policy is a text, not a date.
    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def load_template(path: Path) -> Template:
    """Read a template with every short tag in its long form.

    `!GetAtt A.B` becomes {"Fn::GetAtt": ["A", "B"]}, as in a template that is written in JSON.
    Raises yaml.YAMLError if it is not YAML, ValueError if it is not a template.
    """
    # S506: the loader is a SafeLoader with more tags.
    loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    if not isinstance(loaded, dict) or "Resources" not in loaded:
        raise ValueError(f"{path.name} has no Resources: it is not a CloudFormation template")
    return loaded


def resources_of(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of one type (AWS::SQS::Queue), by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def function_folders(root: Path = ROOT) -> dict[str, Path]:
    """Return the folder of every function, functions/<noun>/<name>, by the function's name."""
    return {path.parent.name: path.parent for path in sorted(root.glob("functions/*/*/app.py"))}


def load_stack(path: Path) -> Template:
    """Read a template and its nested templates as one template.

    Parameters of a nested template are replaced by their values, and references to its outputs by
    the outputs. Raises ValueError if one name has two meanings.
    """
    whole = load_template(path)
    outputs: dict[str, Any] = {}
    for name, properties in resources_of(whole, "AWS::CloudFormation::Stack").items():
        given = properties.get("Parameters", {})
        child = _replace(load_stack(path.parent / properties["TemplateURL"]), given.get)
        for parameter in given:
            child["Parameters"].pop(parameter, None)
        for output, stored in child.get("Outputs", {}).items():
            outputs[f"{name}.Outputs.{output}"] = stored["Value"]
        del whole["Resources"][name]
        _add(whole, child)
    # One nested template's output may be given to another one.
    return dict(_replace(_replace(whole, outputs.get), outputs.get))


def _add(whole: Template, child: Template) -> None:
    for section in ("Parameters", "Conditions", "Resources"):
        own, more = whole.setdefault(section, {}), child.get(section, {})
        if twice := [each for each in own.keys() & more.keys() if own[each] != more[each]]:
            raise ValueError(f"in two templates: {', '.join(sorted(twice))}")
        own |= more


def _replace(part: Any, value_of: Callable[[str], Any]) -> Any:
    """Return a part of a template with values in place of the names that have one.

    A name is that of a parameter or a resource, or resource.attribute.
    """
    if isinstance(part, list):
        return [_replace(each, value_of) for each in part]
    if not isinstance(part, dict):
        return part
    name = part.get("Ref") or ".".join(part.get("Fn::GetAtt", ()))
    if len(part) == 1 and name and (value := value_of(name)) is not None:
        return value
    made = {key: _replace(each, value_of) for key, each in part.items()}
    match made:
        case {"Fn::Sub": str(text)}:
            made["Fn::Sub"] = _fill(text, value_of)
        case {"Fn::Sub": [str(text), own]}:
            made["Fn::Sub"] = [_fill(text, value_of), own]
    return made


def _fill(text: str, value_of: Callable[[str], Any]) -> str:
    """Return the text of a Fn::Sub with values in place of the names that have one."""
    return re.sub(r"\$\{([\w.:]+)\}", lambda found: _inside(found[0], value_of(found[1])), text)


def _inside(name: str, value: Any) -> str:
    """Return a Fn::Sub's replacement of a name, or the name if there is no value."""
    if value is None or isinstance(value, str):
        return value or name
    if isinstance(value, dict) and isinstance(value.get("Fn::Sub"), str):
        return str(value["Fn::Sub"])
    if isinstance(value, dict) and "Ref" in value:
        return f"${{{value['Ref']}}}"
    if isinstance(value, dict) and "Fn::GetAtt" in value:
        return f"${{{'.'.join(value['Fn::GetAtt'])}}}"
    raise ValueError(f"{name} cannot be put into a text: {value}")


def _construct_tag(loader: yaml.Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        raise yaml.constructor.ConstructorError(
            None, None, f"!{suffix} takes no mapping", node.start_mark
        )
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _construct_tag)
