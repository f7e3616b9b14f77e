"""docs/events.md has every kind of event with the arguments that leave the timeline."""

from __future__ import annotations

import re

from goodword.domain.mails.mail import NOTICE_KINDS
from goodword.messages.vocabulary import EVENTS
from tests.tidy.project import ROOT, text_of

ROWS = re.findall(r"(?m)^\| `(\w+)` \| [A-Z].* \| (.*) \|$", text_of(ROOT / "docs/events.md"))


def test_every_kind_is_documented_once() -> None:
    assert sorted(kind for kind, _ in ROWS) == sorted(EVENTS)


def test_every_argument_that_leaves_is_documented() -> None:
    documented = {kind: re.findall(r"`(\w+)`", data) for kind, data in ROWS}
    leaving = {
        kind: [name for name, argument in arguments.items() if argument != "text"]
        for kind, arguments in EVENTS.items()
    }
    assert documented == leaving


def test_what_referrers_hear_of_is_an_event() -> None:
    assert set(NOTICE_KINDS) <= set(EVENTS)
