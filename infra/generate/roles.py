"""Generate the role and the log group of each function, from infra/access.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from infra.access import Access, Services, load_access
from infra.generate.writer import GetAtt, Ref, Sub, logical_id, parameter, write_template

Resource = str | dict[str, Any]

READ_STREAM = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
RECEIVE = ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
WRITE_LOG = ("CreateLogStream", "PutLogEvents")
SEND_MAIL = ("SendEmail", "SendRawEmail")
OWN_PARAMETER = "${ParameterArn}/goodword/${Prefix}"
OWN_QUEUE = "${QueueArn}:${Prefix}"
LAMBDA = {"Service": "lambda.amazonaws.com"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": LAMBDA}],
}
# CloudFormation removes this from a list: without a sender there is no domain.
SENDERS_DOMAIN = {
    "Fn::If": [
        "HasSender",
        {
            "Fn::Sub": [
                "${SesArn}:identity/${Host}",
                {"Host": {"Fn::Select": [1, {"Fn::Split": ["@", Ref("SenderAddress")]}]}},
            ]
        },
        Ref("AWS::NoValue"),
    ]
}
# The verified identity is either the sender's address or its whole domain.
SENDERS: list[Resource] = [
    Sub("${SesArn}:configuration-set/${Prefix}"),
    Sub("${SesArn}:identity/${SenderAddress}"),
    SENDERS_DOMAIN,
]
Grant = tuple[tuple[str, ...], list[Resource]]


def render_roles() -> str:
    """Return the template of the roles and log groups, two for each function."""
    access = load_access()
    resources: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    for function in access.functions:
        name = logical_id(function)
        resources |= {f"{name}Role": _role(function, access), f"{name}Log": _log_group(function)}
        outputs |= {
            name: {"Value": GetAtt(f"{name}Role.Arn")},
            f"{name}Log": {"Value": Ref(f"{name}Log")},
        }
    streams = [pattern.table for pattern in access.patterns if pattern.stream]
    return write_template(
        "infra/access.yaml",
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "Goodword: the role and the log group of each function",
            "Parameters": {
                "Prefix": parameter("The name of the stack"),
                "TableArn": parameter("The ARN of every table up to its name"),
                "QueueArn": parameter("The ARN of every queue up to its name"),
                "ParameterArn": parameter("The ARN of every parameter of SSM up to its path"),
                "SesArn": parameter("The ARN of every resource of SES up to its kind"),
                "BusArn": parameter("The ARN of every event bus up to its name"),
                "SenderAddress": parameter("The verified sender of mail, or empty"),
                "LogRetentionDays": {
                    "Type": "Number",
                    "Description": "Days after which log lines are deleted",
                },
                **{_stream(table): parameter(f"The stream of {table}") for table in streams},
            },
            "Conditions": {"HasSender": {"Fn::Not": [{"Fn::Equals": [Ref("SenderAddress"), ""]}]}},
            "Resources": resources,
            "Outputs": outputs,
        },
    )


def _role(function: str, access: Access) -> dict[str, Any]:
    statements = [
        {"Effect": "Allow", "Action": list(actions), "Resource": resources}
        for actions, resources in _grants(function, access)
    ]
    policy = {
        "PolicyName": function,
        "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": TRUST, "Policies": [policy]},
    }


def _grants(function: str, access: Access) -> list[Grant]:
    return [
        *_table_grants(access.table_rights(function)),
        *_service_grants(access.functions[function]),
        (_named("logs", WRITE_LOG), [GetAtt(f"{logical_id(function)}Log.Arn")]),
    ]


def _table_grants(rights: Mapping[str, set[str]]) -> list[Grant]:
    """Return one grant for all targets with the same actions, in the order of the list."""
    found: dict[tuple[str, ...], list[Resource]] = {}
    for target, actions in rights.items():
        table, _, part = target.partition("/")
        if part == "stream":
            found.setdefault(_named("dynamodb", READ_STREAM), []).append(Ref(_stream(table)))
        else:
            index = f"/index/{part}" if part else ""
            found.setdefault(_named("dynamodb", sorted(actions)), []).append(
                Sub(f"${{TableArn}}/${{Prefix}}-{table}{index}")
            )
    return list(found.items())


def _service_grants(services: Services) -> list[Grant]:
    read: list[Resource] = [Sub(f"{OWN_PARAMETER}/{name}") for name in services.parameters]
    every: list[tuple[str, tuple[str, ...], list[Resource]]] = [
        ("ssm", ("GetParameter",), read),
        ("sqs", ("SendMessage",), [Sub(f"{OWN_QUEUE}-{name}") for name in services.sends_to]),
        ("sqs", RECEIVE, [Sub(f"{OWN_QUEUE}-{name}") for name in services.receives_from]),
        ("ses", SEND_MAIL, SENDERS if services.sends_mail else []),
        ("events", ("PutEvents",), [Sub("${BusArn}/${Prefix}")] if services.publishes else []),
    ]
    return [(_named(service, actions), named) for service, actions, named in every if named]


def _named(service: str, actions: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{service}:{action}" for action in actions)


def _stream(table: str) -> str:
    return f"{logical_id(table)}Stream"


def _log_group(function: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Logs::LogGroup",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {
            "LogGroupName": Sub(f"/goodword/${{Prefix}}/{function}"),
            "RetentionInDays": Ref("LogRetentionDays"),
        },
    }
