"""Serve a referrer's portal: what to share, their introductions, their account's credits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from goodword.domain.access.token import Token
from goodword.domain.credits.credit import Credit
from goodword.domain.credits.portal import Sums, sums_of
from goodword.domain.errors import Forbidden, NotFound
from goodword.domain.links.link import Link
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.referrers.sign_off import waits_for_sign_off
from goodword.domain.timeline import account_subject
from goodword.messages.portal import Line, closed_sentence, line_of
from goodword.messages.sentence import Sentence
from goodword.messages.verdict import credit_sentence
from goodword.ports.services import Clock
from goodword.ports.stores import Page, Stores
from goodword.steps.programs.find_program import terms_of

# The introductions on a page; those of colleagues are not shown.
AT_ONCE: Final = 20
# How many times as many rows are read to find the referrer's own, in an account of several.
PAGES: Final = 5
# The account's credits on a page, from which the used ones are summed: the credits of some years.
CREDITS: Final = 100
# The most credits of a statement as a file, more than any account has.
IN_FILE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Portal:
    """The data of the portal.

    programs: all that the referrer may share, the shown one first. link: the one to share, or None
    before there is one. internal_only: whether it is for colleagues only, since a sign-off is
    missing. closed: why the program accepts no referrals today, if so. asked: the open question to
    an approver; ran_out: the one that expired without an answer. earlier: whether there are newer
    introductions on a page before this one. posted: credits that an invoice will use, with the day
    on which that is expected.
    """

    referrer: Referrer
    programs: tuple[Program, ...]
    currency: str
    link: Link | None
    internal_only: bool
    closed: Sentence | None
    asked: Token | None
    ran_out: Token | None
    lines: Page[Line]
    earlier: bool
    sums: Sums
    posted: tuple[tuple[Credit, date | None], ...]

    @property
    def program(self) -> Program:
        """Return the shown program."""
        return self.programs[0]

    def check_outside(self) -> None:
        """Raise Forbidden while the referrer may share with colleagues only."""
        if self.internal_only:
            remedy = "Ask your approver for the sign-off in the portal."
            raise Forbidden("the sign-off is missing", where="program", remedy=remedy)


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One credit of a statement.

    invoice: the date of the invoice on which it is expected.
    """

    credit: Credit
    program: Program
    sentence: Sentence
    invoice: date | None


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """An account's statement: amounts and their state, without names."""

    referrer: Referrer
    program: Program
    sums: Sums
    lines: Page[CreditLine]
    at: datetime


def portal_referrer(referrer_id: str, *, stores: Stores) -> Referrer | None:
    """Return the session's referrer, or None if they may no longer sign in."""
    stored = stores.referrers.get(referrer_id)
    return stored if stored is not None and stored.erased_at is None else None


def serve_portal(
    referrer: Referrer, wanted: str, after: str | None, *, stores: Stores, now: Clock
) -> Portal:
    """Return the data of the portal; wanted: the program, or empty for the newest link's.

    Raises NotFound for a referrer without a program.
    """
    links = stores.links.list_by_referrer(referrer.referrer)
    programs = _programs(referrer, links, wanted, stores)
    program = programs[0]
    internal_only = waits_for_sign_off(program, referrer)
    credits_ = stores.credits.list_by_account(referrer.account, CREDITS).items
    account = stores.accounts.get(referrer.account)
    currency = "" if account is None else account.currency
    question = stores.tokens.get(referrer.asked) if referrer.asked else None
    closed = program.refusal(now())
    return Portal(
        referrer=referrer,
        programs=programs,
        currency=currency,
        link=link_to_share(links, program.program, internal_only=internal_only),
        internal_only=internal_only,
        closed=None if closed is None else closed_sentence(closed),
        asked=question if question is not None and question.expires_at > now() else None,
        ran_out=question if question is not None and question.expires_at <= now() else None,
        lines=_lines(referrer, currency, credits_, after, stores, now()),
        earlier=after is not None,
        sums=sums_of(stores.counts.of(account_subject(referrer.account)), credits_),
        posted=_on_their_way(credits_, stores, now()),
    )


