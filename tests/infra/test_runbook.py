"""docs/runbook.md: every alarm has its section, every section a command, every drill is a test."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from goodword.domain.contact import Contact
from goodword.domain.credits.audit import Kind
from goodword.domain.credits.credit_reason import HOLDS
from goodword.domain.credits.posting import SEND_REFUSALS
from goodword.domain.referrals.flag import A_LINK, Signs, flags_for
from goodword.domain.referrers.referrer import Referrer
from goodword.messages.reasons import reason_sentence
from infra.cli.redrive import SWEEPS
from infra.local.template import load_template, resources_of

ROOT = Path(__file__).resolve().parents[2]
LAYER = "layers/core/goodword"
RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
ALARMS = {
    alarm["AlarmName"]["Fn::Sub"].removeprefix("${Prefix}-")
    for alarm in resources_of(
        load_template(ROOT / "infra/generated/alarms.yaml"), "AWS::CloudWatch::Alarm"
    ).values()
}
SECTIONS = dict(re.findall(r"(?ms)^### (\S+)\n(.*?)(?=^##|\Z)", RUNBOOK))
TESTS = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py"))
)


def test_every_alarm_has_its_section_and_every_section_its_alarm() -> None:
    assert set(SECTIONS) == ALARMS


@pytest.mark.parametrize("alarm", sorted(SECTIONS))
def test_a_section_says_how_soon_and_gives_one_command(alarm: str) -> None:
    prose = " ".join(SECTIONS[alarm].split())
    assert re.search(r"\*\*(Today|This week|Within the (hour|day))\.?\*\*", prose)
    assert len(re.findall(r"(?m)^    goodword \S+", SECTIONS[alarm])) == 1
    assert "Drill" in SECTIONS[alarm]
    assert "then: **" not in prose  # what follows is the command, and the deadline precedes it


def test_every_drill_is_a_test() -> None:
    drills = set(re.findall(r"`(test_\w+)`", RUNBOOK))
    assert len(drills) > 20
    assert [drill for drill in sorted(drills) if f"def {drill}(" not in TESTS] == []


def test_every_kind_of_difference_is_answered() -> None:
    answered = " ".join(re.findall(r"(?m)^\| ([\w, ]+) \|", SECTIONS["ledger-differences"]))
    assert set(get_args(Kind)) <= set(re.findall(r"\w+", answered))


def test_a_redrive_of_schedules_runs_everything_that_is_scheduled() -> None:
    functions = resources_of(load_template(ROOT / "template.yaml"), "AWS::Serverless::Function")
    scheduled = {
        Path(own["CodeUri"]).name
        for own in functions.values()
        if any(event["Type"] == "ScheduleV2" for event in own.get("Events", {}).values())
    }
    assert scheduled == set(SWEEPS)


def test_the_runbook_quotes_the_reason_for_a_flagged_link() -> None:
    prospect = Contact("Robin Example", "robin@example.org")
    referrer = Referrer("ana", "cus_1", "Ana", "ana@example.com", datetime(2027, 3, 1, tzinfo=UTC))
    (flag,) = flags_for(prospect, referrer, Signs(of_link=A_LINK + 1))
    assert f"*{reason_sentence(flag)}*" in " ".join(SECTIONS["clicks-failed"].split())


def test_every_kind_of_hold_is_answered() -> None:
    table = RUNBOOK.partition("| hold | why |")[2].partition("\n\n")[0]
    answered = set(re.findall(r"\w+", " ".join(re.findall(r"(?m)^\| ([\w, ]+) \|", table))))
    assert {*HOLDS, *SEND_REFUSALS} - answered == set()
