"""Where each function's rights end, and what never leaves the tables."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore
import pytest

from infra.local.cloud import REGION
from infra.local.deploy import physical_names
from infra.local.template import function_folders, load_stack, resources_of
from tests.journeys.journey import PERSONAL, Journey

pytestmark = [pytest.mark.journey, pytest.mark.long]

ROOT = Path(__file__).resolve().parents[2]
WHOLE = Path(botocore.__file__).parent / "data"
JOBS = tuple(function_folders())
# Asks what the event names, with no other rights than the function's own role.
PROBE = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    said = []
    for service, operation, arguments in event["ask"]:
        try:
            getattr(boto3.client(service), operation)(**arguments)
            said.append("done")
        except ClientError as error:
            said.append(error.response["Error"]["Code"])
    return said
"""


def _zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", text)
    return buffer.getvalue()


@contextmanager
def probe(journey: Journey, job: str) -> Iterator[str]:
    """Put a function beside the real ones that has the role and the layer of this job."""
    client = journey.demo.cloud.client("lambda")
    real = client.get_function_configuration(FunctionName=f"{journey.demo.cloud.stack}-{job}")
    name = f"probe_{job}"
    client.create_function(
        FunctionName=f"{journey.demo.cloud.stack}-{name}",
        Role=real["Role"],
        Runtime=real["Runtime"],
        Handler="app.handler",
        Layers=[layer["Arn"] for layer in real["Layers"]],
        Code={"ZipFile": _zipped(PROBE)},
        # The layer describes only what functions call; all other calls are in the whole
        # description.
        Environment={"Variables": {"AWS_DEFAULT_REGION": REGION, "AWS_DATA_PATH": str(WHOLE)}},
        Timeout=30,
    )
    try:
        yield name
    finally:
        client.delete_function(FunctionName=f"{journey.demo.cloud.stack}-{name}")


def _ask(journey: Journey, name: str, ask: list[tuple[str, str, dict[str, Any]]]) -> list[str]:
    return list(journey.demo.cloud.invoke(name, {"ask": ask}))


def test_the_redirect_may_only_read_links_and_put_clicks(journey: Journey) -> None:
    ana, stack = journey.referrer(), journey.demo.cloud.stack
    key = {"referrer": {"S": ana.referrer}}
    with probe(journey, "record_click") as name:
        said = _ask(
            journey,
            name,
            [
                (
                    "dynamodb",
                    "get_item",
                    {"TableName": f"{stack}-links", "Key": {"code": {"S": "none"}}},
                ),
                ("dynamodb", "get_item", {"TableName": f"{stack}-referrers", "Key": key}),
                ("dynamodb", "scan", {"TableName": f"{stack}-referrers"}),
                ("dynamodb", "scan", {"TableName": f"{stack}-links"}),
                (
                    "dynamodb",
                    "put_item",
                    {"TableName": f"{stack}-links", "Item": {"code": {"S": "x"}}},
                ),
                (
                    "dynamodb",
                    "delete_item",
                    {"TableName": f"{stack}-clicks", "Key": {"click": {"S": "x"}}},
                ),
                ("ssm", "get_parameter", {"Name": f"/goodword/{stack}/stripe/current"}),
            ],
        )
    assert said == ["done"] + ["AccessDeniedException"] * 6


def test_the_story_function_reads_and_changes_nothing(journey: Journey) -> None:
    ana, stack = journey.referrer(), journey.demo.cloud.stack
    key = {"referrer": {"S": ana.referrer}}
    with probe(journey, "read_records") as name:
        said = _ask(
            journey,
            name,
            [
                ("dynamodb", "get_item", {"TableName": f"{stack}-referrers", "Key": key}),
                ("dynamodb", "put_item", {"TableName": f"{stack}-referrers", "Item": key}),
                ("dynamodb", "delete_item", {"TableName": f"{stack}-referrers", "Key": key}),
                ("dynamodb", "scan", {"TableName": f"{stack}-referrers"}),
                ("ssm", "get_parameter", {"Name": f"/goodword/{stack}/keys/identities"}),
            ],
        )
    assert said == ["done"] + ["AccessDeniedException"] * 4
    assert journey.expect(200, "GET", f"/v1/referrers/{ana.referrer}")["account"] == ana.account


