"""The tree of errors."""

import inspect

import pytest

from goodword.domain import errors
from goodword.domain.errors import Contended, Failed, GoodwordError, Refused
from goodword.ports.writes import Release

ALL = [
    each
    for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, GoodwordError)
]


@pytest.mark.parametrize("error", [each for each in ALL if issubclass(each, Refused)])
def test_a_refusal_has_what_where_and_remedy(error):
    refused = error("it is wrong", where="field", remedy="Mend it.")
    assert (str(refused), refused.what, refused.where, refused.remedy) == (
        "it is wrong",
        "it is wrong",
        "field",
        "Mend it.",
    )


def test_every_error_is_named_in_the_tree():
    for error in ALL:
        assert error.__name__ in errors.__doc__


def test_a_failed_write_says_which_it_was_and_is_contention():
    write = Release("year", 1)
    failed = Failed(write)
    assert failed.write is write
    assert str(failed) == "the condition of Release failed"
    assert isinstance(failed, Contended)
