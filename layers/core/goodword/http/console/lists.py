"""The lists of the console: their columns, cells and empty states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from goodword.domain.credits.credit import Credit, Status
from goodword.domain.referrers.referrer import Referrer
from goodword.messages import console_labels
from goodword.messages.sentence import in_turn
from goodword.pages.components import Badge, Column, Empty, Pages, Tab, Table, Text

if TYPE_CHECKING:
    from goodword.domain.crm_copy.fact import Fact, ObjectRef
    from goodword.domain.referrals.referral import Referral
    from goodword.ports.stores import Page
    from goodword.steps.decisions.serve_console import ConsoleLine, Stray, Waiting, Work
    from goodword.steps.referrals.search_records import Found, Hit

STATUS: dict[Status, Badge] = {
    "pending": Badge(console_labels.STATUS_PENDING, "wait"),
    "held": Badge(console_labels.STATUS_HELD, "wait"),
    "sending": Badge(console_labels.STATUS_SENDING, "wait"),
    "posted": Badge(console_labels.STATUS_POSTED, "good"),
    "over_limit": Badge(console_labels.STATUS_OVER_LIMIT, "bad"),
    "canceled": Badge(console_labels.STATUS_CANCELED, "bad"),
    "reversed": Badge(console_labels.STATUS_REVERSED, "bad"),
}
# The tone of each credit status and of each verdict's answer.
BADGES: Mapping[str, Badge] = {
    **{str(status): badge for status, badge in STATUS.items()},
    "met": Badge(console_labels.MET, "good"),
    "not_met": Badge(console_labels.NOT_MET, "bad"),
    "not_yet": Badge(console_labels.NOT_YET, "wait"),
    "never": Badge(console_labels.CANNOT_BE_MET, "bad"),
}
_FOUND: Mapping[str, Badge] = {
    "referrer": Badge(console_labels.REFERRER),
    "referral": Badge(console_labels.REFERRAL),
    "credit": Badge(console_labels.CREDIT),
}
_ERASED = console_labels.ERASED_PERSON


def referrer_name(referrer: Referrer) -> Text:
    """Return the name of a referrer."""
    return referrer.name or _ERASED


def prospect_name(referral: Referral | None) -> Text:
    """Return the name of a referral's prospect."""
    return (
        console_labels.MISSING_REFERRAL if referral is None else referral.prospect.name or _ERASED
    )


def owner_name(referrer: Referrer) -> Text:
    """Return the owner of a referrer: the rep, the group, or both."""
    if referrer.rep and referrer.group:
        return f"{referrer.rep} ({referrer.group})"
    return referrer.rep or referrer.group or console_labels.NOT_ASSIGNED


def _object(row: Stray) -> ObjectRef:
    return row.event.change.object


def _changed(row: Stray) -> str:
    change = row.event.change
    return f"{change.property} = {change.value}" if change.value else change.property


def _company(row: Waiting) -> str | None:
    return None if row.referral is None else row.referral.prospect.company


_WAITING: tuple[Column[Waiting], ...] = (
    Column("prospect", console_labels.PROSPECT, lambda row: prospect_name(row.referral)),
    Column("company", console_labels.COMPANY, _company),
    Column("amount", console_labels.AMOUNT, lambda row: row.credit.amount, "amount"),
    Column("reason", console_labels.REASON, lambda row: row.reason),
    Column("earned", console_labels.EARNED, lambda row: row.credit.earned_at.date(), "date"),
    Column("account", console_labels.BILLING_ACCOUNT, lambda row: row.credit.account),
)
_REFERRERS: tuple[Column[Referrer], ...] = (
    Column("name", console_labels.REFERRER, referrer_name),
    Column("company", console_labels.COMPANY, lambda row: row.company),
    Column("account", console_labels.BILLING_ACCOUNT, lambda row: row.account),
    Column("owner", console_labels.OWNER, owner_name),
    Column("since", console_labels.SINCE, lambda row: row.created_at.date(), "date"),
)
_REFERRALS: tuple[Column[ConsoleLine], ...] = (
    Column("prospect", console_labels.PROSPECT, lambda row: prospect_name(row.referral)),
    Column("company", console_labels.COMPANY, lambda row: row.referral.prospect.company),
    Column("received", console_labels.RECEIVED, lambda row: row.referral.created_at.date(), "date"),
    Column("why", console_labels.STATUS, lambda row: row.why),
)
_EVENTS: tuple[Column[Stray], ...] = (
    Column("record", console_labels.RECORD, lambda row: f"{_object(row).kind} {_object(row).id}"),
    Column("property", console_labels.PROPERTY, _changed),
    Column("why", console_labels.REASON, lambda row: row.why),
    Column("connection", console_labels.CONNECTION, lambda row: row.event.connection),
    Column("received", console_labels.RECEIVED, lambda row: row.event.kept_at.date(), "date"),
)
_HITS: tuple[Column[Hit], ...] = (
    Column("name", console_labels.NAME, lambda row: row.label or row.id),
    Column("kind", console_labels.KIND, lambda row: _FOUND[row.kind], "status"),
    Column("note", console_labels.DETAILS, lambda row: row.note),
)
_CREDITS: tuple[Column[Credit], ...] = (
    Column("amount", console_labels.AMOUNT, lambda row: row.amount, "amount"),
    Column("status", console_labels.STATUS, lambda row: STATUS[row.status], "status"),
)
_FACTS: tuple[Column[Fact], ...] = (
    Column("property", console_labels.PROPERTY, lambda row: row.property),
    Column("value", console_labels.VALUE, lambda row: row.value or row.raw),
    Column("record", console_labels.RECORD, lambda row: str(row.object)),
    Column("day", console_labels.DAY, lambda row: row.version.date(), "date"),
)
_NONE_WAITS = Empty(console_labels.NOTHING_TO_DECIDE)


