"""The portal's forms as input of steps, and the data of its templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from goodword.domain.credits.credit import Credit, Status
from goodword.domain.errors import BadInput
from goodword.domain.localized_text import LocalizedText
from goodword.domain.money import Money, exponent
from goodword.domain.programs.brand import Brand
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referrals.referral import Source
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.referrers.sign_off import (
    has_no_company,
    shown_now,
)
from goodword.domain.referrers.story import STORY_MOST
from goodword.http.pages.portal_forms import ATTESTATION, NOTHING_TYPED, Typed, portal_forms
from goodword.messages import page_labels
from goodword.messages.offer import (
    WAYS,
    WAYS_INSIDE,
    ShareText,
    Way,
    offer,
    offer_without_credit,
    share_text,
)
from goodword.messages.portal import Line
from goodword.messages.sentence import Sentence
from goodword.pages.components import Action, Column, Empty, Pages, Tab, Table
from goodword.pages.qr import qr_image
from goodword.pages.render import render_page, render_sentence, translate
from goodword.steps.referrers.serve_portal import AccountStatement, CreditLine, Portal

if TYPE_CHECKING:
    from goodword.steps.referrals.capture_signup import ContactReader
    from goodword.steps.referrals.create_referral import EnteredReferral

NEUTRAL = Brand("")
_SOURCE: Source = "form"
# The notice after a form was sent, by the name in the page's address.
NOTICES: Mapping[str, Sentence] = {
    "contact": page_labels.CONTACT_RECEIVED,
    "link": page_labels.LINK_CREATED,
    "asked": page_labels.APPROVER_EMAILED,
    "shown": page_labels.SAVED,
    "story": page_labels.STORY_SAVED,
}
CHOSEN = ("segment", "region", "product")
# The sentence beside a wrong field; one for all errors of the field.
WRONG: Mapping[str, Sentence] = {
    "name": page_labels.ENTER_THEIR_NAME,
    "email": page_labels.NOT_AN_EMAIL_ADDRESS,
    "phone": page_labels.NOT_A_PHONE_NUMBER,
    "company": page_labels.ENTER_THEIR_COMPANY,
    "company_size": page_labels.ENTER_A_NUMBER,
    "segment": page_labels.CHOOSE_ONE,
    "region": page_labels.CHOOSE_ONE,
    "product": page_labels.CHOOSE_ONE,
    "attestation": page_labels.CONSENT_MISSING,
    "approver": page_labels.ENTER_A_COLLEAGUE,
    "shown": page_labels.CHOOSE_WHAT_IS_SHOWN,
    "earns": page_labels.CHOOSE_CREDITS,
    "story": page_labels.shorten_story(STORY_MOST),
}
_NO_COMPANY: Final = page_labels.NO_COMPANY_ADDRESS
STATUS: Mapping[Status, Sentence] = {
    "pending": page_labels.STATUS_PENDING,
    "held": page_labels.STATUS_HELD,
    "sending": page_labels.STATUS_SENDING,
    "posted": page_labels.STATUS_POSTED,
    "over_limit": page_labels.STATUS_OVER_LIMIT,
    "canceled": page_labels.STATUS_CANCELED,
    "reversed": page_labels.STATUS_REVERSED,
}
# --- forms ----------------------------------------------------------------------------------------


def read_contact_form(
    fields: Mapping[str, str], program: Program, referrer: str, locale: str, contacts: ContactReader
) -> tuple[EnteredReferral, dict[str, Sentence]]:
    """Read a contact that a referrer enters, and for each wrong field its sentence.

    A contact with a wrong field must not be used. The attestation is stored in the language of the
    page.
    """
    from goodword.http.pages.landing_form import read_contact_fields
    from goodword.steps.referrals.create_referral import EnteredReferral

    contact, problems = read_contact_fields("", fields, program, contacts, _what_to_do)
    if fields.get("attestation") != "yes":
        problems["attestation"] = WRONG["attestation"]
    said = translate(locale)(ATTESTATION.text)
    return EnteredReferral(referrer, program.program, _SOURCE, contact, said), problems


def _what_to_do(name: str, program: Program) -> Sentence:
    if name in CHOSEN and not program.choices(name):
        return page_labels.ENTER_SHORT_ANSWER
    return WRONG[name]


def wrong(error: BadInput, referrer: Referrer) -> dict[str, Sentence]:
    """Return the sentence beside the wrong field."""
    field = error.where if error.where in WRONG else "name"
    if field == "approver" and has_no_company(referrer):
        return {field: _NO_COMPANY}
    return {field: WRONG[field]}


# --- the portal -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shared:
    """One way of sharing.

    text: ready to copy; address: opens it, or empty.
    """

    way: Way
    text: str
    address: str


def portal_page(
    portal: Portal,
    *,
    locale: str,
    today: date,
    public_url: str,
    mark: str,
    notice: str,
    more: str | None,
    typed: Typed = NOTHING_TYPED,
) -> str:
    """Render the portal. more: the cursor of the next page of introductions, or None."""
    program, referrer = portal.program, portal.referrer
    url = "" if portal.link is None else f"{public_url}/r/{portal.link.code}"
    ways = WAYS_INSIDE if portal.internal_only else WAYS
    ready = (
        [
            share_text(program, referrer, url, way, internal_only=portal.internal_only)
            for way in ways
        ]
        if url
        else []
    )
    needs = program.needs_sign_off(referrer.segment)
    return render_page(
        "portal",
        locale=locale,
        brand=program.brand,
        today=today,
        portal=portal,
        program=program,
        referrer=referrer,
        offer=offer_without_credit(program)
        if referrer.earns == "no"
        else offer(program, portal.currency),
        url=url,
        qr=qr_image(url) if url else "",
        shared=[shared(each, url, locale, today) for each in ready],
        needs_sign_off=needs,
        shown=shown_now(program, referrer),
        tabs=_programs(portal, locale),
        forms=portal_forms(portal, typed, mark, locale),
        introductions=_introductions(portal, more, locale),
        posted=_posted(portal),
        notice=NOTICES.get(notice),
        mark=mark,
        typed=typed,
    )


def _programs(portal: Portal, locale: str) -> tuple[Tab, ...]:
    """Return the programs of a referrer who shares for several."""
    if len(portal.programs) < 2:
        return ()
    return tuple(
        Tab(
            "/portal?" + urlencode({"program": each.program}),
            each.localized("name").in_locale(locale),
            current=each.program == portal.program.program,
        )
        for each in sorted(portal.programs, key=lambda each: each.program)
    )


def _introductions(portal: Portal, more: str | None, locale: str) -> Table[Line]:
    """List the referrer's introductions; with the program only for a referrer of several."""
    program: Column[Line] = Column(
        "program",
        page_labels.PROGRAM,
        lambda line: line.program.localized("name").in_locale(locale),
    )
    columns: tuple[Column[Line], ...] = (
        Column("who", page_labels.WHO, lambda line: line.who),
        Column("made", page_labels.INTRODUCED_ON, lambda line: line.made_on, "date"),
        Column("status", page_labels.STATUS, lambda line: line.sentences),
        Column("until", page_labels.OPEN_UNTIL, lambda line: line.open_until, "date"),
    )
    return Table(
        page_labels.YOUR_INTRODUCTIONS,
        (*columns, program) if len(portal.programs) > 1 else columns,
        portal.lines.items,
        _no_introductions(portal, more),
        pages=Pages(
            "/portal?" + urlencode({"program": portal.program.program}),
            "introductions",
            more,
            portal.earlier,
            page_labels.EARLIER_INTRODUCTIONS,
        ),
    )


