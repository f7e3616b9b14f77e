"""A storm: a hundred deliveries about each prospect, shuffled, each event twenty times.

Ten of the twenty are one delivery that its sender repeats, and stop at the inbox; the other ten
report the same under an id of their own, as a CRM does that sends it again, and are judged, each
against all others.

Real: the deployed template's tables, queue and parameters; the handlers of receive_webhook,
apply_event and post_credit, each in a process of its own with the credentials of its own function's
role, which the local cloud enforces; signed requests in the gateway's shape; the stripe SDK against
the twin over HTTP. One delivery about each prospect goes over HTTP to the deployed function itself.

Not real: the Lambda runtime and its event sources, which the test replaces, so that it can run
many at once and hand over things twice: ten thousand deliveries through deployed functions take ten
minutes on two cores. The cloud runs DynamoDB's calls one after another, so that no transaction
meets a conflict; the simulation has those.
"""

from __future__ import annotations

import os
import time
from base64 import b64encode
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from goodword.crm import crm_for
from goodword.ports.services import WebhookRequest
from infra.local.cloud import REGION
from infra.local.demo import Demo
from infra.twins.crm_signing import signed_request
from tests.journeys.journey import Crm, Journey, Referrer
from tests.journeys.storm_worker import Event, become, run_all

pytestmark = [pytest.mark.journey, pytest.mark.long]

REFERRALS = int(os.environ.get("STORM_REFERRALS", "10"))  # `make check` has a hundred
COPIES, BATCH, THREADS = 20, 100, 8
RESENT = COPIES // 2  # so many copies have an id of their own
ACCOUNTS = REFERRALS // 10  # more than twenty prospects of one referrer in a day would be flagged
STAGES = ("contacted", "demo_booked", "demo_attended", "proposal", "won")
EACH = len(STAGES) * COPIES
HANDED_OVER = 3  # how often the stream brings one row, at most
SHUFFLES = 20270301
TRIES = 20
Say = Callable[[str], None]
Delivered = tuple[bytes, str]  # a body and the id of its delivery


@pytest.fixture
def alone() -> Iterator[Journey]:
    """Give a journey on a cloud of its own, whose event sources leave the work to the test."""
    with Demo() as demo, Journey(demo, 900) as journey:
        lambdas = demo.cloud.client("lambda")
        for job in ("apply_event", "post_credit"):
            name = f"{demo.cloud.stack}-{job}"
            for each in lambdas.list_event_source_mappings(FunctionName=name)[
                "EventSourceMappings"
            ]:
                lambdas.update_event_source_mapping(UUID=each["UUID"], Enabled=False)
        yield journey


class Storm:
    """The functions as processes, and what is handed over between them."""

    def __init__(self, journey: Journey, say: Say) -> None:
        self.journey, self.say = journey, say
        self.cloud = journey.demo.cloud
        self.chance = Random(SHUFFLES)  # noqa: S311
        self._opened = ExitStack()

    def __enter__(self) -> Storm:
        self.receive = self._function("receive_webhook")
        self.apply = self._function("apply_event")
        self.post = self._function("post_credit")
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def _function(self, job: str) -> ProcessPoolExecutor:
        """Start a process that is this function, with its environment and under its role."""
        name = f"{self.cloud.stack}-{job}"
        shown = self.cloud.client("lambda").get_function_configuration(FunctionName=name)
        role = self.cloud.client("sts").assume_role(RoleArn=shown["Role"], RoleSessionName="storm")
        environment = {
            **shown["Environment"]["Variables"],
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.cloud.endpoint,
            "AWS_ACCESS_KEY_ID": role["Credentials"]["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": role["Credentials"]["SecretAccessKey"],
            "AWS_SESSION_TOKEN": role["Credentials"]["SessionToken"],
        }
        pool = ProcessPoolExecutor(
            1, get_context("spawn"), initializer=become, initargs=(job, environment, THREADS)
        )
        return self._opened.enter_context(pool)

    def deliver(self, crm: Crm, bodies: Sequence[Delivered]) -> None:
        """Hand all over, batch by batch; what is taken is applied while the next is being taken."""
        under_way: deque[tuple[Future[list[Event]], list[str]]] = deque()
        records: list[Future[list[Event]]] = []
        handed = Counter[str]()

        def hand_on() -> None:
            taken, rows = under_way.popleft()
            assert [answer["statusCode"] for answer in taken.result()] == [200] * BATCH
            names = [name for name in dict.fromkeys(rows) if handed[name] < HANDED_OVER]
            handed.update(names)
            self.chance.shuffle(names)
            records.append(
                self.apply.submit(run_all, [_records(names[place::4]) for place in range(4)])
            )

        for start in range(0, len(bodies), BATCH):
            # Signed only now: a signature of five minutes ago is refused.
            signed = [_signed(crm, *each) for each in bodies[start : start + BATCH]]
            under_way.append(
                (self.receive.submit(run_all, signed), [_row_of(crm, each) for each in signed])
            )
            if len(under_way) > 2:
                hand_on()
            if start % (len(bodies) // 5) == 0:
                self.say(f"{start:,} of {len(bodies):,} deliveries are sent")
        while under_way:
            hand_on()
        left = {name for each in records for answer in each.result() for name in _failed(answer)}
        for _ in range(TRIES):
            if not left:
                break
            self.say(f"{len(left)} deliveries are applied again, as the stream brings them again")
            (answer,) = self.apply.submit(run_all, [_records(sorted(left))]).result()
            left = _failed(answer)
        assert left == set()

    def post_all(self) -> None:
        """Hand over every message of the credit queue, each twice at once, until there is none."""
        queue = self.cloud.client("sqs")
        url = self._queue_url()
        while True:
            got = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            if not got:
                return
            records = [{"messageId": each["MessageId"], "body": each["Body"]} for each in got]
            twice = [{"Records": [record]} for record in records * 2]
            self.chance.shuffle(twice)
            answers = self.post.submit(run_all, twice).result()
            assert [_failed(answer) for answer in answers] == [set()] * len(twice)
            for each in got:
                queue.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])

    def _queue_url(self) -> str:
        name = f"{self.cloud.stack}-apply_event"
        shown = self.cloud.client("lambda").get_function_configuration(FunctionName=name)
        return str(shown["Environment"]["Variables"]["CREDIT_QUEUE_URL"])


