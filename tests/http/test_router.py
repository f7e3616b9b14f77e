"""A function loads Powertools' router, and none of the others of its package."""

from __future__ import annotations

import subprocess
import sys

from tests.tidy.project import ROOT

# Routes one request, and says which of these came with it.
ROUTE = """
from goodword.http.api.api import api, handle, reply
app = api()
app.get("/here")(lambda: reply(200, {}))
event = {"version": "2.0", "rawPath": "/here", "headers": {},
         "requestContext": {"stage": "$default", "http": {"method": "GET", "path": "/here"}}}
assert handle(app, event, None)["statusCode"] == 200
lost = {**event, "rawPath": "/there", "requestContext": {"stage": "$default",
        "http": {"method": "GET", "path": "/there"}}}
assert handle(app, lost, None)["statusCode"] == 404
PACKAGE = "aws_lambda_powertools.event_handler"
others = ("appsync", "bedrock_agent", "vpc_lattice", "lambda_function_url")
EVENTS = "aws_lambda_powertools.utilities.data_classes"
unused = (
    "asyncio",
    *(f"{PACKAGE}.{other}" for other in others),
    f"{EVENTS}.kinesis_firehose_event",
)
print([name for name in unused if name in sys.modules])
"""
HEAD = """
import sys
sys.path.insert(0, "layers/core")
"""


def run(code: str) -> str:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-B", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_request_is_routed_without_the_other_routers() -> None:
    assert run(HEAD + ROUTE) == "[]"


def test_another_router_of_the_package_is_still_available() -> None:
    asked = """
from goodword.http.router import Response
from aws_lambda_powertools import event_handler
print(event_handler.AppSyncResolver.__name__, event_handler.Response is Response)
"""
    assert run(HEAD + asked) == "AppSyncResolver True"


def test_the_class_of_another_event_is_still_available() -> None:
    asked = """
from goodword.http.router import Response
from aws_lambda_powertools.utilities.data_classes import ALBEvent, SQSEvent, event_source
from aws_lambda_powertools.event_handler import api_gateway
print(SQSEvent.__name__, api_gateway.ALBEvent is ALBEvent, callable(event_source))
"""
    assert run(HEAD + asked) == "SQSEvent True True"


def test_a_package_loaded_before_has_the_same_router() -> None:
    asked = """
from aws_lambda_powertools.event_handler import Response as whole
from goodword.http.router import Response
print(Response is whole)
"""
    assert run(HEAD + asked) == "True"
