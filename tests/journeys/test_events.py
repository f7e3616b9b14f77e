"""Events on a whole cloud: a user's own rule delivers them to the user's queue."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.journeys.journey import Journey
from tests.tidy.project import ROOT, text_of

pytestmark = pytest.mark.journey


def subscribe(journey: Journey) -> str:
    """Deploy the subscriber that docs/events.md shows; return the address of its queue."""
    cloud, name = journey.demo.cloud, journey.name("subscriber")
    (template,) = re.findall(r"(?ms)^```yaml\n(.*?)^```$", text_of(ROOT / "docs/events.md"))
    formation = cloud.client("cloudformation")
    bus = {"ParameterKey": "Bus", "ParameterValue": cloud.outputs["EventBusName"]}
    formation.create_stack(StackName=name, TemplateBody=template, Parameters=[bus])

    def status() -> str:
        return str(formation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])

    journey.walk.wait(status, "CREATE_COMPLETE", "the stack of a subscriber")
    found = formation.describe_stack_resource(StackName=name, LogicalResourceId="Queue")
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


class Subscriber:
    """Takes what comes to a queue. taken: every event so far."""

    def __init__(self, journey: Journey, url: str) -> None:
        self._sqs, self._url = journey.demo.cloud.client("sqs"), url
        self.taken: list[dict[str, Any]] = []

    def kinds(self, subject: str) -> set[str]:
        """Take what has come, and return the kinds of all events of a subject so far."""
        found = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        for message in found.get("Messages", []):
            self.taken.append(json.loads(message["Body"]))
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        own = [event for event in self.taken if event["detail"]["subject"] == subject]
        return {event["detail-type"] for event in own}


def test_a_rule_of_ones_own_receives_events_without_personal_data(journey: Journey) -> None:
    subscriber = Subscriber(journey, subscribe(journey))
    ana, robin = journey.referrer(), journey.person()
    subject = "referral#" + journey.enter(ana, journey.program(), robin)["referral"]
    journey.walk.wait(lambda: subscriber.kinds(subject), {"credit_posted"}, "the events")
    text = json.dumps(subscriber.taken)
    assert robin.email not in text
    assert robin.name not in text
