"""The languages of pages and mails, and the choice by the Accept-Language header."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Each language by its code, with its name in itself. Texts are written in the first.
LANGUAGES = {"en": "English", "es": "Español"}
LOCALES = tuple(LANGUAGES)
_MOST = 200


def languages_of(header: str) -> list[str]:
    """Return the languages of an Accept-Language header, most preferred first: es of es-MX;q=0.8.

    Source: www.rfc-editor.org/rfc/rfc9110#field.accept-language
    """
    wanted: list[tuple[float, str]] = []
    for part in header[:_MOST].split(","):
        tag, _, weight = part.strip().lower().partition(";")
        language, weighs = tag.strip().partition("-")[0], _weight(weight)
        if language and weighs > 0:
            wanted.append((-weighs, language))
    return [language for _, language in sorted(wanted, key=lambda each: each[0])]


def read_in(header: str, offered: Sequence[str]) -> str:
    """Return the available language that a browser prefers, or else the first available one."""
    return next((each for each in languages_of(header) if each in offered), offered[0])


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 1.0
