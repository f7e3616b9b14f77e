"""The templates hold to every rule, and every rule can be broken."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.local.template import Template, load_stack, load_template
from tests.infra.rules import RULES, faults

ROOT = Path(__file__).resolve().parents[2]
SERVICES = load_stack(ROOT / "template.yaml")
BAD_FILE = Path(__file__).with_name("bad-template.yaml")
BAD = load_template(BAD_FILE)


@pytest.mark.parametrize("name", RULES)
def test_the_templates_hold_to_every_rule(name: str) -> None:
    assert list(RULES[name](SERVICES)) == []


@pytest.mark.parametrize("name", RULES)
def test_a_bad_template_breaks_every_rule(name: str) -> None:
    assert list(RULES[name](BAD)) != []


def test_an_empty_template_breaks_no_rule_but_the_alarms() -> None:
    assert set(faults({"Resources": {}})) == {"credits_that_are_due_too_long_have_an_alarm"}


def changed(path: tuple[str, ...], value: object) -> Template:
    """Return the templates with one value put in another's place."""
    copied = copy.deepcopy(SERVICES)
    stored: Any = copied
    for name in path[:-1]:
        stored = stored[name]
    stored[path[-1]] = value
    return copied


def of(resource: str, *path: str) -> tuple[str, ...]:
    return ("Resources", resource, "Properties", *path)


@pytest.mark.parametrize(
    ("path", "value", "broken"),
    [
        (
            of("CreditQueue", "VisibilityTimeout"),
            359,
            "a_queue_waits_six_times_as_long_as_its_function",
        ),
        (of("PostCredit", "Timeout"), 61, "a_queue_waits_six_times_as_long_as_its_function"),
        (
            of("CreditQueue", "RedrivePolicy", "maxReceiveCount"),
            4,
            "a_queue_moves_aside_what_failed_five_times",
        ),
        (
            of("CreditFailures", "MessageRetentionPeriod"),
            86400,
            "a_queue_moves_aside_what_failed_five_times",
        ),
        (
            of("Api", "CorsConfiguration", "AllowOrigins"),
            ["https://*.example.com"],
            "origins_are_exact",
        ),
        (
            of("Api", "CorsConfiguration", "AllowOrigins"),
            ["http://www.example.com"],
            "origins_are_exact",
        ),
        (("Parameters", "AllowedOrigins", "Default"), "*", "origins_are_exact"),
        (of("Api", "DefaultRouteSettings"), {}, "every_open_route_is_throttled"),
        (of("Api", "RouteSettings", "POST /v1/signups"), {}, "every_open_route_is_throttled"),
        (
            of("Api", "RouteSettings", "$default", "ThrottlingRateLimit"),
            500,
            "every_open_route_is_throttled",
        ),
        (
            of("AlarmTopic", "KmsMasterKeyId"),
            "alias/aws/sns",
            "an_alarm_may_publish_to_its_topic",
        ),
        (
            of("ReadRecords", "Role"),
            "arn:aws:iam::123456789012:role/any",
            "every_function_has_a_role_of_its_own",
        ),
        (
            of("ReadRecordsLog", "RetentionInDays"),
            None,
            "every_function_logs_to_a_group_that_forgets",
        ),
        (
            ("Resources", "Ledger", "DeletionPolicy"),
            "Delete",
            "a_table_can_be_restored_and_outlives_its_stack",
        ),
        (
            of("ReadRecords", "Environment", "Variables", "HOOK"),
            "whsec_ThisIsMadeUp",
            "no_environment_holds_a_secret",
        ),
    ],
)
def test_one_change_breaks_the_rule_that_is_for_it(
    path: tuple[str, ...], value: object, broken: str
) -> None:
    assert set(faults(changed(path, value))) == {broken}


def test_a_new_dead_letter_queue_without_an_alarm_is_found() -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"SqsManagedSseEnabled": True}}
    found = faults(changed(("Resources", "NewFailures"), queue))
    assert found == {"every_dead_letter_queue_has_an_alarm": ["no alarm watches NewFailures"]}


def test_the_linters_too_refuse_the_bad_template() -> None:
    """Stars in a role and an API without a throttle are what cfn-lint-serverless is here for."""
    lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(  # noqa: S603
        [lint, "--format", "parseable", "-a", "cfn_lint_serverless.rules", "--template", BAD_FILE],
        cwd=BAD_FILE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    found = {line.split(":")[5] for line in done.stdout.splitlines() if line.count(":") >= 6}
    assert {"WS1003", "ES2003"} <= found, done.stdout


@pytest.mark.parametrize("file", [".checkov.yaml", ".cfnlintrc.yaml"])
def test_every_skipped_check_has_its_reason_above_it(file: str) -> None:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    start = next(
        place for place, line in enumerate(lines) if re.match(r"(skip-check|ignore_checks):", line)
    )
    reasoned, silent = False, []
    for line in lines[start + 1 :]:
        if line.lstrip().startswith("#"):
            reasoned = True
        elif re.fullmatch(r"  - [A-Z]+[A-Z0-9_]*", line):
            silent += [] if reasoned else [line]
            reasoned = False
        else:
            raise AssertionError(f"not a check and no reason: {line}")
    assert silent == []
