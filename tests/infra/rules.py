"""What must hold of any template of this project, as named rules over plain data.

A rule takes a template (with those that it nests, by `load_stack`) and yields a sentence for each
fault. Linters find little of this; `bad-template.yaml` breaks every rule, so that none can go blind
unseen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from infra.local.routes import CATCH_ALL, derive_routes
from infra.local.template import Template, resources_of

Rule = Callable[[Template], Iterator[str]]
RULES: dict[str, Rule] = {}

FOURTEEN_DAYS = 14 * 24 * 3600
# An operator names connections, so one part of their secrets is named by its path; nothing else has
# a star.
PART_OF_SECRETS = re.compile(
    r":parameter/goodword/\$\{AWS::StackName\}/connections/\*/(?:current|previous|token)$"
)
# What opens something by its look, and names that say so.
SECRET = re.compile(r"(?:sk|rk|pk)_(?:live|test)_|whsec_|AKIA[A-Z0-9]|xox[abp]-|-----BEGIN")
SECRET_NAME = re.compile(r"(?i)(?:secret|token|password|api_?key|private_?key)$")


def rule(check: Rule) -> Rule:
    """Keep a rule under its name."""
    RULES[check.__name__] = check
    return check


def faults(template: Template) -> dict[str, list[str]]:
    """Return what each rule finds, without the rules that find nothing."""
    found = {name: list(check(template)) for name, check in RULES.items()}
    return {name: result for name, result in found.items() if result}


# ---- Roles ---------------------------------------------------------------------------------------


@rule
def roles_name_every_action_and_resource(template: Template) -> Iterator[str]:
    for role, statement in _statements(template):
        if {"NotAction", "NotResource"} & statement.keys():
            yield f"{role} allows all but what it names"
        for action in _listed(statement.get("Action")):
            if "*" in str(action):
                yield f"{role} may do {action}"
        for resource in _listed(statement.get("Resource")):
            text = (
                str(resource.get("Fn::Sub", resource))
                if isinstance(resource, dict)
                else str(resource)
            )
            if "*" in text and not PART_OF_SECRETS.search(text):
                yield f"{role} reaches {text}"


@rule
def every_function_has_a_role_of_its_own(template: Template) -> Iterator[str]:
    owners: dict[str, str] = {}
    for name, own in _functions(template).items():
        role = _target(own.get("Role"))
        if role not in resources_of(template, "AWS::IAM::Role"):
            yield f"{name} has no role of its stack"
        elif role in owners:
            yield f"{name} shares its role with {owners[role]}"
        owners[role] = name


@rule
def roles_take_no_policy_from_elsewhere(template: Template) -> Iterator[str]:
    for name, own in resources_of(template, "AWS::IAM::Role").items():
        if own.get("ManagedPolicyArns"):
            yield f"{name} takes managed policies"


# ---- Queues and streams --------------------------------------------------------------------------


@rule
def a_queue_waits_six_times_as_long_as_its_function(template: Template) -> Iterator[str]:
    queues = resources_of(template, "AWS::SQS::Queue")
    for name, own, event in _events(template, "SQS"):
        queue = queues.get(_target(event.get("Queue")), {})
        if queue.get("VisibilityTimeout", 30) < 6 * _timeout(template, own):
            yield f"{name} may have a message twice at once"


@rule
def a_queue_moves_aside_what_failed_five_times(template: Template) -> Iterator[str]:
    queues = resources_of(template, "AWS::SQS::Queue")
    for name, _, event in _events(template, "SQS"):
        redrive = queues.get(_target(event.get("Queue")), {}).get("RedrivePolicy", {})
        aside = queues.get(_target(redrive.get("deadLetterTargetArn")), {})
        if int(redrive.get("maxReceiveCount", 0)) < 5:
            yield f"what {name} takes is given up before its fifth try"
        if aside.get("MessageRetentionPeriod", 0) < FOURTEEN_DAYS:
            yield f"what {name} gave up is not kept for fourteen days"


@rule
def a_batch_fails_by_the_item(template: Template) -> Iterator[str]:
    for kind in ("SQS", "DynamoDB"):
        for name, _, event in _events(template, kind):
            if event.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
                yield f"one bad item fails all that {name} was given with it"


@rule
def a_stream_sets_aside_what_fails(template: Template) -> Iterator[str]:
    for name, _, event in _events(template, "DynamoDB"):
        if not event.get("DestinationConfig", {}).get("OnFailure"):
            yield f"what {name} cannot do is lost without a trace"
        if not 0 < event.get("MaximumRetryAttempts", -1) <= 10:
            yield f"one bad item holds up the stream of {name} for a day"


@rule
def what_posts_has_a_rate_limit(template: Template) -> Iterator[str]:
    for name, _, event in _events(template, "SQS"):
        if not 2 <= event.get("ScalingConfig", {}).get("MaximumConcurrency", 1000) <= 5:
            yield f"{name} may run a thousand times at once"


@rule
def every_queue_is_encrypted(template: Template) -> Iterator[str]:
    for name, own in resources_of(template, "AWS::SQS::Queue").items():
        if not (own.get("SqsManagedSseEnabled") or own.get("KmsMasterKeyId")):
            yield f"{name} is not encrypted"


# ---- Alarms --------------------------------------------------------------------------------------


@rule
def every_dead_letter_queue_has_an_alarm(template: Template) -> Iterator[str]:
    watched = {
        str(dimension["Value"])
        for alarm in resources_of(template, "AWS::CloudWatch::Alarm").values()
        for dimension in alarm.get("Dimensions", [])
        if dimension["Name"] == "QueueName"
    }
    queues = resources_of(template, "AWS::SQS::Queue")
    for name in sorted(_last_stops(template)):
        if str(queues[name].get("QueueName")) not in watched:
            yield f"no alarm watches {name}"


@rule
def credits_that_are_due_too_long_have_an_alarm(template: Template) -> Iterator[str]:
    if not any(
        name.startswith("CreditsOverdue")
        for name in resources_of(template, "AWS::CloudWatch::Alarm")
    ):
        yield "no alarm covers credits that are due and not posted"


@rule
def an_alarm_may_publish_to_its_topic(template: Template) -> Iterator[str]:
    """Under alias/aws/sns it may not: the fixed key policy does not allow CloudWatch.

    Source: repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
    """
    for name, own in resources_of(template, "AWS::SNS::Topic").items():
        if str(own.get("KmsMasterKeyId", "")).endswith("alias/aws/sns"):
            yield f"{name} can deliver no alarm"


# ---- Tables and logs -----------------------------------------------------------------------------


@rule
def a_table_can_be_restored_and_outlives_its_stack(template: Template) -> Iterator[str]:
    for name, own in resources_of(template, "AWS::DynamoDB::Table").items():
        if not own.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{name} cannot be restored to a point in time"
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if template["Resources"][name].get(policy) != "Retain":
                yield f"{name} goes with its stack: {policy}"


@rule
def every_function_logs_to_a_group_that_forgets(template: Template) -> Iterator[str]:
    groups = resources_of(template, "AWS::Logs::LogGroup")
    for name, own in _functions(template).items():
        group = _target(own.get("LoggingConfig", {}).get("LogGroup"))
        if not groups.get(group, {}).get("RetentionInDays"):
            yield f"what {name} logs is kept for good"


# ---- The open doors ------------------------------------------------------------------------------


@rule
def origins_are_exact(template: Template) -> Iterator[str]:
    for kind in ("AWS::Serverless::HttpApi", "AWS::Serverless::Api", "AWS::ApiGatewayV2::Api"):
        for name, own in resources_of(template, kind).items():
            cors = own.get("CorsConfiguration", own.get("Cors", {}))
            origins = (
                cors.get("AllowOrigins", cors.get("AllowOrigin", []))
                if isinstance(cors, dict)
                else cors
            )
            default = template.get("Parameters", {}).get(_named(origins), {}).get("Default", "")
            if origins is True or "*" in f"{origins}{default}" or "'http:" in str(origins):
                yield f"any page may call {name}"


@rule
def every_open_route_is_throttled(template: Template) -> Iterator[str]:
    apis = resources_of(template, "AWS::Serverless::HttpApi").values()
    usual = min((_rate(own.get("DefaultRouteSettings")) for own in apis), default=0)
    own_rates = {
        key: _rate(stored) for own in apis for key, stored in own.get("RouteSettings", {}).items()
    }
    for key in (route.key for route in derive_routes(template)):
        rate = own_rates.get(key, usual)
        if rate <= 0:
            yield f"{key} takes as much as anybody sends"
        elif key in ("POST /v1/signups", CATCH_ALL) and rate >= usual:
            yield f"{key} is open to all and throttled no more than the rest"


# ---- Secrets -------------------------------------------------------------------------------------


@rule
def no_environment_holds_a_secret(template: Template) -> Iterator[str]:
    holders = {"Globals": template.get("Globals", {}).get("Function", {}), **_functions(template)}
    for holder, own in holders.items():
        for name, value in own.get("Environment", {}).get("Variables", {}).items():
            if (
                SECRET_NAME.search(name)
                or SECRET.search(str(value))
                or SECRET_NAME.search(_named(value))
            ):
                yield f"{holder} shows {name} to every principal that may read its settings"


@rule
def no_parameter_holds_a_secret(template: Template) -> Iterator[str]:
    for name, own in template.get("Parameters", {}).items():
        default = str(own.get("Default", ""))
        if SECRET.search(default) or (
            SECRET_NAME.search(name) and (default or not own.get("NoEcho"))
        ):
            yield f"{name} is a secret that CloudFormation shows"


# ---- How to look ---------------------------------------------------------------------------------


def _functions(template: Template) -> dict[str, dict[str, Any]]:
    return resources_of(template, "AWS::Serverless::Function")


def _statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, own in resources_of(template, "AWS::IAM::Role").items():
        for policy in own.get("Policies", []):
            for statement in _listed(policy["PolicyDocument"]["Statement"]):
                yield name, statement


def _events(template: Template, kind: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for name, own in _functions(template).items():
        for event in own.get("Events", {}).values():
            if event["Type"] == kind:
                yield name, own, event.get("Properties", {})


def _timeout(template: Template, own: dict[str, Any]) -> int:
    return int(
        own.get("Timeout", template.get("Globals", {}).get("Function", {}).get("Timeout", 3))
    )


def _last_stops(template: Template) -> set[str]:
    """Return the queues whose messages no function consumes."""
    queues = resources_of(template, "AWS::SQS::Queue")
    taken = {_target(event.get("Queue")) for _, _, event in _events(template, "SQS")}
    return set(queues) - taken


def _target(reference: Any) -> str:
    """Return the logical id that a Ref or a GetAtt names, or the text itself."""
    if isinstance(reference, dict):
        return str(reference.get("Ref") or reference.get("Fn::GetAtt", [""])[0])
    return str(reference or "")


def _named(value: Any) -> str:
    """Return the parameter that a value names, alone or under a condition."""
    found = re.search(r"'Ref': '(\w+)'", str(value))
    return found[1] if found else ""


def _rate(settings: Any) -> float:
    return float((settings or {}).get("ThrottlingRateLimit", 0))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
