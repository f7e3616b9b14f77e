"""The world of tests/world.py deployed in this process: moto's tables and the real functions."""

from __future__ import annotations

import copy
import json as json_
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from functools import cache
from importlib import import_module
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.ses.models import ses_backends

from goodword.domain.access.api_key import AccessKey, Scope, hash_secret, write_bearer
from goodword.domain.credits.credit import Credit, Pending, Status
from goodword.domain.money import Money
from goodword.domain.reason import Argument
from goodword.http.wiring import Services
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Write
from goodword.redirect.dynamodb import DynamoError, Unreachable
from goodword.steps.credits.move_credit import move
from goodword.store.open import open_stores
from infra.local.template import load_template, resources_of
from tests.api.gateway import ROOT, Answer, Gateway
from tests.api.roles import under_roles
from tests.credits import altered
from tests.functions import app_module
from tests.moto_tables import create_tables
from tests.world import CONNECTION, LINK, PROGRAM, PROSPECT, REFERRER, SECRETS, SENDER, TERMS

REGION = "eu-central-1"
PREFIX = "api"
PARAMETERS = "/goodword/api"
INTRODUCED = {"referrer": REFERRER["referrer"], "program": TERMS["program"]}
SCOPES: tuple[Scope, ...] = ("admin", "crm", "read")

Contents = dict[str, list[str]]


