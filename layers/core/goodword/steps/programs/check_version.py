"""Compare If-Match with the current version, so that no write replaces a version unseen."""

from __future__ import annotations

from goodword.domain.errors import MatchRequired, OutOfDate


def check_match(if_match: str | None, current: int) -> None:
    """Raise MatchRequired or OutOfDate unless If-Match names the current version."""
    if if_match is None:
        raise MatchRequired(
            "this write needs If-Match",
            where="If-Match",
            remedy=f'Send If-Match: "{current}" to replace that version.',
        )
    if if_match.strip().strip('"') != str(current):
        raise out_of_date(str(current))


def out_of_date(current: str) -> OutOfDate:
    """Return the error of a write that names another version than the current one."""
    return OutOfDate(
        f"the current version is {current}",
        where="If-Match",
        remedy=f'Read it, apply your change to it, and send If-Match: "{current}".',
    )
