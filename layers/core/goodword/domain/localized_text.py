"""A text of a program's file, in the file's own language and in others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from goodword.domain.record import dataclass


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """A text of a program file in its own language and in others; shown as written."""

    text: str
    by_locale: Mapping[str, str] = field(default_factory=dict)

    def in_locale(self, locale: str) -> str:
        """Return it in this language, or as it was written."""
        return self.by_locale.get(locale, self.text)

    def __str__(self) -> str:
        """Return it as it was written."""
        return self.text