def _no_introductions(portal: Portal, more: str | None) -> Empty:
    if more is not None:
        return Empty(page_labels.NO_RECENT_INTRODUCTIONS, page_labels.MAYBE_EARLIER_ONES)
    if portal.earlier:
        return Empty(page_labels.NO_EARLIER_INTRODUCTIONS)
    share = Action(page_labels.SHARE_YOUR_LINK, "#share", "quiet")
    shares = portal.link is not None and portal.closed is None
    return Empty(
        page_labels.NO_INTRODUCTIONS_YET,
        page_labels.INTRODUCTIONS_APPEAR_HERE,
        share if shares else None,
    )


def _posted(portal: Portal) -> Table[tuple[Credit, date | None]]:
    """List the credits that are expected on an invoice."""
    return Table(
        page_labels.FOR_NEXT_INVOICE,
        (
            Column("amount", page_labels.AMOUNT, lambda row: row[0].amount, "amount"),
            Column("invoice", page_labels.COMES_OFF, lambda row: _expected(row[1])),
        ),
        portal.posted,
    )


def _expected(invoice: date | None) -> Sentence:
    if invoice is None:
        return page_labels.NEXT_INVOICE
    return page_labels.expected_invoice(invoice)


def no_program_page(*, locale: str, today: date) -> str:
    """Show a referrer without a program that there is nothing to share yet."""
    sentences = (
        page_labels.IN_NO_PROGRAM,
        page_labels.FIRST_LINK_FROM_INVITER,
    )
    return render_page(
        "message",
        locale=locale,
        brand=NEUTRAL,
        today=today,
        heading=page_labels.NOTHING_TO_SHARE_YET,
        sentences=sentences,
        link=None,
    )


