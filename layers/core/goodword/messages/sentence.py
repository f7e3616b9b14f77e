"""A sentence for people: its English text with named holes, and what goes into them.

The text is also the message id of the gettext catalogues, so pages and mails can say the same in
another language and write amounts and days as that language does; str() says it in English.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import date
from typing import Union

from goodword.domain.localized_text import LocalizedText
from goodword.domain.money import Money
from goodword.domain.record import dataclass

# A plain text among the values is shown as it is.
Value = Union[Money, date, LocalizedText, str, int, "Sentence"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. text: English, with holes such as %(amount)s; values.

    By the names of the holes.
    """

    text: str
    values: dict[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say it in English."""
        if not self.values:
            return self.text
        return self.text % {name: _english(value) for name, value in self.values.items()}


def say(text: str, **values: Value) -> Sentence:
    """Make a sentence; the catalogues are gathered from the calls of this function."""
    return Sentence(text, values)


def in_turn(*sentences: Sentence) -> Sentence:
    """Put sentences one behind the other; each is said on its own."""
    return sentences[0] if len(sentences) == 1 else side_by_side(sentences, " ")


def side_by_side(parts: Sequence[Value], apart: str = "; ") -> Sentence:
    """Put parts of a sentence side by side; each is said on its own."""
    said: dict[str, Value] = {f"part{place}": part for place, part in enumerate(parts)}
    return Sentence(apart.join(f"%({name})s" for name in said), said)


def phrase(text: str) -> str:
    """Mark a text that is kept as it is and said to people later, so that the catalogues gather it too."""
    return text


def english_day(day: date) -> str:
    """Say a day the way people do: 17 March 2027."""
    return f"{day.day} {day:%B} {day.year}"


def _english(value: Value) -> str:
    return english_day(value) if isinstance(value, date) else str(value)