def _signed(crm: Crm, body: bytes, message_id: str) -> Event:
    """Return a signed request in the shape in which the gateway hands it to a function."""
    address, now = f"{crm.demo.url}/webhooks/{crm.connection}", datetime.now(UTC)
    headers, sent, url = signed_request(
        crm.kind, address, crm.secret, body, now, message_id=message_id
    )
    path = urlsplit(url).path
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "pathParameters": {"connection": crm.connection},
        "requestContext": {"http": {"method": "POST", "path": path}},
        "body": b64encode(sent).decode(),
        "isBase64Encoded": True,
    }


def _row_of(crm: Crm, event: Event) -> str:
    """Return the id of the inbox row that this request makes."""
    request = WebhookRequest("POST", "", event["headers"], b"")
    return f"{crm.connection}#{crm_for(crm.kind).delivery_id(request)}"


def _records(names: Sequence[str]) -> Event:
    """Return the stream's event for new rows of the inbox.

    The name is its place in the stream.
    """
    return {
        "Records": [
            {"dynamodb": {"Keys": {"delivery": {"S": name}}, "SequenceNumber": name}}
            for name in names
        ]
    }


def _failed(answer: Event) -> set[str]:
    return {each["itemIdentifier"] for each in answer["batchItemFailures"]}


def _bodies(crm: Crm, email: str, deal: str) -> list[bytes]:
    """Return what a CRM sends about one deal: every stage, the later one always the newer."""
    start = datetime.now(UTC)
    return [
        crm.event("stage", stage, deal, start + timedelta(milliseconds=place), emails=(email,))
        for place, stage in enumerate(STAGES)
    ]


def test_a_hundred_deliveries_about_each_prospect_make_one_credit_each(
    alone: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()

    def say(what: str) -> None:
        with capsys.disabled():
            print(f"\n  storm, {time.monotonic() - began:3.0f} s: {what}", end="", flush=True)

    program = alone.program(qualifies="{stage: demo_attended}")
    crm = alone.crm(programs=(program,))
    referrers = [alone.referrer() for _ in range(ACCOUNTS)]
    referrals = [
        _refer(alone, referrers[number % ACCOUNTS], program) for number in range(REFERRALS)
    ]
    say(f"{REFERRALS} referrals of {ACCOUNTS} accounts are there")
    bodies = [body for _, email, deal, _ in referrals for body in _bodies(crm, email, deal)]
    repeated = [(body, "") for body in bodies * (COPIES - RESENT)]  # no id: one made of the body
    sent_again = [
        (body, f"msg_resent_{place}_{copy}")
        for place, body in enumerate(bodies)
        for copy in range(RESENT)
    ]
    storm = [*repeated, *sent_again]
    Random(SHUFFLES).shuffle(storm)  # noqa: S311
    assert (EACH, len(storm)) == (100, REFERRALS * 100)
    with Storm(alone, say) as weather:
        weather.deliver(crm, storm)
        say("all are applied")
        weather.post_all()
        alone.demo.cloud.invoke("sweep_credits")
        weather.post_all()
    say("all credits are posted")
    for body in bodies[:: len(STAGES)]:
        assert crm.send(body).status_code == 200  # over HTTP, to the deployed function
    _look(alone, crm, referrers, referrals, len(bodies) * (1 + RESENT))
    say(f"{REFERRALS} credits, each once; the audit names no difference\n")


Referred = tuple[str, str, str, str]


def _refer(journey: Journey, referrer: Referrer, program: str) -> Referred:
    person = journey.person()
    made = journey.enter(referrer, program, person)
    return made["referral"], person.email, journey.name("deal"), referrer.account


def _look(
    journey: Journey,
    crm: Crm,
    referrers: list[Referrer],
    referrals: list[Referred],
    deliveries: int,
) -> None:
    """See that Stripe has just these credits, each once, that the audit agrees.

    That nothing waits.
    """
    posted = [each for referrer in referrers for each in journey.transactions(referrer.account)]
    paid = [
        (each["metadata"]["goodword_referral"], each["customer"], each["amount"]) for each in posted
    ]
    assert sorted(paid) == sorted(
        (referral, account, -5_000) for referral, _, _, account in referrals
    )
    shown: list[dict[str, Any]] = []
    for referrer in referrers:
        assert journey.credits(referrer.account) == [("posted", 5_000)] * (REFERRALS // ACCOUNTS)
        shown += journey.statement(referrer.account)["credits"]
    assert sorted(each["transaction"] for each in shown) == sorted(each["id"] for each in posted)
    outcomes = journey.deliveries(crm)
    assert len(outcomes) == deliveries
    one = {"events": "1", "facts": "1", "matched": "1"}
    assert all(each == one for each in outcomes)
    journey.demo.cloud.invoke("audit_ledger")
    audit = journey.walk.ask("/v1/audits/latest")
    assert (audit["complete"], audit["credits"], audit["differences"]) == (True, REFERRALS, [])
    assert journey.rows("unmatched") == []
