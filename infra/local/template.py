"""Read CloudFormation templates as plain data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]


class _Loader(yaml.SafeLoader):
    """A YAML loader that knows CloudFormation's short tags and leaves dates as they are written."""

    # A copy without the timestamp rule: "2012-10-17" in a policy is a word, not a day.
    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def load_template(path: Path) -> Template:
    """Read a template with every short tag in its long form.

    `!GetAtt A.B` becomes {"Fn::GetAtt": ["A", "B"]}, as in a template that is written in JSON. Raises
    yaml.YAMLError if it is not YAML, ValueError if it is not a template.
    """
    loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    if not isinstance(loaded, dict) or "Resources" not in loaded:
        raise ValueError(f"{path.name} has no Resources: it is not a CloudFormation template")
    return loaded


def resources_of(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of one type, such as AWS::SQS::Queue, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def function_folders(root: Path = ROOT) -> dict[str, Path]:
    """Return the folder of every function, functions/<noun>/<name>, by the function's name."""
    return {path.parent.name: path.parent for path in sorted(root.glob("functions/*/*/app.py"))}


def app_module(name: str) -> str:
    """Return the dotted name under which tests import a function's app.py."""
    return ".".join((*function_folders()[name].relative_to(ROOT).parts, "app"))


def _construct_tag(loader: yaml.Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        raise yaml.constructor.ConstructorError(None, None, f"!{suffix} takes no mapping", node.start_mark)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _construct_tag)