def test_every_function_runs_with_its_role_from_the_template(journey: Journey) -> None:
    client, cloud = journey.demo.cloud.client("lambda"), journey.demo.cloud
    names = physical_names(cloud, cloud.stack)
    nested = physical_names(cloud, names["Roles"])
    functions = resources_of(load_stack(ROOT / "template.yaml"), "AWS::Serverless::Function")
    roles = set()
    for function, properties in functions.items():
        role = client.get_function_configuration(FunctionName=names[function])["Role"]
        assert role.rpartition("/")[2] == nested[properties["Role"]["Fn::GetAtt"][0]]
        roles.add(role)
    assert len(roles) == len(functions) == len(JOBS)


def test_a_leaked_key_is_found_in_the_list_and_revoked(journey: Journey) -> None:
    wish = {"scopes": ["read"], "label": journey.name("leaked")}
    made = journey.expect(
        201, "POST", "/v1/keys", json=wish, headers={"idempotency-key": journey.name("key")}
    )
    listed = journey.expect(200, "GET", "/v1/keys")["keys"]
    (name,) = (each["key"] for each in listed if each["label"] == wish["label"])

    journey.expect(200, "POST", f"/v1/keys/{name}/revoke")

    reader = {"authorization": f"Bearer {made['bearer']}"}
    assert journey.http.get(f"{journey.demo.url}/v1/credits", headers=reader).status_code == 401


def test_no_function_logs_anything_of_a_person(journey: Journey) -> None:
    _invoke_every_function(journey)
    logged = {job: journey.demo.cloud.logs(job) for job in JOBS}
    loud = {"capture_signup", "apply_event", "qualify_referral", "post_credit", "receive_webhook"}
    silent = {job for job in loud if not any(f'"service":"{job}"' in line for line in logged[job])}
    assert silent == set(), "these log each thing that they do"
    secret = {*PERSONAL, journey.demo.key, journey.demo.crm_secret}
    for job, lines in logged.items():
        text = "\n".join(lines).lower()
        assert [part for part in secret if part.lower() in text] == [], f"{job} logged it"
    for asked in journey.demo.stripe.state()["requests"]:
        assert not any(part.lower() in str(asked).lower() for part in PERSONAL)


def _invoke_every_function(journey: Journey) -> None:
    """Go all the ways, the wrong ones too: errors are what logs are most talkative about."""
    program, crm = journey.program(), journey.crm()
    ana, robin, sam = journey.referrer(), journey.person("robin"), journey.person("sam")
    PERSONAL.update((robin.phone, robin.phone.replace(" ", "")))
    url, signups = journey.demo.url, f"{journey.demo.url}/v1/signups"
    link = journey.link(ana, program)
    journey.sign_up(link, robin, phone=robin.phone)
    token = journey.walk.follow(link)
    for body in (
        {"gw": token, "name": sam.name, "email": f"{sam.email} {sam.email}"},
        {"gw": token, "name": sam.name, "email": sam.email, "phone": "12"},
        {"gw": token, "name": sam.name, "email": sam.email, sam.email: sam.name},
        {"gw": "forged", "name": sam.name, "email": sam.email},
    ):
        assert 400 <= journey.http.post(signups, json=body).status_code < 500
    assert journey.http.post(signups, content=f"{sam.email},{sam.name}").status_code == 415
    journey.enter(ana, "demo-and-deal", sam, phone=robin.phone)
    journey.expect(
        409, "POST", "/v1/referrers", json=_referrer(ana.referrer, ana.account, sam.email, sam.name)
    )
    assert journey.http.get(f"{url}/v1/referrers/{sam.email}").status_code == 401
    journey.expect(404, "GET", f"/v1/referrers/{sam.email}")
    journey.expect(404, "GET", f"/v1/referrals/{sam.email}")
    crm.report("stage", "demo_attended", "85", emails=(sam.email,))
    crm.send(b'{"type": "object.changed", "timestamp": "' + sam.email.encode() + b'", "data": {}}')
    crm.send(sam.email.encode())
    crm.send(
        crm.event("stage", "won", "86", emails=(sam.email,)),
        secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    )
    journey.walk.wait(
        lambda: journey.credits(ana.account), [("posted", 5_000), ("posted", 5_000)], "the credits"
    )
    journey.walk.wait(lambda: all(journey.deliveries(crm)), True, "the deliveries")
    for job in ("sweep_credits", "expire_referrals"):
        journey.demo.cloud.invoke(job)


def _referrer(referrer: str, account: str, email: str, name: str) -> dict[str, str]:
    return {"referrer": referrer, "account": account, "email": email, "name": name}
