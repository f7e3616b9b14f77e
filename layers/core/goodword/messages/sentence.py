"""A sentence for people: its English text with named placeholders, and their values.

The text is also the message id of the gettext catalogues, so pages and mails can translate it and
format amounts and days for that language; str() gives the English.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import date
from typing import Union

from goodword.domain.localized_text import LocalizedText
from goodword.domain.money import Money
from goodword.domain.record import dataclass

# A plain text among the values is shown unchanged.
Value = Union[Money, date, LocalizedText, str, int, "Sentence"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence.

    text: English, with placeholders such as %(amount)s. values: by placeholder.
    """

    text: str
    values: dict[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return it in English."""
        if not self.values:
            return self.text
        return self.text % {name: _english(value) for name, value in self.values.items()}


def say(text: str, **values: Value) -> Sentence:
    """Make a sentence; the catalogues are gathered from the calls of this function."""
    return Sentence(text, values)


def in_turn(*sentences: Sentence) -> Sentence:
    """Join sentences in sequence; each is translated separately."""
    return sentences[0] if len(sentences) == 1 else side_by_side(sentences, " ")


def side_by_side(parts: Sequence[Value], apart: str = "; ") -> Sentence:
    """Join parts of a sentence as a list; each is translated separately."""
    said: dict[str, Value] = {f"part{place}": part for place, part in enumerate(parts)}
    return Sentence(apart.join(f"%({name})s" for name in said), said)


def phrase(text: str) -> str:
    """Mark a text that is stored and shown later, so that the catalogues include it."""
    return text


def english_day(day: date) -> str:
    """Write a day in English: 17 March 2027."""
    return f"{day.day} {day:%B} {day.year}"


def _english(value: Value) -> str:
    return english_day(value) if isinstance(value, date) else str(value)
