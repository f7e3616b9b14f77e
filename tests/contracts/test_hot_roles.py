"""The redirect's own client where roles are enforced.

A right that is missing, credentials that change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest

from goodword.domain.links.link import Link
from goodword.redirect.dynamodb import Wire
from goodword.store.tables import row_for
from infra.local.cloud import REGION, Cloud
from tests.contracts.conftest import PREFIX

AT = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
EVENT = {
    "requestContext": {"http": {"method": "GET", "sourceIp": "192.0.2.7"}},
    "headers": {"user-agent": "Browser", "accept": "text/html", "accept-language": "en"},
    "pathParameters": {"code": "spring"},
}
READS, PUTS = ("dynamodb:GetItem", "links"), ("dynamodb:PutItem", "clicks")
LEFT = "AWS_CONTAINER_CREDENTIALS_FULL_URI"


@pytest.fixture
def links(local_cloud: Cloud) -> Iterator[Any]:
    """Put a link, and take it and the clicks out again."""
    tables = local_cloud.client("dynamodb")
    link = Link(
        "spring",
        "dana",
        "cus_1",
        "peers",
        "https://www.example.com/",
        "mail",
        "k" * 40,
        "a" * 40,
        AT,
    )
    tables.put_item(TableName=f"{PREFIX}-links", Item=row_for(link).serialize())
    yield tables
    tables.delete_item(TableName=f"{PREFIX}-links", Key={"code": {"S": "spring"}})
    for item in tables.scan(TableName=f"{PREFIX}-clicks")["Items"]:
        tables.delete_item(TableName=f"{PREFIX}-clicks", Key={"click": item["click"]})


@pytest.fixture
def app(local_cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give the redirect, with nothing remembered, on the local cloud."""
    for name, value in {
        "AWS_ENDPOINT_URL": local_cloud.endpoint,
        "AWS_REGION": REGION,
        "TABLE_PREFIX": PREFIX,
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL_DYNAMODB", LEFT):
        monkeypatch.delenv(name, raising=False)
    app = import_module("functions.links.record_click.app")
    # The cloud of one machine may be slow; how long a click waits is held elsewhere.
    monkeypatch.setattr(app, "WAIT_SECONDS", 60.0)
    monkeypatch.setattr("goodword.redirect.dynamodb.TRY_SECONDS", 30.0)
    made: list[Wire] = []
    build = Wire.__init__

    def remember(self: Wire, *given: Any, **more: Any) -> None:
        build(self, *given, **more)
        made.append(self)

    monkeypatch.setattr(Wire, "__init__", remember)
    app.wire.cache_clear()
    yield app
    app.wire.cache_clear()
    for wire in made:
        wire.close()


def become(cloud: Cloud, name: str, *rights: tuple[str, str], patch: pytest.MonkeyPatch) -> None:
    """Take on a role that may do just this: the action, and the noun of its table."""
    iam = cloud.client("iam")
    allowed = [
        {
            "Effect": "Allow",
            "Action": action,
            "Resource": f"arn:aws:dynamodb:{REGION}:*:table/{PREFIX}-{noun}",
        }
        for action, noun in rights
    ]
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )["Role"]
    iam.put_role_policy(
        RoleName=name, PolicyName="own", PolicyDocument=json.dumps({"Statement": allowed})
    )
    sts = cloud.client("sts")
    held = sts.assume_role(RoleArn=role["Arn"], RoleSessionName=name)["Credentials"]
    patch.setenv("AWS_ACCESS_KEY_ID", held["AccessKeyId"])
    patch.setenv("AWS_SECRET_ACCESS_KEY", held["SecretAccessKey"])
    patch.setenv("AWS_SESSION_TOKEN", held["SessionToken"])


def stored(tables: Any) -> int:
    return int(tables.scan(TableName=f"{PREFIX}-clicks")["Count"])


def test_a_click_that_cannot_be_put_redirects_and_is_counted(
    local_cloud: Cloud,
    links: Any,
    app: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    become(local_cloud, "reads", READS, patch=monkeypatch)
    answer = app.handler(EVENT, None)

    assert answer["statusCode"] == 302
    assert "gw=" in answer["headers"]["location"]
    result = json.loads(capsys.readouterr().out)
    assert (result["ClickLost"], result["error"]) == (1, "AccessDeniedException")
    assert stored(links) == 0


def test_an_unreadable_link_answers_not_now_and_is_counted(
    local_cloud: Cloud,
    links: Any,
    app: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    become(local_cloud, "puts", PUTS, patch=monkeypatch)

    assert app.handler(EVENT, None)["statusCode"] == 503
    result = json.loads(capsys.readouterr().out)
    assert (result["LinkUnread"], result["error"]) == (1, "AccessDeniedException")


def test_credentials_that_change_are_those_of_the_next_click(
    local_cloud: Cloud,
    links: Any,
    app: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    become(local_cloud, "lacks", READS, patch=monkeypatch)
    app.handler(EVENT, None)
    assert '"ClickLost": 1' in capsys.readouterr().out
    become(local_cloud, "may", READS, PUTS, patch=monkeypatch)
    app.handler(EVENT, None)
    assert stored(links) == 1
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of nobody")
    app.handler(EVENT, None)
    assert '"ClickLost": 1' in capsys.readouterr().out
    assert stored(links) == 1
