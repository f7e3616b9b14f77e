"""What checkers are shown is what SAM makes of the template."""

from __future__ import annotations

from pathlib import Path

import pytest
from samcli.commands.deploy.auth_utils import auth_per_resource
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

from infra.local.template import load_stack, load_template, resources_of
from infra.local.translate import translate

ROOT = Path(__file__).resolve().parents[3]


def test_the_translation_has_every_function_with_role_and_event_source() -> None:
    template = load_stack(ROOT / "template.yaml")
    asked = set(resources_of(template, "AWS::Serverless::Function"))
    made = translate(template)
    assert set(resources_of(made, "AWS::Lambda::Function")) == asked
    assert {"PostCreditCredits", "ApplyEventInbox"} <= set(
        resources_of(made, "AWS::Lambda::EventSourceMapping")
    )
    assert len(resources_of(made, "AWS::IAM::Role")) >= len(asked)
    assert not [name for name, each in made["Resources"].items() if "Serverless" in each["Type"]]


# SAM's own command calls what SAM's translator and jsonschema have deprecated.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_sam_asks_of_no_route_whether_it_may_be_open() -> None:
    """`sam deploy --guided` asks of each route that it takes for open.

    Enter ends the deployment.
    """
    stacks, _ = SamLocalStackProvider.get_stacks(str(ROOT / "template.yaml"))
    result = auth_per_resource(stacks)
    assert len(result) > 50
    assert {function for function, stored in result if not stored} == set()


def test_suppressing_sams_prompt_adds_no_authorizer_to_a_route() -> None:
    body = resources_of(translate(load_template(ROOT / "template.yaml")), "AWS::ApiGatewayV2::Api")[
        "Api"
    ]["Body"]
    assert "securitySchemes" not in body.get("components", {})
    assert {key for path in body["paths"].values() for way in path.values() for key in way} <= {
        "responses",
        "parameters",
        "isDefaultRoute",
        "x-amazon-apigateway-integration",
    }


def test_what_sam_refuses_is_said() -> None:
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Handler": 7}}
    with pytest.raises(ValueError, match="SAM cannot translate"):
        translate({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Broken": function}})
