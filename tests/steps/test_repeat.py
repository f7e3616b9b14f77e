"""Reading, deciding and committing again after a conflicting commit."""

import pytest

from goodword.domain.errors import Contended, Failed
from goodword.steps.repeat import TRIES, repeat


def failing(times, error):
    calls = []

    def attempt():
        calls.append(1)
        if len(calls) <= times:
            raise error
        return "done"

    return attempt, calls


@pytest.mark.parametrize("times", range(TRIES))
def test_what_is_contended_is_tried_again(times):
    attempt, calls = failing(times, Contended("busy"))
    assert repeat(attempt) == "done"
    assert len(calls) == times + 1


def test_a_failed_condition_is_contention_too():
    attempt, _ = failing(1, Failed(object()))
    assert repeat(attempt) == "done"


def test_the_last_contention_is_reported():
    attempt, calls = failing(TRIES, Contended("busy"))
    with pytest.raises(Contended, match="busy"):
        repeat(attempt)
    assert len(calls) == TRIES


def test_no_other_error_is_tried_again():
    attempt, calls = failing(1, ConnectionError())
    with pytest.raises(ConnectionError):
        repeat(attempt)
    assert len(calls) == 1
