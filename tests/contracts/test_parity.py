"""The fakes of the simulation answer as the real services do; exceptions are listed.

The fakes against the local cloud's DynamoDB, SQS and SSM through the real stores; the simulation's
Stripe against the twin over HTTP through the real billing. A case that is an exception must still
differ.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import pytest

from goodword.ports.services import SecretPair, Secrets
from goodword.ports.stores import Stores
from goodword.ports.writes import Increment, Write
from goodword.queue.sqs import SqsQueue
from goodword.secrets.parameters import Parameters
from goodword.store import commit as commit_module
from infra.local.cloud import Cloud
from infra.twins import stripe as stripe_twin
from tests.contracts import stripe_cases, table_cases
from tests.contracts.conftest import LocalTables, opened_locally
from tests.contracts.parity_exceptions import EXCEPTIONS
from tests.contracts.stripe_cases import SimulatedStripe, TwinStripe
from tests.contracts.table_cases import TableSide
from tests.fakes import FakeClock, FakeEnqueue, FakeSecrets, FakeTables, fake_stores

PARAMETERS = "/goodword/parity"


# --- the sides ------------------------------------------------------------------------------------


def fake_side() -> TableSide:
    """Open the fakes."""
    tables, enqueue, secrets = FakeTables(), FakeEnqueue(), FakeSecrets()
    stores = fake_stores(tables)

    def in_conflict(writes: list[Write]) -> None:
        tables.conflicts = 1
        stores.commit(writes)

    def under_one_token(first: list[Write], second: list[Write]) -> None:
        stores.commit(first)
        stores.commit(second)

    def lose() -> None:
        enqueue.lost = True

    def written(pairs: dict[str, SecretPair]) -> Secrets:
        secrets.update(pairs)
        return secrets

    return TableSide(
        stores=stores,
        again=lambda writes: under_one_token(writes, writes),
        under_one_token=under_one_token,
        in_conflict=in_conflict,
        late=tables.freeze_indexes,
        enqueue=enqueue,
        enqueued=lambda: list(enqueue),
        lose_the_queue=lose,
        secrets=written,
        change_secret=lambda name, pair: secrets.update({name: pair}),
    )


@dataclass
class _Token:
    """Give what stands for chance in a transaction's token: a fresh one, or the last one again."""

    last: uuid.UUID
    held: bool = False

    def uuid4(self) -> uuid.UUID:
        """Draw a token."""
        if not self.held:
            self.last = uuid.uuid4()
        return self.last


class LocalSide:
    """Open the local cloud: tables, a queue and parameters."""

    def __init__(self, stores: Stores, token: _Token) -> None:
        self.stores = stores
        self.token = token
        self.queues = boto3.client("sqs")
        self.parameters = boto3.client("ssm")
        self.queue = self.queues.create_queue(QueueName=f"parity-{uuid.uuid4().hex}")["QueueUrl"]
        self.names: set[str] = set()

    def side(self) -> TableSide:
        """Return what cases ask."""
        return TableSide(
            stores=self.stores,
            again=self._again,
            under_one_token=self._under_one_token,
            in_conflict=self.stores.commit,  # calls run one after another, so none conflicts
            late=lambda: None,
            enqueue=SqsQueue(self.queues, self.queue),
            enqueued=self._enqueued,
            lose_the_queue=lambda: self.queues.delete_queue(QueueUrl=self.queue),
            secrets=self._secrets,
            change_secret=self._write,
        )

    def close(self) -> None:
        """Take out what was made."""
        for name in self.names:
            self.parameters.delete_parameter(Name=name)

    def _again(self, writes: list[Write]) -> None:
        self._under_one_token(writes, writes)

    def _under_one_token(self, first: list[Write], second: list[Write]) -> None:
        self.token.held, self.token.last = True, uuid.uuid4()
        try:
            self.stores.commit(first)
            self.stores.commit(second)
        finally:
            self.token.held = False

    def _enqueued(self) -> list[str]:
        found: list[str] = []
        try:
            while True:
                answer = self.queues.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
                if not answer.get("Messages"):
                    return found
                found += [each["Body"] for each in answer["Messages"]]
        except self.queues.exceptions.QueueDoesNotExist:
            return found

    def _secrets(self, pairs: dict[str, SecretPair]) -> Secrets:
        for name, pair in pairs.items():
            self._write(name, pair)
        return Parameters(self.parameters, PARAMETERS, FakeClock())

    def _write(self, name: str, pair: SecretPair) -> None:
        for part, value in (("current", pair.current), ("previous", pair.previous)):
            if value is not None:
                full = f"{PARAMETERS}/{name}/{part}"
                self.parameters.put_parameter(
                    Name=full, Value=value, Type="SecureString", Overwrite=True
                )
                self.names.add(full)


@pytest.fixture(scope="module")
def local_tables(local_cloud: Cloud) -> Iterator[LocalTables]:
    """Open the tables once."""
    with opened_locally(local_cloud) as tables:
        yield tables


@pytest.fixture
def local_side(local_tables: LocalTables, monkeypatch: pytest.MonkeyPatch) -> Iterator[TableSide]:
    """Give the local cloud with nothing in it."""
    local_tables.empty()
    token = _Token(uuid.uuid4())
    monkeypatch.setattr(commit_module, "uuid", token)
    opened = LocalSide(local_tables.stores, token)
    yield opened.side()
    opened.close()


@pytest.fixture(scope="module")
def twin() -> Iterator[stripe_twin.TwinHandle]:
    """Start the twin of Stripe, and stop it."""
    with stripe_twin.start() as running:
        yield running


# --- the comparison -------------------------------------------------------------------------------


def test_every_exception_is_a_case_and_cases_are_many() -> None:
    names = [*table_cases.CASES, *stripe_cases.CASES]
    alike = set(names) - set(EXCEPTIONS)
    assert len(names) == len(set(names))
    assert set(EXCEPTIONS) <= set(names)
    assert len(alike) >= 40
    assert all(each.differs and each.harmless for each in EXCEPTIONS.values())


@pytest.mark.parametrize("name", table_cases.CASES)
def test_the_fakes_answer_as_the_local_cloud(name: str, local_side: TableSide) -> None:
    act = table_cases.CASES[name]
    compare(name, act(fake_side()), act(local_side))


@pytest.mark.parametrize("name", stripe_cases.CASES)
def test_the_simulated_stripe_answers_as_the_twin(name: str, twin: stripe_twin.TwinHandle) -> None:
    act = stripe_cases.CASES[name]
    compare(name, act(SimulatedStripe()), act(TwinStripe(twin)))


def compare(name: str, simulated: object, real: object) -> None:
    """Check that both answered alike or, for an exception, that each answers in its own way."""
    listed = EXCEPTIONS.get(name)
    if listed is None:
        assert simulated == real
    else:
        assert simulated != real, "they answer alike now: take it off the list of exceptions"
        assert (simulated, real) == (listed.simulated, listed.real), (
            "they differ in another way now"
        )


def test_each_commit_draws_a_token_of_its_own(
    local_tables: LocalTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[uuid.UUID] = []

    class Drawing:
        def uuid4(self) -> uuid.UUID:
            drawn.append(uuid.uuid4())
            return drawn[-1]

    monkeypatch.setattr(commit_module, "uuid", Drawing())
    for _ in range(3):
        local_tables.stores.commit([Increment("s", "b", 1)])
    assert len(set(drawn)) == 3