class Cloud:
    """One deployment. gateway: where requests go in. stores: its tables."""

    def __init__(self) -> None:
        create_tables(PREFIX, REGION)
        queue = boto3.client("sqs", region_name=REGION).create_queue(QueueName="api-credits")
        self.queue_url: str = queue["QueueUrl"]
        mails = boto3.client("sqs", region_name=REGION).create_queue(QueueName="api-mails")
        self.mail_queue_url: str = mails["QueueUrl"]
        self.notice_queue_url = _subscribe()
        boto3.client("ses", region_name=REGION).verify_email_identity(EmailAddress=SENDER)
        self.gateway = Gateway()
        self.stores = shared_stores()
        self._moments: dict[bool, dict[str, Any]] = {}
        self._secrets_are_there = False

    def reset(self, *, furnished: bool = False) -> None:
        """Be as new: keys and secrets, and if so wanted a program, a connection and a referrer."""
        self._put_secrets()
        import_module("functions.links.record_click.app").wire.cache_clear()
        if furnished not in self._moments:
            for table in _tables().values():
                table.items.clear()
            self.commit(*(_key(scope) for scope in SCOPES))
            if furnished:
                self.furnish()
            self._moments[furnished] = {name: table.items for name, table in _tables().items()}
        for name, table in _tables().items():
            table.items = copy.deepcopy(self._moments[furnished][name])
        self.gateway.events.clear()
        _letters().clear()

    def _put_secrets(self) -> None:
        if self._secrets_are_there:
            return
        self.rewire()
        ssm = boto3.client("ssm", region_name=REGION)
        for name, value in SECRETS.items():
            ssm.put_parameter(
                Name=f"{PARAMETERS}/{name}", Value=value, Type="SecureString", Overwrite=True
            )
        self._secrets_are_there = True

    def rewire(self) -> None:
        """Forget what the functions keep between requests: clients, links, secrets."""
        for job in self._jobs():
            wire = getattr(import_module(app_module(job)), "wire", None)
            if wire is not None:
                wire.cache_clear()

    def forget_secret(self, name: str) -> None:
        """Delete one secret, as if it had not been written yet."""
        self._secrets_are_there = False
        boto3.client("ssm", region_name=REGION).delete_parameter(Name=f"{PARAMETERS}/{name}")
        self.rewire()

    def change_secret(self, name: str, value: str) -> None:
        """Write another secret and let the time pass for which functions keep one.

        None starts again.
        """
        self._secrets_are_there = False
        ssm = boto3.client("ssm", region_name=REGION)
        ssm.put_parameter(
            Name=f"{PARAMETERS}/{name}", Value=value, Type="SecureString", Overwrite=True
        )
        for job in self._jobs():
            wire = getattr(import_module(app_module(job)), "wire", None)
            if wire is not None and wire.cache_info().currsize:
                wired = wire()
                for part in wired if isinstance(wired, tuple) else (wired,):
                    if isinstance(part, Services):
                        part.secrets.forget()

    def _jobs(self) -> set[str]:
        return {
            *(route.job for route in self.gateway.routes),
            "send_mail",
            "publish_events",
            "notify_referrer",
        }

    def commit(self, *writes: Write) -> None:
        """Commit writes past the functions."""
        self.stores.commit(writes)

    def contents(self) -> Contents:
        """Return all that every table holds, to see whether something was written."""
        return {
            name: sorted(json_.dumps(item.to_json(), sort_keys=True) for item in table.all_items())
            for name, table in _tables().items()
        }

    def items(self, noun: str) -> list[dict[str, Any]]:
        """Return the items of one table in DynamoDB's own JSON."""
        pages = boto3.client("dynamodb", region_name=REGION).get_paginator("scan")
        found = pages.paginate(TableName=f"{PREFIX}-{noun}")
        return [item for page in found for item in page["Items"]]

    def send(
        self,
        method: str,
        target: str,
        body: str | bytes = b"",
        *,
        scope: Scope | None = None,
        json: object = None,
        **headers: str,
    ) -> Answer:
        """Send one request under a key of this scope; if_match="…" and the like become headers."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if scope is not None:
            given.setdefault("authorization", f"Bearer {bearer(scope)}")
        return self.gateway.send(method, target, body, given, json=json)

    def refused(
        self,
        status: int,
        method: str,
        target: str,
        body: str | bytes = b"",
        *,
        scope: Scope | None = None,
        json: object = None,
        **headers: str,
    ) -> dict[str, Any]:
        """Send a request that is to be refused; return the problem.

        Check that nothing was written.

        The count of an address's signups is no record of what was sent, so it may grow.
        """
        before = self.contents()
        answer = self.send(method, target, body, scope=scope, json=json, **headers)
        after = self.contents()
        assert answer.status == status, f"{answer.status}: {answer.text}"
        assert answer.media == "application/problem+json"
        problem: dict[str, Any] = answer.json
        assert problem["status"] == status
        assert problem["title"]
        assert problem["detail"]
        assert problem["type"].startswith("urn:goodword:problem:")
        visits = f"{PREFIX}-visits"
        assert {**after, visits: []} == {**before, visits: []}
        return problem

    def sweep_mails(self) -> dict[str, Any]:
        """Let the sender of mails run once, and return its result."""
        handler = import_module("functions.mails.send_mail.app").handler
        result: dict[str, Any] = handler({}, _Context())
        return result

    def publish(self) -> dict[str, Any]:
        """Hand every entry of every timeline to the function of its stream.

        Return its answer.
        """
        records = [
            {
                "eventName": "INSERT",
                "dynamodb": {
                    "Keys": {"subject": item["subject"], "entry": item["entry"]},
                    "NewImage": item,
                    "SequenceNumber": str(number),
                },
            }
            for number, item in enumerate(self.items("timeline"))
        ]
        handler = import_module("functions.events.publish_events.app").handler
        answer: dict[str, Any] = handler({"Records": records}, _Context())
        return answer

    def take_notices(self) -> list[dict[str, str]]:
        """Take the messages out of the queue of notices, in Lambda's form."""
        sqs = boto3.client("sqs", region_name=REGION)
        taken: list[dict[str, str]] = []
        while found := sqs.receive_message(
            QueueUrl=self.notice_queue_url, MaxNumberOfMessages=10
        ).get("Messages"):
            taken += [{"messageId": each["MessageId"], "body": each["Body"]} for each in found]
            for each in found:
                sqs.delete_message(
                    QueueUrl=self.notice_queue_url, ReceiptHandle=each["ReceiptHandle"]
                )
        return taken

    def notify(self) -> dict[str, Any]:
        """Publish every entry.

        Hand the outcome to the function that notifies referrers.
        """
        self.take_notices()
        assert self.publish() == {"batchItemFailures": []}
        handler = import_module("functions.mails.notify_referrer.app").handler
        answer: dict[str, Any] = handler({"Records": self.take_notices()}, _Context())
        return answer

    def letters(self) -> list[EmailMessage]:
        """Return the mails that were sent since the last reset, oldest first."""
        read = [message_from_string(each.raw_data, policy=default) for each in _letters()]
        return [each for each in read if isinstance(each, EmailMessage)]

    def apply_program(self, text: str = PROGRAM, if_match: str = '"0"') -> Answer:
        """Apply the program."""
        return self.send(
            "PUT",
            f"/v1/programs/{TERMS['program']}",
            text,
            scope="admin",
            content_type="application/yaml",
            if_match=if_match,
        )

    def connect(self) -> Answer:
        """Apply what the CRM's properties mean."""
        return self.send(
            "PUT", "/v1/connections/crm", scope="admin", if_match='"0"', json=CONNECTION
        )

    def enroll(self, **other: object) -> Answer:
        """Enroll the referrer."""
        return self.send("POST", "/v1/referrers", scope="crm", json={**REFERRER, **other})

    def create_link(self, **wish: object) -> str:
        """Make a link of the enrolled referrer and return its code."""
        answer = self.send(
            "POST",
            f"/v1/referrers/{REFERRER['referrer']}/links",
            scope="crm",
            json={"program": LINK["program"], **wish},
            idempotency_key="one",
        )
        assert answer.status in (200, 201), answer.text
        return str(answer.json["code"])

    def enter(self, **other: object) -> Answer:
        """Enter a verbal referral."""
        entered = {**INTRODUCED, "source": "verbal", **PROSPECT, **other}
        return self.send("POST", "/v1/referrals", scope="crm", json=entered)

    def owe(self, referral: str, name: str = "cr_one", status: Status = "held") -> Credit:
        """Put a credit of the account, as qualifying would."""
        at = datetime(2026, 3, 1, 9, tzinfo=UTC)
        credit = Credit(
            credit=name,
            program=TERMS["program"],
            version=1,
            milestone="demo",
            referral=referral,
            account=REFERRER["account"],
            referrer=REFERRER["referrer"],
            amount=Money(5000, "USD"),
            state=Pending(),
            earned_at=at,
            due_at=at,
        )
        reasons = {"hold": "sign_off_missing"} if status == "held" else {}
        credit = altered(credit, status, **reasons)
        data: dict[str, Argument] = {"due": at.date()} if status == "pending" else {}
        if credit.holds:
            data["reasons"] = credit.holds
        self.commit(*move(None, credit, data, at=at, new_id=lambda prefix: f"{prefix}_{name}"))
        return credit

    def furnish(self) -> None:
        """Set up a program, a connection and a referrer."""
        for answer in (self.apply_program(), self.connect(), self.enroll()):
            assert answer.status in (200, 201), answer.text


