"""Two ways to enqueue: one whose loss costs time only.

One for what nothing else would find.
"""

import pytest

from goodword.domain.errors import Unavailable
from goodword.queue.sqs import SqsQueue


class Queue:
    """A client of SQS. down: it takes nothing."""

    def __init__(self):
        self.sent = []
        self.down = False

    def send_message(self, **message):
        if self.down:
            raise ConnectionError("no answer")
        self.sent.append(message)


@pytest.fixture
def queue():
    return Queue()


@pytest.fixture
def enqueue(queue):
    return SqsQueue(queue, "https://queue.example.com")


def test_both_ways_send_one_message(queue, enqueue):
    enqueue("cr_1")
    enqueue.surely("refund:stripe#1")
    assert [each["MessageBody"] for each in queue.sent] == ["cr_1", "refund:stripe#1"]


def test_a_lost_call_is_harmless_before_the_sweep(queue, enqueue):
    queue.down = True
    enqueue("cr_1")
    assert queue.sent == []


def test_what_nothing_else_would_find_is_not_lost_in_silence(queue, enqueue):
    queue.down = True
    with pytest.raises(Unavailable):
        enqueue.surely("refund:stripe#1")
