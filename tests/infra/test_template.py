"""What must hold of template.yaml and what it nests beside the rules that are for any template."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goodword.billing.stripe_billing import REQUESTS_PER_SECOND
from goodword.domain.mails.mail import NOTICE_KINDS
from goodword.queue.event_bus import SOURCE
from infra.local.routes import derive_routes
from infra.local.template import function_folders, load_stack, load_template, resources_of

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = load_stack(ROOT / "template.yaml")

FUNCTIONS = resources_of(TEMPLATE, "AWS::Serverless::Function")
ROLES = resources_of(TEMPLATE, "AWS::IAM::Role")
QUEUES = resources_of(TEMPLATE, "AWS::SQS::Queue")
RULES = resources_of(TEMPLATE, "AWS::Events::Rule")
GLOBALS = TEMPLATE["Globals"]["Function"]
TABLES_BY_NAME = resources_of(TEMPLATE, "AWS::DynamoDB::Table")

# The stores that a click may touch, and how: all else would cost the prospect's time.
CLICK_MAY = {("links", "dynamodb:GetItem"), ("clicks", "dynamodb:PutItem")}
# One posts, the other compares.
SPEAK_TO_STRIPE = {"PostCredit", "AuditLedger"}
# A function that reads stories may not change anything.
READ_ACTIONS = {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"}


def job_of(function: str) -> str:
    return str(FUNCTIONS[function]["CodeUri"]).rstrip("/").rsplit("/", 1)[-1]


def statements_of(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def role_of(function: str) -> dict[str, Any]:
    return ROLES[FUNCTIONS[function]["Role"]["Fn::GetAtt"][0]]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def grants_of(function: str) -> Iterator[tuple[Any, str]]:
    """Yield (resource, action) for all that a function may do."""
    for statement in statements_of(role_of(function)):
        for resource in as_list(statement["Resource"]):
            for action in as_list(statement["Action"]):
                yield resource, action


def table_grants_of(function: str) -> set[tuple[str, str]]:
    """Return (table, action) for what a function may do with tables.

    An index counts as its table.
    """
    return {
        (name.partition("/index/")[0], action)
        for resource, action in grants_of(function)
        for name in [own_part(resource, "table/")]
        if name
    }


def own_part(resource: dict[str, Any], kind: str) -> str:
    """Return the part of a resource's name that follows the stack's; "" if it is of another kind.

    kind: what precedes the name in the ARN, such as table/ or parameter/goodword/.
    """
    text = resource.get("Fn::Sub", "")
    after = text.partition(":${AWS::AccountId}:")[2] if isinstance(text, str) else ""
    named = f"{kind}${{AWS::StackName}}"
    return str(after.removeprefix(named)[1:]) if after.startswith(named) else ""


def queue(name: str) -> dict[str, str]:
    """Return a queue as roles name it; name: the logical id."""
    own = QUEUES[name]["QueueName"]["Fn::Sub"]
    return {"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:" + own}


def secrets_of(function: str) -> set[str]:
    """Return what a function may read under /goodword/ and the stack's name."""
    return {
        own_part(resource, "parameter/goodword/")
        for resource, action in grants_of(function)
        if action.startswith("ssm:")
    }


