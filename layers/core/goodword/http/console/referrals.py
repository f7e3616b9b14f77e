"""/staff/referrals: the list, and one referral's file."""

from __future__ import annotations

from typing import NamedTuple

from goodword.http.console.lists import (
    BADGES,
    facts_table,
    owner_name,
    prospect_name,
    referrals_table,
)
from goodword.http.console.page import Console
from goodword.http.request import path_id
from goodword.http.router import Response
from goodword.messages import console_labels
from goodword.messages.console import DECIDED
from goodword.messages.sentence import Sentence
from goodword.steps.decisions.serve_console import newest_referrals, referral_file


class Tried(NamedTuple):
    """A decision that was rejected, with what was typed."""

    credit: str
    right: str
    reason: str
    error: Sentence | None = None


def show_referrals(console: Console) -> Response[str]:
    """Show the newest referrals."""
    after, services = console.after("referrals"), console.services
    page = newest_referrals(console.staff, after, stores=services.stores, now=services.now)
    pages = console.pages("referrals", "/staff/referrals", page.more)
    return console.page(200, "referrals", referrals=referrals_table(page, pages))


def show_referral(console: Console, referral: str) -> Response[str]:
    """Show one referral; after a decision, with its result."""
    notice = DECIDED.get(console.query.get("done", ""))
    return referral_page(console, path_id(referral, "referral"), notice=notice)


def referral_page(
    console: Console,
    name: str,
    *,
    status: int = 200,
    notice: Sentence | None = None,
    tried: Tried | None = None,
) -> Response[str]:
    """Return the page of a referral.

    notice: the result of a decision. tried: a rejected decision.
    """
    list_, services = f"timeline {name}", console.services
    after = console.after(list_)
    file = referral_file(console.staff, name, after, stores=services.stores, now=services.now)
    story, address = file.story, f"/staff/referrals/{name}"
    return console.page(
        status,
        "referral",
        file=file,
        name=prospect_name(story.referral),
        owner=owner_name(story.referrer),
        badges=BADGES,
        facts=facts_table(story.facts),
        timeline=console.pages(list_, address, story.timeline.more, console_labels.LATER_EVENTS),
        notice=notice,
        tried=tried,
    )
