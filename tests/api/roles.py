"""Hold each function to the role that the template gives it, as IAM would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parseaddr
from fnmatch import fnmatchcase
from functools import cache, wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from infra.local.template import load_stack, resources_of
from tests.functions import app_module

ROOT = Path(__file__).parents[2]
Right = tuple[str, str]
# The parts of a transaction by what each asks a right for.
_PARTS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


@cache
def rights_by_job(stack: str, sender: str) -> dict[str, frozenset[Right]]:
    """Return what each function may do: actions, and of each ARN the part after the account."""
    template = load_stack(ROOT / "template.yaml")
    roles = resources_of(template, "AWS::IAM::Role")
    found = {}
    for properties in resources_of(template, "AWS::Serverless::Function").values():
        role = roles[properties["Role"]["Fn::GetAtt"][0]]
        found[Path(properties["CodeUri"]).name] = frozenset(
            (action, resource)
            for policy in role["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
            for resource in _resources(statement["Resource"], stack, sender)
            for action in statement["Action"]
        )
    return found


def _resources(named: list[Any], stack: str, sender: str) -> Iterator[str]:
    """Yield what a statement names by a text; what it names by reference is for Lambda alone."""
    for each in named:
        if isinstance(each.get("Fn::Sub"), str):
            text = each["Fn::Sub"].partition("${AWS::AccountId}:")[2]
            yield text.replace("${AWS::StackName}", stack).replace("${SenderAddress}", sender)


def rights_for(service: str, operation: str, asked: dict[str, Any]) -> Iterator[Right]:
    """Yield the rights that one call needs; raise ValueError for a service that no role names."""
    match service, operation:
        case "dynamodb", "TransactWriteItems" | "TransactGetItems":
            for item in asked["TransactItems"]:
                ((part, content),) = item.items()
                yield f"dynamodb:{_PARTS[part]}", f"table/{content['TableName']}"
        case "dynamodb", "BatchGetItem":
            for table in asked["RequestItems"]:
                yield "dynamodb:BatchGetItem", f"table/{table}"
        case "dynamodb", _:
            index = f"/index/{asked['IndexName']}" if asked.get("IndexName") else ""
            yield f"dynamodb:{operation}", f"table/{asked['TableName']}{index}"
        case "sqs", "SendMessage" | "SendMessageBatch":
            yield "sqs:SendMessage", asked["QueueUrl"].rpartition("/")[2]
        case "ssm", _:
            yield f"ssm:{operation}", f"parameter{asked['Name']}"
        case "sesv2", "SendEmail":
            sender = parseaddr(asked["FromEmailAddress"])[1]
            yield "ses:SendEmail", f"configuration-set/{asked['ConfigurationSetName']}"
            yield "ses:SendEmail", f"identity/{sender}"
        case "events", "PutEvents":
            for entry in asked["Entries"]:
                yield "events:PutEvents", f"event-bus/{entry['EventBusName']}"
        case _:
            raise ValueError(f"no role names {service}:{operation}")


@dataclass
class Guard:
    """Lets each function do what its role allows. denied: what the last one tried beyond that."""

    rights: dict[str, frozenset[Right]]
    job: str = ""
    denied: list[Right] = field(default_factory=list)

    def check(self, service: str, operation: str, asked: dict[str, Any]) -> None:
        """Refuse a call that the running function's role does not allow; a test itself may all."""
        if not self.job:
            return
        for right in rights_for(service, operation, asked):
            if not self._allows(right):
                self.denied.append(right)
                said = {"Code": "AccessDeniedException", "Message": f"{self.job} may not {right}"}
                raise ClientError({"Error": said}, operation)

    def _allows(self, right: Right) -> bool:
        granted = self.rights[self.job]
        return right in granted or any(
            right[0] == action and "*" in pattern and fnmatchcase(right[1], pattern)
            for action, pattern in granted
        )

    def guarded(self, job: str, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        """Return a function's handler that runs under its role, and fails if it asked for more."""

        @wraps(handler)
        def run(event: Any, context: Any) -> Any:
            self.job, self.denied = job, []
            try:
                answer = handler(event, context)
            finally:
                self.job = ""
            assert self.denied == [], f"{job} asks for what its role does not allow"
            return answer

        return run


@contextmanager
def under_roles(stack: str, sender: str) -> Iterator[Guard]:
    """Run the handlers of all functions under their roles, while inside."""
    guard = Guard(rights_by_job(stack, sender))
    call = BaseClient._make_api_call

    def checked(client: BaseClient, operation: str, asked: dict[str, Any]) -> Any:
        guard.check(client.meta.service_model.service_name, operation, asked)
        return call(client, operation, asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", checked)
        for job in guard.rights:
            app = import_module(app_module(job))
            patch.setattr(app, "handler", guard.guarded(job, app.handler))
        yield guard