def shared(ready: ShareText, url: str, locale: str, today: date) -> Shared:
    """Render a ready-made text, with the address that opens it in its channel."""
    paragraphs = [
        " ".join(render_sentence(each, locale, today) for each in every)
        for every in ready.paragraphs
    ]
    text = "\n\n".join(paragraphs)
    subject = "" if ready.subject is None else render_sentence(ready.subject, locale, today)
    return Shared(ready.way, text, _address(ready.way, subject, text, url))


def _address(way: Way, subject: str, text: str, url: str) -> str:
    if way == "mail":
        # https://www.rfc-editor.org/rfc/rfc6068: lines of a body end in %0D%0A.
        body = quote(text.replace("\n", "\r\n"), safe="")
        return f"mailto:?subject={quote(subject, safe='')}&body={body}"
    if way == "whatsapp":
        return f"https://wa.me/?text={quote(text, safe='')}"
    if way == "text":
        return f"sms:?&body={quote(text, safe='')}"
    return f"https://www.linkedin.com/sharing/share-offsite/?url={quote(url, safe='')}"


# --- the statement --------------------------------------------------------------------------------


def statement_page(
    statement: AccountStatement,
    *,
    locale: str,
    today: date,
    pages: Pages,
) -> str:
    """Render an account's statement, to read and to print."""
    programs = {line.program.program for line in statement.lines.items}
    name: Column[CreditLine] = Column(
        "program",
        page_labels.PROGRAM,
        lambda line: line.program.localized("name").in_locale(locale),
    )
    columns: tuple[Column[CreditLine], ...] = (
        Column("for", page_labels.FOR, lambda line: _once(line).in_locale(locale)),
        Column("earned", page_labels.EARNED, _earned_on, "date"),
        Column("amount", page_labels.AMOUNT, lambda line: line.credit.amount, "amount"),
        Column("posted", page_labels.POSTED, _posted_on, "date"),
        Column("status", page_labels.STATUS, lambda line: line.sentence),
    )
    return render_page(
        "statement",
        locale=locale,
        brand=statement.program.brand,
        today=today,
        account=statement.referrer.account,
        sums=statement.sums,
        credits=Table(
            page_labels.CREDITS_NEWEST_FIRST,
            (*columns, name) if len(programs) > 1 else columns,
            statement.lines.items,
            Empty(page_labels.NO_CREDITS_YET, page_labels.CREDITS_APPEAR_HERE),
            pages=pages,
            full_days=True,
        ),
    )


def _once(line: CreditLine) -> LocalizedText:
    return line.program.condition_for(line.program.milestone(line.credit.milestone))


def _earned_on(line: CreditLine) -> date:
    return line.program.day(line.credit.earned_at)


def _posted_on(line: CreditLine) -> date | None:
    posted_at = line.credit.posted_at
    return None if posted_at is None else line.program.day(posted_at)


def statement_csv(statement: AccountStatement, *, locale: str, today: date) -> str:
    """Write an account's statement as CSV; amounts have a decimal point, days are ISO 8601."""
    from goodword.pages.csv import csv_text

    _ = translate(locale)
    columns = (
        _(page_labels.EARNED.text),
        _(page_labels.PROGRAM.text),
        _(page_labels.FOR.text),
        _(page_labels.AMOUNT.text),
        _(page_labels.CURRENCY.text),
        _(page_labels.STATUS.text),
        _(page_labels.POSTED.text),
        _(page_labels.USED.text),
        _(page_labels.INVOICE.text),
        _(page_labels.EXPECTED.text),
        _(page_labels.DESCRIPTION.text),
    )
    return csv_text(columns, [_row(line, locale, today) for line in statement.lines.items])


def _row(line: CreditLine, locale: str, today: date) -> tuple[object, ...]:
    credit, program = line.credit, line.program
    return (
        _earned_on(line).isoformat(),
        program.localized("name").in_locale(locale),
        _once(line).in_locale(locale),
        decimal_of(credit.amount),
        credit.amount.currency,
        render_sentence(STATUS[credit.status], locale, today),
        "" if (posted_on := _posted_on(line)) is None else posted_on.isoformat(),
        decimal_of(credit.applied),
        credit.applied_on,
        "" if line.invoice is None else line.invoice.isoformat(),
        render_sentence(line.sentence, locale, today),
    )


def decimal_of(amount: Money) -> Decimal:
    """Return an amount as a number in its currency's main unit, with all decimals."""
    return Decimal(amount.minor).scaleb(-exponent(amount.currency))
