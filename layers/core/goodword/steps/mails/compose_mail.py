"""Compose a mail: its recipient and its text, from the records at the time of sending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import date

from goodword.domain.access.keyring import read_keyring
from goodword.domain.access.token import Token
from goodword.domain.errors import MissingRecord
from goodword.domain.identity import mailbox_identity, recipient_id
from goodword.domain.mails.mail import STALE, Letter, Mail, subjects_of
from goodword.domain.programs.brand import Brand
from goodword.domain.programs.program import Program
from goodword.domain.reason import Reason
from goodword.domain.record import dataclass
from goodword.domain.referrers.referrer import Referrer
from goodword.messages.notice import NoticeItem, notice_item, offers_of
from goodword.messages.sentence import Sentence
from goodword.ports.services import Clock, NewId, Secrets, WriteLetter
from goodword.ports.stores import Stores
from goodword.ports.writes import Write
from goodword.steps.access.spend_token import mint_token, token_text
from goodword.steps.mails.unsubscribe import mailbox_of, unsubscribe_text, why_no_mail
from goodword.steps.referrers.find_reader import program_of

# The sender's name if the recipient's program is unknown.
NO_PROGRAM = Brand("Goodword")


@dataclass(frozen=True)
class ComposeMailDeps:
    """The dependencies of composing.

    public_url: without a slash at its end.
    """

    stores: Stores
    letters: WriteLetter
    now: Clock
    new_id: NewId
    secrets: Secrets
    public_url: str

    def session_key(self) -> str:
        """Return the key that signs the links of mails."""
        return read_keyring(self.secrets.get("keys/sessions")).signs

    def mailbox(self, email: str) -> str:
        """Return the keyed hash of an address."""
        return mailbox_of(self.secrets.get("keys/identities"), email)


@dataclass(frozen=True, slots=True)
class ComposedMail:
    """A letter with the writes that go with its claim, or the reason to send none."""

    letter: Letter | None = None
    why: Reason | None = None
    writes: list[Write] = field(default_factory=list)


def compose_mail(mails: Sequence[Mail], *, deps: ComposeMailDeps) -> ComposedMail:
    """Compose one letter from these mails of one recipient; only notices come in several."""
    first = mails[0]
    if first.kind == "notice":
        return _notices(mails, deps)
    if first.kind == "sign_in":
        return _sign_in(first, deps)
    if first.kind == "staff_sign_in":
        return _staff_sign_in(first, deps)
    token = deps.stores.tokens.get(recipient_id(first.recipient))
    if (
        token is None
        or not token.data
        or token.used_at is not None
        or token.expires_at <= deps.now()
    ):
        return ComposedMail(why=Reason("link_used_or_expired"))
    return _invitation(token, deps) if first.kind == "invitation" else _sign_off(token, deps)


# --- notices --------------------------------------------------------------------------------------


def _notices(mails: Sequence[Mail], deps: ComposeMailDeps) -> ComposedMail:
    referrer = deps.stores.referrers.get(mails[0].recipient)
    if referrer is None or referrer.erased_at is not None:
        return ComposedMail(why=Reason("recipient_not_enrolled"))
    why = referrer.mail_off or why_no_mail(deps.mailbox(referrer.email), stores=deps.stores)
    if why:
        return ComposedMail(why=Reason(why))
    fresh = [each for each in mails if deps.now() - each.created_at <= STALE]
    items = [
        item
        for referral, credits in subjects_of(fresh).items()
        if (item := _item(referral, credits, referrer, deps)) is not None
    ]
    if not items:
        return ComposedMail(why=Reason("nothing_to_say" if fresh else "notice_too_old"))
    programs = {item.program: deps.stores.programs.latest(item.program) for item in items}
    brand = next((each.brand for each in programs.values() if each is not None), NO_PROGRAM)
    mailbox = deps.mailbox(referrer.email)
    return ComposedMail(
        _letter(
            "notice",
            referrer.email,
            referrer.locale,
            brand,
            deps,
            unsubscribe=mailbox,
            name=referrer.name,
            items=items,
            portal=f"{deps.public_url}/portal?program={items[0].program}",
        )
    )


def _item(
    referral_id: str, credits: Sequence[str], referrer: Referrer, deps: ComposeMailDeps
) -> NoticeItem | None:
    """Read a referral's present state and return the notice for the referrer."""
    stores = deps.stores
    referral = stores.referrals.get(referral_id)
    if referral is None or referral.erased_at is not None:
        return None
    terms = stores.programs.get(referral.program, referral.version)
    if terms is None:
        raise MissingRecord("program version", f"{referral.program} {referral.version}")
    account = stores.accounts.get(referral.account)
    stored = [credit for name in credits if (credit := stores.credits.get(name)) is not None]
    return notice_item(terms, referral, stored, account, deps.now(), earns=referrer.earns)


# --- to sign in -----------------------------------------------------------------------------------


