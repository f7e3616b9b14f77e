"""A template and those that it nests are read as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.template import Template, load_stack

PARENT = """\
Parameters: {Days: {Type: Number}}
Conditions: {HasDays: !Not [!Equals [!Ref Days, 0]]}
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: inner.yaml
      Parameters:
        Prefix: !Ref AWS::StackName
        Arn: !Sub "arn:${AWS::Partition}:sqs"
        Target: !GetAtt Queue.Arn
        Kept: !Ref Days
  Queue: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties: {Role: !GetAtt Inner.Outputs.Role, Name: !Sub "${Inner.Outputs.Log}-1"}
"""
INNER = """\
Parameters:
  Prefix: {Type: String}
  Arn: {Type: String}
  Target: {Type: String}
  Kept: {Type: Number}
  Other: {Type: String, Default: none}
Conditions: {HasKept: !Not [!Equals [!Ref Kept, 0]]}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Name: !Sub "${Arn}:${Prefix}-credits/${Target}/${AWS::Region}/${Other}"
      Pair: !Sub ["${Arn}/${Host}", {Host: !Ref Target}]
  Log: {Type: AWS::Logs::LogGroup, Properties: {Days: !Ref Kept}}
Outputs: {Role: {Value: !GetAtt Role.Arn}, Log: {Value: !Ref Log}}
"""


def stack(folder: Path, parent: str = PARENT, inner: str = INNER) -> Template:
    (folder / "template.yaml").write_text(parent, encoding="utf-8")
    (folder / "inner.yaml").write_text(inner, encoding="utf-8")
    return load_stack(folder / "template.yaml")


def test_parameters_and_outputs_are_resolved(tmp_path: Path) -> None:
    whole = stack(tmp_path)
    resources = whole["Resources"]
    assert set(resources) == {"Queue", "Worker", "Role", "Log"}
    assert resources["Worker"]["Properties"] == {
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Name": {"Fn::Sub": "${Log}-1"},
    }
    assert resources["Role"]["Properties"] == {
        "Name": {
            "Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::StackName}-credits/${Queue.Arn}"
            "/${AWS::Region}/${Other}"
        },
        "Pair": {
            "Fn::Sub": [
                "arn:${AWS::Partition}:sqs/${Host}",
                {"Host": {"Fn::GetAtt": ["Queue", "Arn"]}},
            ]
        },
    }
    assert resources["Log"]["Properties"] == {"Days": {"Ref": "Days"}}
    assert set(whole["Conditions"]) == {"HasDays", "HasKept"}
    assert set(whole["Parameters"]) == {"Days", "Other"}


def test_one_name_for_two_things_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="in two templates: Queue"):
        stack(tmp_path, inner=INNER.replace("  Log:", "  Queue:"))


def test_one_condition_in_both_templates_is_one(tmp_path: Path) -> None:
    whole = stack(tmp_path, inner=INNER.replace("HasKept", "HasDays"))
    assert set(whole["Conditions"]) == {"HasDays"}


def test_what_is_no_text_cannot_be_put_into_one(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Prefix} cannot be put into a text"):
        stack(tmp_path, parent=PARENT.replace("!Ref AWS::StackName", '!Join ["", [a, b]]'))
