"""A sentence for people: its English text with named holes, and what goes into them.

The text is also the message id of the gettext catalogues, so pages and mails can say the same in another
language and write amounts and days as that language does; str() says it in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Union

from goodword.domain.money import Money
from goodword.domain.record import dataclass


@dataclass(frozen=True, slots=True)
class Worded:
    """A text of a program's file, in the file's own language and in others."""

    text: str
    by_locale: Mapping[str, str] = field(default_factory=dict)

    def in_locale(self, locale: str) -> str:
        """Return it in this language, or as the file has it."""
        return self.by_locale.get(locale, self.text)

    def __str__(self) -> str:
        """Return it as the file has it."""
        return self.text


@dataclass(frozen=True, slots=True)
class Kept:
    """A part that str() says as the API has it, and that pages say in the way of their language.

    text: such as 2027-03-17, or a reason with the short names of its flags. said: what pages make of it.
    """

    text: str
    said: Value

    def __str__(self) -> str:
        """Return it as the API has it."""
        return self.text


# A plain text among the values is one of ours, such as a reason, and is said in the language too.
Value = Union[Money, date, Worded, Kept, str, int, "Sentence"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. text: English, with holes such as %(amount)s; values: by the names of the holes."""

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
    said: dict[str, Value] = {f"part{place}": sentence for place, sentence in enumerate(sentences)}
    return sentences[0] if len(sentences) == 1 else Sentence(" ".join(f"%({name})s" for name in said), said)


def short_day(at: datetime, day: date) -> Kept:
    """Return the day of a time as the API has it, 2027-03-17 in UTC; pages write the program's day out."""
    return Kept(f"{at:%Y-%m-%d}", day)


def words(text: str) -> str:
    """Mark a text that is kept as it is and said to people later, so that the catalogues gather it too."""
    return text


def english_day(day: date) -> str:
    """Say a day the way people do: 17 March 2027."""
    return f"{day.day} {day:%B} {day.year}"


def _english(value: Value) -> str:
    return english_day(value) if isinstance(value, date) else str(value)