def _sign_in(mail: Mail, deps: ComposeMailDeps) -> ComposedMail:
    """Compose a sign-in mail to the mailbox's owner; an unknown mailbox gets none."""
    mailbox = recipient_id(mail.recipient)
    owner = deps.stores.identities.get(mailbox_identity(mailbox))
    referrer = None if owner is None else deps.stores.referrers.get(owner.owner)
    if referrer is None or referrer.erased_at is not None:
        return ComposedMail(why=Reason("address_unknown"))
    if referrer.mail_off in ("bounced", "complained"):
        return ComposedMail(why=Reason(referrer.mail_off))
    token, kept = mint_token("sign_in", referrer.referrer, {}, now=deps.now, new_id=deps.new_id)
    brand = _brand_of(referrer, deps)
    letter = _letter(
        "sign_in",
        referrer.email,
        referrer.locale,
        brand,
        deps,
        name=referrer.name,
        link=_link("enter", token, deps),
        minutes=_minutes(token),
    )
    return ComposedMail(letter, writes=[kept])


def _staff_sign_in(mail: Mail, deps: ComposeMailDeps) -> ComposedMail:
    staff = deps.stores.staff.get(recipient_id(mail.recipient))
    if staff is None or staff.revoked:
        return ComposedMail(why=Reason("address_unknown"))
    result = {"locale": mail.locale} if mail.locale else {}
    token, kept = mint_token(
        "staff_sign_in", staff.person, result, now=deps.now, new_id=deps.new_id
    )
    link = _link("enter", token, deps)
    letter = _letter(
        "staff_sign_in",
        staff.email,
        mail.locale or "en",
        NO_PROGRAM,
        deps,
        link=link,
        minutes=_minutes(token),
    )
    return ComposedMail(letter, writes=[kept])


def _minutes(token: Token) -> int:
    return int((token.expires_at - token.created_at).total_seconds() // 60)


# --- one-time links ------------------------------------------------------------------------------


def _invitation(token: Token, deps: ComposeMailDeps) -> ComposedMail:
    result = token.data
    program = deps.stores.programs.latest(result["program"])
    if program is None:
        raise MissingRecord("program", result["program"])
    mailbox = deps.mailbox(result["email"])
    why = why_no_mail(mailbox, stores=deps.stores) or _referrers_no(token.subject, deps)
    if why:
        return ComposedMail(why=Reason(why))
    return ComposedMail(
        _letter(
            "invitation",
            result["email"],
            result.get("locale", program.locales[0]),
            program.brand,
            deps,
            unsubscribe=mailbox,
            name=result["name"],
            program=program.localized("name"),
            offers=offers_of(program, result.get("currency", "")),
            prospect_gets=program.localized("prospect_gets"),
            link=_link("i", token, deps),
            until=_day(program, token),
        )
    )


def _referrers_no(referrer_id: str, deps: ComposeMailDeps) -> str:
    referrer = deps.stores.referrers.get(referrer_id)
    return "" if referrer is None else referrer.mail_off


def _sign_off(token: Token, deps: ComposeMailDeps) -> ComposedMail:
    """Ask the approver; the token's data has their address (email) and the program."""
    referrer = deps.stores.referrers.get(token.subject)
    program = deps.stores.programs.latest(token.data["program"])
    if referrer is None or referrer.erased_at is not None or program is None:
        return ComposedMail(why=Reason("sign_off_not_needed"))
    mailbox = deps.mailbox(token.data["email"])
    why = why_no_mail(mailbox, stores=deps.stores)
    if why:
        return ComposedMail(why=Reason(why))
    return ComposedMail(
        _letter(
            "sign_off",
            token.data["email"],
            referrer.locale,
            program.brand,
            deps,
            unsubscribe=mailbox,
            name=referrer.name,
            company=referrer.company,
            program=program.localized("name"),
            offers=_offers_to_approver(program, referrer, token, deps),
            link=_link("sign-off", token, deps),
            until=_day(program, token),
        )
    )


def _offers_to_approver(
    program: Program, referrer: Referrer, token: Token, deps: ComposeMailDeps
) -> tuple[Sentence, ...]:
    """Return what the account would earn, in its currency; empty if no credits are requested."""
    if token.data.get("earns") == "no":
        return ()
    account = deps.stores.accounts.get(referrer.account)
    return offers_of(program, "" if account is None else account.currency)


def _day(program: Program, token: Token) -> date:
    return program.day(token.expires_at)


# --- all mails -----------------------------------------------------------------------------------


def _link(path: str, token: Token, deps: ComposeMailDeps) -> str:
    return f"{deps.public_url}/{path}/{token_text(token, deps.session_key())}"


def _brand_of(referrer: Referrer, deps: ComposeMailDeps) -> Brand:
    program = program_of(referrer, stores=deps.stores)
    return NO_PROGRAM if program is None else program.brand


def _letter(
    template: str,
    to: str,
    locale: str,
    brand: Brand,
    deps: ComposeMailDeps,
    *,
    unsubscribe: str = "",
    **values: object,
) -> Letter:
    """Render a letter.

    unsubscribe: the mailbox that one click takes off the list, if there is one.
    """
    stop = ""
    if unsubscribe:
        text = unsubscribe_text(unsubscribe, key=deps.session_key(), now=deps.now)
        stop = f"{deps.public_url}/unsubscribe/{text}"
    written = deps.letters(
        template, locale=locale, brand=brand, today=deps.now().date(), unsubscribe=stop, **values
    )
    return Letter(to, brand.name, written.subject, written.html, written.text, stop)
