"""Write a CloudFormation template as YAML, with its short tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import yaml

LINE = 100


class Sub(str):
    """A text with placeholders ${} that CloudFormation replaces."""


class Ref(str):
    """A parameter or a resource of the same template."""


class GetAtt(str):
    """An attribute of a resource of the same template, such as SendMailLog.Arn."""


def logical_id(name: str) -> str:
    """Return a name as CloudFormation's: SendMail for send_mail, MailsLost for mails-lost."""
    return "".join(part.title() for part in name.replace("-", "_").split("_"))


def parameter(description: str) -> dict[str, str]:
    """Return a parameter of type String."""
    return {"Type": "String", "Description": description}


def write_template(source: str, template: Mapping[str, Any]) -> str:
    """Return the text of a template that is generated from a file."""
    # The dumper breaks a line at the first space after the given width.
    body = yaml.dump(dict(template), Dumper=_Dumper, sort_keys=False, width=LINE - 15)
    return f"# Generated from {source} by `make generate`: change that file, not this one.\n{body}"


class _Dumper(yaml.SafeDumper):
    """Knows CloudFormation's short tags, writes no YAML aliases, and indents lists."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)


def _tagged(tag: str) -> Callable[[yaml.SafeDumper, str], yaml.Node]:
    return lambda dumper, data: dumper.represent_scalar(tag, str(data), '"')


for _kind, _tag in ((Sub, "!Sub"), (Ref, "!Ref"), (GetAtt, "!GetAtt")):
    _Dumper.add_representer(_kind, _tagged(_tag))