def _subscribe() -> str:
    """Create the bus with the rule that the template has.

    Return the address of the rule's queue.
    """
    queue = boto3.client("sqs", region_name=REGION).create_queue(QueueName=f"{PREFIX}-notices")
    rule = resources_of(load_template(ROOT / "template.yaml"), "AWS::Events::Rule")["NoticeRule"]
    events = boto3.client("events", region_name=REGION)
    events.create_event_bus(Name=PREFIX)
    pattern = json_.dumps(rule["EventPattern"])
    events.put_rule(Name="notices", EventBusName=PREFIX, EventPattern=pattern)
    arn = f"arn:aws:sqs:{REGION}:{DEFAULT_ACCOUNT_ID}:{PREFIX}-notices"
    events.put_targets(Rule="notices", EventBusName=PREFIX, Targets=[{"Id": "queue", "Arn": arn}])
    return str(queue["QueueUrl"])


class _Context:
    """The remaining time that Lambda gives a function."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def _letters() -> list[Any]:
    sent: list[Any] = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    return sent


class RedirectByMoto:
    """A fake of the redirect's own client, which moto does not see. down.

    It does not answer.
    """

    down = False

    def __init__(self, region: str, _: object) -> None:
        self._client = boto3.client("dynamodb", region_name=region)

    def call(
        self, operation: str, request: dict[str, Any], *, until: float, again: bool
    ) -> dict[str, Any]:
        if self.down:
            raise Unreachable("TimeoutError")
        try:
            result: dict[str, Any] = self._client._make_api_call(operation, request)
        except ClientError as error:
            raise DynamoError(error.response["Error"]["Code"]) from error
        return result


def shared_stores() -> Stores:
    """Open all stores at once, as a plain record of them."""
    opened = open_stores(PREFIX, REGION)
    return Stores(**{each.name: getattr(opened, each.name) for each in fields(Stores)})


def _tables() -> dict[str, Any]:
    return dict(dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables)


def _secret(scope: str) -> str:
    return scope.ljust(40, "x")


@cache
def bearer(scope: Scope) -> str:
    """Return the bearer text of the test's key with this scope."""
    return write_bearer(f"{scope}Key0001", _secret(scope))


def _key(scope: Scope) -> Write:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Insert(
        AccessKey(f"{scope}Key0001", hash_secret(_secret(scope)), (scope,), "a test's", at)
    )


@contextmanager
def open_cloud() -> Iterator[Cloud]:
    """Open a deployment, and close it with nothing left."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            patch.setenv(name, "testing")
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
            patch.delenv(name, raising=False)
        # Without an input transformer, as here, an event stays as it is; moto would load a library
        # for it.
        parser = "moto.events.models.EventTemplateParser.parse"
        patch.setattr(parser, staticmethod(lambda *_, event, **__: event))
        cloud = Cloud()
        environment = {
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "TABLE_PREFIX": PREFIX,
            "SECRETS_PREFIX": PARAMETERS,
            "CREDIT_QUEUE_URL": cloud.queue_url,
            "MAIL_QUEUE_URL": cloud.mail_queue_url,
            "EVENT_BUS_NAME": PREFIX,
            "CONFIGURATION_SET": PREFIX,
            "POWERTOOLS_SERVICE_NAME": "test",
            "POWERTOOLS_METRICS_NAMESPACE": "Goodword/test",
            "LOG_RETENTION_DAYS": "30",
        }
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(import_module("goodword.http.wiring"), "open_stores", lambda *_: cloud.stores)
        patch.setattr(import_module("functions.links.record_click.app"), "Dynamo", RedirectByMoto)
        try:
            with under_roles(PREFIX, SENDER):
                yield cloud
        finally:
            cloud.rewire()
