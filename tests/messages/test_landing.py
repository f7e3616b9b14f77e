"""What a prospect reads where a program takes no referrals."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from goodword.domain.programs.program import Ends, Pause
from goodword.messages.landing import closed_sentences

AT = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "heading", "what_to_do"),
    [
        (
            {"starts": date(2027, 4, 1)},
            "This offer has not started yet",
            "It starts on 1 April 2027. Keep",
        ),
        (
            {"ends": Ends(date(2027, 3, 1), "close")},
            "This offer has ended",
            "If you would still like to talk",
        ),
        (
            {"pause": Pause(date(2027, 2, 1), date(2027, 3, 9), "wait")},
            "This offer is paused",
            "It continues on 9 March 2027. Keep",
        ),
        ({"pause": Pause(date(2027, 2, 1), None, "wait")}, "This offer is paused", "Keep the link"),
    ],
)
def test_a_closed_program_says_so_and_what_to_do(program, changes, heading, what_to_do):
    first, second = map(str, closed_sentences(replace(program, **changes).refusal(AT)))
    assert first == heading
    assert second.startswith(what_to_do)
