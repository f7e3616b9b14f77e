"""Reasons and events survive being stored, with any arguments."""

import json

import pytest

from goodword.domain.event import Event
from goodword.domain.reason import Reason
from goodword.domain.record import dataclass
from goodword.store.plain import plain, revive
from tests.messages.test_vocabulary import SAID, SAMPLES, name_of


@dataclass(frozen=True, slots=True)
class Kept:
    """A record of some noun."""

    reason: Reason | None = None
    reasons: tuple[Reason, ...] = ()
    event: Event | None = None


@pytest.mark.parametrize("value", SAID, ids=name_of)
def test_each_comes_back_as_it_was(value):
    if isinstance(value, Reason):
        kept = Kept(value, (value, Reason("negated", {"reason": value})))
    else:
        kept = Kept(event=value)
    assert revive(Kept, json.loads(json.dumps(plain(kept)))) == kept


def test_an_argument_says_in_its_plain_value_what_it_is():
    stored = plain(
        Reason("any", {kind: SAMPLES[kind] for kind in ("amount", "day", "time", "field")})
    )
    assert stored == {
        "code": "any",
        "args": {
            "amount": {"minor": 5000, "currency": "USD"},
            "day": {"day": "2027-03-17"},
            "time": {"time": "2027-03-17T09:00:00.000000Z"},
            "field": ["email", "phone"],
        },
    }
    assert plain(Event("erased")) == {"kind": "erased", "data": {}}