def events_of(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for function, properties in FUNCTIONS.items():
        for event in properties.get("Events", {}).values():
            if event["Type"] == kind:
                yield function, event["Properties"]


def target_of(reference: dict[str, Any]) -> str:
    return str(reference["Fn::GetAtt"][0])


# ---- Functions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_named_after_its_job(function: str) -> None:
    job = job_of(function)
    assert function == "".join(term.title() for term in job.split("_"))
    assert FUNCTIONS[function]["FunctionName"] == {"Fn::Sub": "${AWS::StackName}-" + job}
    assert FUNCTIONS[function]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == job


def test_every_job_has_its_function_and_every_function_its_job() -> None:
    jobs = set(function_folders())
    if not jobs:
        pytest.skip("no job is written yet")
    assert jobs == {job_of(function) for function in FUNCTIONS}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_logs_to_its_own_group_which_forgets(function: str) -> None:
    group = FUNCTIONS[function]["LoggingConfig"]["LogGroup"]["Ref"]
    groups = resources_of(TEMPLATE, "AWS::Logs::LogGroup")
    assert groups[group]["LogGroupName"] == {
        "Fn::Sub": "/goodword/${AWS::StackName}/" + job_of(function)
    }
    assert groups[group]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert ({"Fn::GetAtt": [group, "Arn"]}, "logs:PutLogEvents") in list(grants_of(function))


def test_only_what_speaks_to_stripe_carries_its_layer() -> None:
    carriers = {
        name for name, own in FUNCTIONS.items() if {"Ref": "StripeLayer"} in own.get("Layers", [])
    }
    assert carriers == SPEAK_TO_STRIPE
    assert {name for name, own in FUNCTIONS.items() if "STRIPE_API_BASE" in str(own)} == carriers


def test_a_queue_is_known_only_to_its_senders() -> None:
    for variable, target in (("CREDIT_QUEUE_URL", "CreditQueue"), ("MAIL_QUEUE_URL", "MailQueue")):
        result = {
            name for name, own in FUNCTIONS.items() if variable in own["Environment"]["Variables"]
        }
        grant = (queue(target), "sqs:SendMessage")
        assert result
        assert result == {name for name in FUNCTIONS if grant in list(grants_of(name))}


def test_one_function_may_publish_and_on_our_bus_alone() -> None:
    grants = {
        (name, str(resource))
        for name in FUNCTIONS
        for resource, action in grants_of(name)
        if action.startswith("events:")
    }
    account = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}"
    bus = {"Fn::Sub": f"{account}:event-bus/${{AWS::StackName}}"}
    assert grants == {("PublishEvents", str(bus))}
    buses = resources_of(TEMPLATE, "AWS::Events::EventBus")
    assert buses["EventBus"]["Name"] == {"Ref": "AWS::StackName"}


def test_the_streams_of_tables_have_one_reader_each() -> None:
    streams = [str(event["Stream"]) for _, event in events_of("DynamoDB")]
    assert len(set(streams)) == len(streams)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_sends_to_its_own_queue_and_dead_letters(rule: str) -> None:
    (target,) = RULES[rule]["Targets"]
    queue, failures = target_of(target["Arn"]), target_of(target["DeadLetterConfig"]["Arn"])
    redrive = QUEUES[queue]["RedrivePolicy"]
    assert target_of(redrive["deadLetterTargetArn"]) == failures
    assert RULES[rule]["EventBusName"] == {"Ref": "EventBus"}
    policies = resources_of(TEMPLATE, "AWS::SQS::QueuePolicy").values()
    (policy,) = [each for each in policies if {"Ref": queue} in each["Queues"]]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Queues"] == [{"Ref": queue}, {"Ref": failures}]
    arns = [{"Fn::GetAtt": [name, "Arn"]} for name in (queue, failures)]
    assert statement["Resource"] == arns
    source = {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}}
    assert statement["Condition"] == {"ArnEquals": source}


def test_the_referrers_rule_matches_their_event_kinds() -> None:
    pattern = RULES["NoticeRule"]["EventPattern"]
    assert pattern == {"source": [SOURCE], "detail-type": list(NOTICE_KINDS)}


def test_no_environment_holds_a_secret() -> None:
    names = set(GLOBALS["Environment"]["Variables"])
    for own in FUNCTIONS.values():
        names |= set(own["Environment"]["Variables"])
    assert names == {
        "TABLE_PREFIX",
        "SECRETS_PREFIX",
        "STRIPE_API_BASE",
        "CREDIT_QUEUE_URL",
        "MAIL_QUEUE_URL",
        "CONFIGURATION_SET",
        "EVENT_BUS_NAME",
        "LOG_RETENTION_DAYS",
        "POWERTOOLS_SERVICE_NAME",
        "POWERTOOLS_METRICS_NAMESPACE",
    }


# ---- Roles ---------------------------------------------------------------------------------------


def test_functions_have_their_own_roles_and_none_is_unused() -> None:
    used = [target_of(own["Role"]) for own in FUNCTIONS.values()]
    assert sorted(used) == sorted(ROLES)
    assert len(set(used)) == len(used)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_no_policy_from_elsewhere(role: str) -> None:
    assert "ManagedPolicyArns" not in ROLES[role]
    assert all(statement["Effect"] == "Allow" for statement in statements_of(ROLES[role]))


def test_a_role_reads_parameters_of_its_own_stack_alone() -> None:
    paths = {
        str(resource).partition(":parameter")[2]
        for name in FUNCTIONS
        for resource, action in grants_of(name)
        if action.startswith("ssm:")
    }
    assert paths
    assert [path for path in paths if not path.startswith("/goodword/${AWS::StackName}/")] == []


