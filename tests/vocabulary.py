"""Hold every reason and event of a record to the vocabulary of its noun."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from goodword.domain.event import Event
from goodword.domain.reason import Reason, Vocabulary, fits
from goodword.messages.events import event_sentence
from goodword.messages.reasons import reason_sentence
from goodword.messages.vocabulary import EVENTS, REASONS


def check_record(record: Any) -> None:
    """Assert that all reasons and events within a record are declared, fit, and can be said."""
    for value in _values_of(record):
        if isinstance(value, Reason):
            assert_declared(value.code, value.args, REASONS)
            assert str(reason_sentence(value)), value
        else:
            assert_declared(value.kind, value.data, EVENTS)
            assert str(event_sentence(value)), value


def assert_declared(code: str, args: Mapping[str, Any], vocabulary: Vocabulary) -> None:
    """Assert that a code is of a vocabulary, and each argument of the kind that is declared."""
    assert code in vocabulary, f"{code} is declared nowhere"
    kinds = vocabulary[code]
    assert set(args) <= set(kinds), f"{code} has an argument that is not declared: {sorted(args)}"
    wrong = [name for name, value in args.items() if not fits(kinds[name], value)]
    assert wrong == [], f"{code} has arguments of another kind: {wrong}"


def _values_of(value: Any) -> Iterator[Reason | Event]:
    if isinstance(value, Reason | Event):
        yield value
        inner: Any = (value.args if isinstance(value, Reason) else value.data).values()
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = (getattr(value, field.name) for field in dataclasses.fields(value))
    elif isinstance(value, tuple):
        inner = value
    else:
        return
    for each in inner:
        yield from _values_of(each)
