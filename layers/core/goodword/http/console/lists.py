"""The lists of the console: their columns, cells and empty states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from goodword.domain.credits.credit import Credit, Status
from goodword.domain.referrers.referrer import Referrer
from goodword.messages.sentence import in_turn, say
from goodword.pages.components import Badge, Column, Empty, Pages, Tab, Table, Text

if TYPE_CHECKING:
    from goodword.domain.crm_copy.fact import Fact, ObjectRef
    from goodword.domain.referrals.referral import Referral
    from goodword.ports.stores import Page
    from goodword.steps.decisions.serve_console import ConsoleLine, Stray, Waiting, Work
    from goodword.steps.referrals.search_records import Found, Hit

STATUS: dict[Status, Badge] = {
    "pending": Badge(say("Pending"), "wait"),
    "held": Badge(say("Held"), "wait"),
    "sending": Badge(say("Being sent"), "wait"),
    "posted": Badge(say("Posted"), "good"),
    "over_limit": Badge(say("Over the limit"), "bad"),
    "canceled": Badge(say("Canceled"), "bad"),
    "reversed": Badge(say("Taken back"), "bad"),
}
# The tone of each credit status and of each verdict's answer.
BADGES: Mapping[str, Badge] = {
    **{str(status): badge for status, badge in STATUS.items()},
    "met": Badge(say("Met"), "good"),
    "not_met": Badge(say("Not met"), "bad"),
    "not_yet": Badge(say("Not yet"), "wait"),
    "never": Badge(say("Cannot be met"), "bad"),
}
_FOUND: Mapping[str, Badge] = {
    "referrer": Badge(say("Referrer")),
    "referral": Badge(say("Referral")),
    "credit": Badge(say("Credit")),
}
_ERASED = say("A person whose data was erased")


def referrer_name(referrer: Referrer) -> Text:
    """Return the name of a referrer."""
    return referrer.name or _ERASED


def prospect_name(referral: Referral | None) -> Text:
    """Return the name of a referral's prospect."""
    return say("A referral that is gone") if referral is None else referral.prospect.name or _ERASED


def owner_name(referrer: Referrer) -> Text:
    """Return the owner of a referrer: the rep, the group, or both."""
    if referrer.rep and referrer.group:
        return f"{referrer.rep} ({referrer.group})"
    return referrer.rep or referrer.group or say("not assigned")


def _object(row: Stray) -> ObjectRef:
    return row.event.change.object


def _changed(row: Stray) -> str:
    change = row.event.change
    return f"{change.property} = {change.value}" if change.value else change.property


def _company(row: Waiting) -> str | None:
    return None if row.referral is None else row.referral.prospect.company


_WAITING: tuple[Column[Waiting], ...] = (
    Column("prospect", say("Prospect"), lambda row: prospect_name(row.referral)),
    Column("company", say("Company"), _company),
    Column("amount", say("Amount"), lambda row: row.credit.amount, "amount"),
    Column("reason", say("Reason"), lambda row: row.reason),
    Column("earned", say("Earned"), lambda row: row.credit.earned_at.date(), "date"),
    Column("account", say("Account"), lambda row: row.credit.account),
)
_REFERRERS: tuple[Column[Referrer], ...] = (
    Column("name", say("Referrer"), referrer_name),
    Column("company", say("Company"), lambda row: row.company),
    Column("account", say("Account"), lambda row: row.account),
    Column("owner", say("Owner"), owner_name),
    Column("since", say("Since"), lambda row: row.created_at.date(), "date"),
)
_REFERRALS: tuple[Column[ConsoleLine], ...] = (
    Column("prospect", say("Prospect"), lambda row: prospect_name(row.referral)),
    Column("company", say("Company"), lambda row: row.referral.prospect.company),
    Column("received", say("Received"), lambda row: row.referral.created_at.date(), "date"),
    Column("why", say("Status"), lambda row: row.why),
)
_EVENTS: tuple[Column[Stray], ...] = (
    Column("record", say("Record"), lambda row: f"{_object(row).kind} {_object(row).id}"),
    Column("property", say("Property"), _changed),
    Column("why", say("Reason"), lambda row: row.why),
    Column("connection", say("Connection"), lambda row: row.event.connection),
    Column("received", say("Received"), lambda row: row.event.kept_at.date(), "date"),
)
_HITS: tuple[Column[Hit], ...] = (
    Column("name", say("Name"), lambda row: row.label or row.id),
    Column("kind", say("Kind"), lambda row: _FOUND[row.kind], "status"),
    Column("note", say("Details"), lambda row: row.note),
)
_CREDITS: tuple[Column[Credit], ...] = (
    Column("amount", say("Amount"), lambda row: row.amount, "amount"),
    Column("status", say("Status"), lambda row: STATUS[row.status], "status"),
)
_FACTS: tuple[Column[Fact], ...] = (
    Column("property", say("Property"), lambda row: row.property),
    Column("value", say("Value"), lambda row: row.value or row.raw),
    Column("record", say("Record"), lambda row: str(row.object)),
    Column("day", say("Day"), lambda row: row.version.date(), "date"),
)
_NONE_WAITS = Empty(say("Nothing waits here"))


