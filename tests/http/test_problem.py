"""Problems: what is known is said, and nothing beyond that."""

from __future__ import annotations

import inspect

import pytest
from botocore.exceptions import ReadTimeoutError

from goodword.domain import errors
from goodword.domain.errors import Contended, MissingRecord, NotReady, Refused, Unavailable
from goodword.http.api.problem import STATUS, log_fields, problem_of

LOST = ReadTimeoutError(endpoint_url="https://dynamodb.example.com")


def test_where_a_secret_of_ours_is_missing_nothing_was_changed() -> None:
    result = problem_of(NotReady("keys/identities"))
    assert (result["status"], "Nothing was changed" in result["remedy"]) == (503, True)


@pytest.mark.parametrize("error", [LOST, Unavailable("no answer"), Contended("by another")])
def test_a_lost_answer_does_not_claim_that_nothing_changed(error: Exception) -> None:
    result = problem_of(error)
    assert (result["status"], result["type"]) == (503, "urn:goodword:problem:not-now")
    assert "Nothing was changed" not in result["remedy"]
    assert "nothing is done twice" in result["remedy"]


def test_every_refusal_has_a_status_of_the_caller() -> None:
    kinds = {
        each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, Refused)
    }
    assert set(STATUS) == kinds
    assert all(400 <= status < 500 and title for status, title in STATUS.values())


def test_the_log_names_a_missing_record_and_no_text():
    found = log_fields(MissingRecord("credit", "cr_1"))
    assert (found["error"], found["missing"], found["id"]) == ("MissingRecord", "credit", "cr_1")
    assert set(log_fields(ValueError("ana@referrer.example"))) == {"error", "place"}
