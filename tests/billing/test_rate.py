"""The token bucket, on a clock that moves only when a test moves it or sleeps on it."""

from __future__ import annotations

import pytest

from goodword.billing.rate import TokenBucket


class Time:
    """A clock and the sleep that moves it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_calls_within_the_rate_do_not_wait() -> None:
    time = Time()
    bucket = TokenBucket(20, clock=time.clock, sleep=time.sleep)
    waits = []
    for _ in range(5):
        waits.append(bucket.take())
        time.now += 0.05
    assert waits == pytest.approx([0, 0, 0, 0, 0])


def test_calls_beyond_the_rate_wait_their_turn() -> None:
    time = Time()
    bucket = TokenBucket(20, clock=time.clock, sleep=time.sleep)
    waits = [bucket.take() for _ in range(41)]
    assert time.now == pytest.approx(102.0)
    assert waits[0] == 0
    assert waits[1:] == pytest.approx([0.05] * 40)


def test_a_burst_passes_at_once_and_the_next_call_waits() -> None:
    time = Time()
    bucket = TokenBucket(20, burst=3, clock=time.clock, sleep=time.sleep)
    assert [bucket.take() for _ in range(4)] == pytest.approx([0, 0, 0, 0.05])


def test_an_idle_hour_earns_no_more_than_the_burst() -> None:
    time = Time()
    bucket = TokenBucket(10, burst=2, clock=time.clock, sleep=time.sleep)
    bucket.take()
    time.now += 3600
    assert [bucket.take() for _ in range(3)] == pytest.approx([0, 0, 0.1])


def test_callers_that_have_not_slept_yet_queue_up() -> None:
    booked: list[float] = []
    bucket = TokenBucket(10, clock=lambda: 0.0, sleep=booked.append)
    for _ in range(4):
        bucket.take()
    assert booked == pytest.approx([0.1, 0.2, 0.3])


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (5, 0)])
def test_a_bucket_that_lets_nothing_through_is_refused(per_second: float, burst: int) -> None:
    with pytest.raises(ValueError, match="positive rate"):
        TokenBucket(per_second, burst)
