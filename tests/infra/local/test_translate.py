"""What checkers are shown is what SAM makes of the template."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.template import load_template, resources_of
from infra.local.translate import translate

ROOT = Path(__file__).resolve().parents[3]


def test_the_translation_has_every_function_with_its_role_and_event_source() -> None:
    template = load_template(ROOT / "template.yaml")
    asked = set(resources_of(template, "AWS::Serverless::Function"))
    made = translate(template)
    assert set(resources_of(made, "AWS::Lambda::Function")) == asked
    assert {"PostCreditCredits", "ApplyEventInbox"} <= set(
        resources_of(made, "AWS::Lambda::EventSourceMapping")
    )
    assert len(resources_of(made, "AWS::IAM::Role")) >= len(asked)
    assert not [name for name, each in made["Resources"].items() if "Serverless" in each["Type"]]


def test_what_sam_refuses_is_said() -> None:
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Handler": 7}}
    with pytest.raises(ValueError, match="SAM cannot translate"):
        translate({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Broken": function}})
