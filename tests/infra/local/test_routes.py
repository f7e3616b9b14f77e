"""The routes of the local HTTP API come from the template and from nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.routes import Route, create_routes, derive_routes


def function(**events: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "AWS::Serverless::Function", "Properties": {"Events": events}}


def http(**properties: str) -> dict[str, Any]:
    return {"Type": "HttpApi", "Properties": {"ApiId": {"Ref": "Api"}, **properties}}


def template(**resources: dict[str, Any]) -> dict[str, Any]:
    return {"Resources": resources}


def test_http_events_become_routes_in_template_order() -> None:
    given = template(
        RecordClick=function(
            Get=http(Method="get", Path="/r/{code}"), Head=http(Method="HEAD", Path="/r/{code}")
        ),
        ManageApiKeys=function(SendMailDeps=http(Method="POST", Path="/v1/keys")),
    )
    assert derive_routes(given) == (
        Route("GET /r/{code}", "RecordClick"),
        Route("HEAD /r/{code}", "RecordClick"),
        Route("POST /v1/keys", "ManageApiKeys"),
    )


@pytest.mark.parametrize(
    "event", [http(), http(Method="ANY", Path="$default"), {"Type": "HttpApi"}]
)
def test_an_event_without_path_is_the_catch_all(event: dict[str, Any]) -> None:
    assert derive_routes(template(HandleNotFound=function(Any=event))) == (
        Route("$default", "HandleNotFound"),
    )


def test_streams_queues_and_other_resources_have_no_routes() -> None:
    given = template(
        ClassifyClicks=function(Clicks={"Type": "DynamoDB", "Properties": {"Stream": "arn"}}),
        Silent={"Type": "AWS::Serverless::Function", "Properties": {}},
        Queue={"Type": "AWS::SQS::Queue"},
    )
    assert derive_routes(given) == ()


def test_two_functions_cannot_claim_one_route() -> None:
    given = template(
        One=function(Get=http(Method="GET", Path="/a")),
        Two=function(Get=http(Method="GET", Path="/a")),
    )
    with pytest.raises(ValueError, match="Two and One both claim the route GET /a"):
        derive_routes(given)


@pytest.mark.parametrize("half", [{"Path": "/a"}, {"Method": "GET"}])
def test_half_a_route_is_refused(half: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"One\.Get needs both Path and Method"):
        derive_routes(template(One=function(Get=http(**half))))


class Gateway:
    """Keeps what it is asked to create."""

    def __init__(self) -> None:
        self.integrations: list[dict[str, str]] = []
        self.routes: list[dict[str, str]] = []

    def create_integration(self, **asked: str) -> dict[str, str]:
        self.integrations.append(asked)
        return {"IntegrationId": f"i{len(self.integrations)}"}

    def create_route(self, **asked: str) -> None:
        self.routes.append(asked)


def test_routes_of_one_function_share_its_integration() -> None:
    gateway = Gateway()
    routes = [Route("GET /a", "One"), Route("POST /a", "Two"), Route("HEAD /a", "One")]
    create_routes(gateway, "api1", routes, lambda name: f"arn:{name}")
    assert [made["IntegrationUri"] for made in gateway.integrations] == ["arn:One", "arn:Two"]
    assert {made["PayloadFormatVersion"] for made in gateway.integrations} == {"2.0"}
    assert [(made["RouteKey"], made["Target"]) for made in gateway.routes] == [
        ("GET /a", "integrations/i1"),
        ("POST /a", "integrations/i2"),
        ("HEAD /a", "integrations/i1"),
    ]
