"""A success story: a few sentences of a referrer, ideally with a number in them."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Final

from goodword.domain.errors import BadInput
from goodword.domain.programs.program import Program
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.referrers.sign_off import shown_now, story_signed_off

STORY_MOST: Final = 400


def read_story(text: str) -> str:
    """Return the story as stored: one paragraph; raise BadInput if it is too long.

    An empty one is no story.
    """
    story = " ".join(unicodedata.normalize("NFC", text).split())
    if len(story) > STORY_MOST:
        raise BadInput(
            f"the story has {len(story)} characters",
            where="story",
            remedy=f"Shorten it to {STORY_MOST} characters.",
        )
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Co") for sign in story):
        raise BadInput(
            "the story has control characters",
            where="story",
            remedy="Remove the control characters.",
        )
    return story


def with_story(referrer: Referrer, story: str, *, publish: bool, freely: bool) -> Referrer:
    """Return the referrer with the story; publish: whether they want landing pages to show it.

    freely: whether it needs no sign-off. Otherwise only the signed-off text is shown.
    """
    signed = freely or story_signed_off(referrer, story)
    shown = bool(story) and publish and signed
    return replace(referrer, story=story, story_shown=shown, revision=referrer.revision + 1)


def visible_story(program: Program, referrer: Referrer, *, internal_only: bool) -> str:
    """Return the story that a landing page may show, or an empty text.

    internal_only: on a link for colleagues only. Colleagues may read it before it is signed off.
    All others read only a signed-off story, and never on a page that does not name the referrer.
    """
    if not program.stories:
        return ""
    if internal_only:
        return referrer.story
    free = not program.needs_sign_off(referrer.segment) or story_signed_off(
        referrer, referrer.story
    )
    result = referrer.story_shown and free and shown_now(program, referrer) != "nothing"
    return referrer.story if result else ""