def test_nothing_may_scan() -> None:
    assert {action for name in FUNCTIONS for _, action in grants_of(name)}.isdisjoint(
        {"dynamodb:Scan"}
    )


def test_a_click_may_only_read_links_and_put_clicks() -> None:
    assert table_grants_of("RecordClick") == CLICK_MAY
    assert {action.split(":")[0] for _, action in grants_of("RecordClick")} == {"dynamodb", "logs"}


def test_only_the_sender_of_mails_may_send_any() -> None:
    senders = {
        name
        for name in FUNCTIONS
        if any(action.startswith("ses:") for _, action in grants_of(name))
    }
    assert senders == {"SendMail"}
    for resource, action in grants_of("SendMail"):
        if action.startswith("ses:"):
            assert "*" not in str(resource)


def test_what_ses_says_of_a_mail_comes_back() -> None:
    bus = resources_of(TEMPLATE, "AWS::SES::ConfigurationSetEventDestination")["MailEventsToBus"]
    assert bus["EventDestination"]["MatchingEventTypes"] == ["BOUNCE", "COMPLAINT"]
    ((function, event),) = events_of("EventBridgeRule")
    assert function == "Unsubscribe"
    assert event["Pattern"]["detail"]["eventType"] == ["Bounce", "Complaint"]
    assert target_of(event["DeadLetterConfig"]["Arn"]) == "FeedbackFailures"


def test_a_click_is_not_logged_by_the_platform_either() -> None:
    """At INFO Lambda would write START, END and REPORT lines, about a kilobyte for each run."""
    assert GLOBALS["LoggingConfig"]["LogFormat"] == "JSON"
    assert GLOBALS["LoggingConfig"]["SystemLogLevel"] == "WARN"
    for name, own in FUNCTIONS.items():
        assert set(own["LoggingConfig"]) == {"LogGroup"}, f"{name} logs in its own way"


def test_clicks_that_are_lost_have_an_alarm() -> None:
    alarms = resources_of(TEMPLATE, "AWS::CloudWatch::Alarm").values()
    assert {"ClickLost", "LinkUnread"} <= {alarm.get("MetricName") for alarm in alarms}


def test_the_click_stream_uses_windows_which_name_its_shard() -> None:
    event = FUNCTIONS["ClassifyClicks"]["Events"]["Clicks"]["Properties"]
    assert event["TumblingWindowInSeconds"] > 0
    assert event.get("ParallelizationFactor", 1) == 1, (
        "a shard has one reader, or its numbers do not only grow"
    )


def test_functions_that_read_stories_may_change_nothing() -> None:
    assert {action for _, action in table_grants_of("ReadRecords")} == READ_ACTIONS


def test_only_apply_event_may_store_unmatched_events() -> None:
    assert [
        name for name in FUNCTIONS if ("unmatched", "dynamodb:PutItem") in table_grants_of(name)
    ] == ["ApplyEvent"]


def test_only_what_speaks_to_stripe_may_read_its_key() -> None:
    readers = {name for name in FUNCTIONS if "/stripe/current" in str(list(grants_of(name)))}
    assert readers == SPEAK_TO_STRIPE


@pytest.mark.parametrize(
    ("part", "readers"),
    [
        ("current", {"ReceiveWebhook"}),
        ("previous", {"ReceiveWebhook"}),
        ("token", {"ApplyEvent", "PollCrm", "QualifyReferral"}),
    ],
)
def test_verifying_and_calling_a_crm_are_separate_rights(part: str, readers: set[str]) -> None:
    """The one open door of the CRMs is public.

    A token read through it would open the CRM itself.
    """
    assert {name for name in FUNCTIONS if f"connections/*/{part}" in secrets_of(name)} == readers
    assert {secret for name in FUNCTIONS for secret in secrets_of(name) if "*" in secret} <= {
        "connections/*/current",
        "connections/*/previous",
        "connections/*/token",
    }


def test_the_audit_may_change_nothing_but_its_own_table() -> None:
    changes = {grant for grant in table_grants_of("AuditLedger") if grant[1] not in READ_ACTIONS}
    assert changes == {("audits", "dynamodb:PutItem")}