def _credit_address(credit: Credit) -> str:
    return f"/staff/referrals/{credit.referral}#{credit.credit}"


def _credits(caption: Text, rows: Sequence[Waiting], empty: Empty, pages: Pages) -> Table[Waiting]:
    return Table(caption, _WAITING, rows, empty, lambda row: _credit_address(row.credit), pages)


def credits_table(page: Page[Waiting], pages: Pages) -> Table[Waiting]:
    """List the credits of one status."""
    empty = Empty(console_labels.NO_CREDITS_WITH_THIS_STATUS, console_labels.CHOOSE_ANOTHER_STATUS)
    return _credits(console_labels.CREDITS_NEWEST_FIRST, page.items, empty, pages)


def status_tabs(current: Status) -> tuple[Tab, ...]:
    """Return the lists of credits, one for each status."""
    return tuple(
        Tab(f"/staff/credits?status={each}", badge.text, current=each == current)
        for each, badge in STATUS.items()
    )


def referrers_table(page: Page[Referrer], pages: Pages) -> Table[Referrer]:
    """List all referrers."""
    empty = Empty(
        console_labels.NO_REFERRERS_YET,
        console_labels.REFERRERS_APPEAR_HERE,
    )
    caption = console_labels.REFERRERS_NEWEST_FIRST
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
        console_labels.NO_REFERRALS_YET,
        console_labels.REFERRALS_APPEAR_HERE,
    )
    caption = console_labels.REFERRALS_NEWEST_FIRST
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
    return Table(console_labels.UNMATCHED_EVENTS, _EVENTS, rows, _NONE_WAITS, pages=pages)


def work_tables(work: Work) -> Mapping[str, Table[Any]]:
    """Return the work lists by name."""
    lists = {
        "approve": (console_labels.TO_APPROVE, work.approve),
        "review": (console_labels.IN_REVIEW, work.review),
        "held": (console_labels.HELD, work.held),
    }
    tables: dict[str, Table[Any]] = {
        name: _credits(title, rows, _NONE_WAITS, Pages()) for name, (title, rows) in lists.items()
    }
    return tables | {"unmatched": events_table(work.unmatched, Pages())}


def account_credits_table(credits_: Sequence[Credit]) -> Table[Credit]:
    """List the credits that an account earned."""
    empty = Empty(console_labels.NO_CREDITS_YET)
    return Table(
        console_labels.CREDITS_OF_THE_BILLING_ACCOUNT, _CREDITS, credits_, empty, _credit_address
    )


def hits_table(found: Found) -> Table[Hit]:
    """List the results of a search, or suggest what to try."""
    tries = console_labels.SEARCH_HELP
    short = console_labels.SEARCH_TOO_SHORT
    empty = Empty(console_labels.NOTHING_FOUND, in_turn(tries, short) if found.short else tries)
    caption = console_labels.SEARCH_RESULTS
    return Table(caption, _HITS, found.hits, empty, lambda row: f"/staff/{row.kind}s/{row.id}")


def facts_table(facts: Sequence[Fact]) -> Table[Fact]:
    """List the facts that the CRM reported about a referral."""
    return Table(console_labels.CRM_FACTS, _FACTS, facts)