def _programs(
    referrer: Referrer, links: Sequence[Link], wanted: str, stores: Stores
) -> tuple[Program, ...]:
    """Return the referrer's programs, the wanted one first, then by their newest link."""
    newest = sorted(links, key=lambda link: (link.created_at, link.code), reverse=True)
    accepted = [each.partition("@")[0] for each in reversed(referrer.terms)]
    names = list(dict.fromkeys([*(link.program for link in newest), *accepted]))
    if wanted in names:
        names = [wanted, *(name for name in names if name != wanted)]
    stored = [stores.programs.latest(name) for name in names]
    found = tuple(program for program in stored if program is not None)
    if not found:
        raise NotFound(
            "this referrer is in no program",
            where="program",
            remedy="Make a link for the referrer: POST /v1/referrers/{referrer}/links.",
        )
    return found


def link_to_share(links: Iterable[Link], program: str, *, internal_only: bool) -> Link | None:
    """Return the newest link of a program that the referrer may share now, if there is one."""
    fit = [
        link
        for link in links
        if (link.program, link.internal_only) == (program, internal_only) and not link.paused
    ]
    return max(fit, key=lambda link: (link.created_at, link.code), default=None)


def _lines(
    referrer: Referrer,
    currency: str,
    credits_: Sequence[Credit],
    after: str | None,
    stores: Stores,
    at: datetime,
) -> Page[Line]:
    """Return one page of the referrer's own introductions, with the state of each."""
    own = _own(referrer, after, stores)
    known = {credit.credit: credit for credit in credits_}
    earned = (name for referral in own.items for name in referral.credits())
    known |= stores.credits.get_many([name for name in earned if name not in known])
    lines = []
    for referral in own.items:
        program = terms_of(referral.program, referral.version, stores=stores)
        lines.append(line_of(program, referral, known, at, currency=currency, earns=referrer.earns))
    return Page(tuple(lines), own.more)


def _own(referrer: Referrer, after: str | None, stores: Stores) -> Page[Referral]:
    """Return the referrer's own referrals of the account's next pages, within a limit of rows."""
    for _ in range(PAGES):
        page = stores.referrals.list_by_account(referrer.account, AT_ONCE, after)
        own = tuple(each for each in page.items if each.referrer == referrer.referrer)
        after = page.more
        if own or after is None:
            break
    return Page(own, after)


def _on_their_way(
    credits_: Sequence[Credit], stores: Stores, at: datetime
) -> tuple[tuple[Credit, date | None], ...]:
    return tuple(
        (credit, terms_of(credit.program, credit.version, stores=stores).invoice_after(at))
        for credit in credits_
        if credit.kind == "credit" and credit.status == "posted" and credit.remaining.minor > 0
    )


def account_statement(
    referrer: Referrer, after: str | None, *, whole: bool, stores: Stores, now: Clock
) -> AccountStatement:
    """Return the statement of the referrer's account, newest first: a page, or all as a file."""
    if whole:
        page = _whole(referrer.account, stores)
    else:
        page = stores.credits.list_by_account(referrer.account, CREDITS, after)
    at = now()
    lines = []
    for credit in page.items:
        program = terms_of(credit.program, credit.version, stores=stores)
        waits = credit.status == "posted" and credit.remaining.minor > 0
        invoice = program.invoice_after(at) if waits and credit.kind == "credit" else None
        lines.append(CreditLine(credit, program, credit_sentence(program, credit, at), invoice))
    first = (
        page.items
        if after is None
        else stores.credits.list_by_account(referrer.account, CREDITS).items
    )
    program = _programs(referrer, stores.links.list_by_referrer(referrer.referrer), "", stores)[0]
    sums = sums_of(stores.counts.of(account_subject(referrer.account)), first)
    return AccountStatement(referrer, program, sums, Page(tuple(lines), page.more), at)


def _whole(account: str, stores: Stores) -> Page[Credit]:
    found: list[Credit] = []
    after: str | None = None
    while len(found) < IN_FILE:
        page = stores.credits.list_by_account(account, CREDITS, after)
        found.extend(page.items)
        after = page.more
        if after is None:
            break
    return Page(tuple(found))