# ---- Triggers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("function", "event"), list(events_of("DynamoDB")))
def test_a_stream_takes_new_rows_only_and_sets_failures_aside(
    function: str, event: dict[str, Any]
) -> None:
    assert event["FilterCriteria"] == {"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]}
    assert event["StartingPosition"] == "TRIM_HORIZON"
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert event["BisectBatchOnFunctionError"] is True
    assert 0 < event["MaximumRetryAttempts"] <= 10
    failures = event["DestinationConfig"]["OnFailure"]["Destination"]
    assert target_of(failures) in QUEUES
    assert (queue(target_of(failures)), "sqs:SendMessage") in list(grants_of(function))
    assert (event["Stream"], "dynamodb:GetRecords") in list(grants_of(function))


@pytest.mark.parametrize(("function", "event"), list(events_of("ScheduleV2")))
def test_a_schedule_leaves_a_trace_when_it_fails(function: str, event: dict[str, Any]) -> None:
    assert "Name" in event, "without a name two stacks of one account would share the schedule"
    assert target_of(event["DeadLetterConfig"]["Arn"]) in QUEUES
    aside = FUNCTIONS[function]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"][
        "Destination"
    ]
    assert (queue(target_of(aside)), "sqs:SendMessage") in list(grants_of(function))


def test_dead_letter_queues_keep_fourteen_days_and_have_an_alarm() -> None:
    dead = {name for name in QUEUES if name.endswith("Failures")}
    assert dead
    for name in dead:
        assert QUEUES[name]["MessageRetentionPeriod"] == 14 * 24 * 3600
    watched = {
        dimension["Value"]["Fn::Sub"]
        for alarm in resources_of(TEMPLATE, "AWS::CloudWatch::Alarm").values()
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "QueueName"
    }
    assert watched == {QUEUES[name]["QueueName"]["Fn::Sub"] for name in dead}


def test_every_alarm_watches_what_is_there() -> None:
    dimensions = [
        (dimension["Name"], dimension["Value"])
        for alarm in resources_of(TEMPLATE, "AWS::CloudWatch::Alarm").values()
        for dimension in alarm["Dimensions"]
    ]
    there = [
        *(("FunctionName", own["FunctionName"]) for own in FUNCTIONS.values()),
        *(("service", job_of(name)) for name in FUNCTIONS),
        *(("QueueName", own["QueueName"]) for own in QUEUES.values()),
        ("ApiId", {"Ref": "Api"}),
    ]
    assert [each for each in dimensions if each not in there] == []


def test_every_route_is_throttled_and_signups_more_than_others() -> None:
    api = resources_of(TEMPLATE, "AWS::Serverless::HttpApi")["Api"]
    usual = api["DefaultRouteSettings"]["ThrottlingRateLimit"]
    assert 0 < api["RouteSettings"]["POST /v1/signups"]["ThrottlingRateLimit"] < usual
    assert set(api["RouteSettings"]) <= {route.key for route in derive_routes(TEMPLATE)}


def test_no_origin_is_allowed_but_those_that_are_named() -> None:
    origins = resources_of(TEMPLATE, "AWS::Serverless::HttpApi")["Api"]["CorsConfiguration"][
        "AllowOrigins"
    ]
    assert origins == {"Fn::If": ["HasOrigins", {"Ref": "AllowedOrigins"}, {"Ref": "AWS::NoValue"}]}
    assert TEMPLATE["Parameters"]["AllowedOrigins"]["Default"] == ""


# ---- Tables --------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES_BY_NAME)
def test_a_table_can_be_restored_and_outlives_its_stack(table: str) -> None:
    assert TEMPLATE["Resources"][table]["DeletionPolicy"] == "Retain"
    assert TEMPLATE["Resources"][table]["UpdateReplacePolicy"] == "Retain"
    properties = TABLES_BY_NAME[table]
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_the_tables_survive_the_deletion_of_the_stack() -> None:
    template = load_template(ROOT / "template.yaml")
    assert template["Resources"]["Tables"]["DeletionPolicy"] == "Retain"


def test_the_workers_that_post_keep_within_stripes_rate_together() -> None:
    """An endpoint takes 25 requests a second: docs.stripe.com/rate-limits."""
    scaling = FUNCTIONS["PostCredit"]["Events"]["Credits"]["Properties"]["ScalingConfig"]
    assert scaling["MaximumConcurrency"] * REQUESTS_PER_SECOND <= 25