def _credit_address(credit: Credit) -> str:
    return f"/staff/referrals/{credit.referral}#{credit.credit}"


def _credits(caption: Text, rows: Sequence[Waiting], empty: Empty, pages: Pages) -> Table[Waiting]:
    return Table(caption, _WAITING, rows, empty, lambda row: _credit_address(row.credit), pages)


def credits_table(page: Page[Waiting], pages: Pages) -> Table[Waiting]:
    """List the credits of one status."""
    empty = Empty(say("No credits with this status"), say("Choose another status above."))
    return _credits(say("Credits, newest first"), page.items, empty, pages)


def status_tabs(current: Status) -> tuple[Tab, ...]:
    """Return the lists of credits, one for each status."""
    return tuple(
        Tab(f"/staff/credits?status={each}", badge.text, current=each == current)
        for each, badge in STATUS.items()
    )


def referrers_table(page: Page[Referrer], pages: Pages) -> Table[Referrer]:
    """List all referrers."""
    empty = Empty(
        say("No referrers yet"),
        say("Referrers are listed here as soon as they are invited or enrolled."),
    )
    caption = say("Referrers, newest first")
    return Table(
        caption,
        _REFERRERS,
        page.items,
        empty,
        lambda row: f"/staff/referrers/{row.referrer}",
        pages,
    )


def referrals_table(page: Page[ConsoleLine], pages: Pages) -> Table[ConsoleLine]:
    """List referrals, all or those of one account."""
    empty = Empty(
        say("No referrals yet"),
        say("A referral is listed here as soon as a prospect signs up or is entered by hand."),
    )
    caption = say("Referrals, newest first")
    return Table(
        caption,
        _REFERRALS,
        page.items,
        empty,
        lambda row: f"/staff/referrals/{row.referral.referral}",
        pages,
    )


def events_table(rows: Sequence[Stray], pages: Pages) -> Table[Stray]:
    """List the CRM events that match no referral."""
    return Table(say("CRM events without a referral"), _EVENTS, rows, _NONE_WAITS, pages=pages)


def work_tables(work: Work) -> Mapping[str, Table[Any]]:
    """Return the work lists by name."""
    lists = {
        "approve": (say("To approve"), work.approve),
        "review": (say("In review"), work.review),
        "held": (say("Held"), work.held),
    }
    tables: dict[str, Table[Any]] = {
        name: _credits(title, rows, _NONE_WAITS, Pages()) for name, (title, rows) in lists.items()
    }
    return tables | {"unmatched": events_table(work.unmatched, Pages())}


def account_credits_table(credits_: Sequence[Credit]) -> Table[Credit]:
    """List the credits that an account earned."""
    empty = Empty(say("No credits yet"))
    return Table(say("Credits of the account"), _CREDITS, credits_, empty, _credit_address)


def hits_table(found: Found) -> Table[Hit]:
    """List the results of a search, or suggest what to try."""
    tries = say(
        "Try the beginning of the name or of the company, the whole e-mail address, or an id. A "
        "person whose data was erased is found only by the id."
    )
    short = say("Type at least three letters of one word, or a short name in full.")
    empty = Empty(say("Nothing found"), in_turn(tries, short) if found.short else tries)
    caption = say("Search results")
    return Table(caption, _HITS, found.hits, empty, lambda row: f"/staff/{row.kind}s/{row.id}")


def facts_table(facts: Sequence[Fact]) -> Table[Fact]:
    """List the facts that the CRM reported about a referral."""
    return Table(say("What the CRM says"), _FACTS, facts)
