"""The sentence of the rep to the prospect at first contact."""

from __future__ import annotations

from datetime import date

from goodword.domain.localized_text import LocalizedText
from goodword.messages.sentence import Sentence, say


def first_contact(referrer: str, made: date) -> Sentence:
    """Say who gave the prospect's name, and what they may receive.

    referrer: their name, or empty.
    """
    if not referrer:
        return say(
            "A customer gave us your name on %(day)s, and may receive a bill credit for it.",
            day=made,
        )
    return say(
        "%(referrer)s gave us your name on %(day)s, and may receive a bill credit for it.",
        referrer=LocalizedText(referrer),
        day=made,
    )
