"""Write a mail: whom it goes to and what it says, from how things stand at the moment it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import date

from goodword.domain.access.keyring import read_keyring
from goodword.domain.access.token import Token
from goodword.domain.mails.mail import STALE, Letter, Mail, subjects_of
from goodword.domain.programs.brand import Brand
from goodword.domain.programs.program import Program
from goodword.domain.reason import Reason
from goodword.domain.record import dataclass
from goodword.domain.referrers.referrer import Referrer
from goodword.messages.news import NewsItem, news_item, offers_of
from goodword.messages.sentence import Sentence
from goodword.ports import Clock, NewId, Secrets, Stores, Write, WriteLetter
from goodword.steps.access.spend_token import mint_token, token_text
from goodword.steps.mails.unsubscribe import mailbox_of, unsubscribe_text, why_no_mail
from goodword.steps.referrers.find_reader import program_of

# How a mail is signed where no program is known of whom it goes to.
NO_PROGRAM = Brand("Goodword")


@dataclass(frozen=True)
class Writing:
    """What writing needs of the outside. public_url: without a slash at its end."""

    stores: Stores
    letters: WriteLetter
    now: Clock
    new_id: NewId
    secrets: Secrets
    public_url: str

    def session_key(self) -> str:
        """Return the key that signs the links of mails."""
        return read_keyring(self.secrets.get("house/sessions")).signs

    def mailbox(self, email: str) -> str:
        """Return the keyed hash of an address."""
        return mailbox_of(self.secrets.get("house/identities"), email)


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter with the writes that go with its claim, or why nobody is to be written to."""

    letter: Letter | None = None
    why: Reason | None = None
    writes: list[Write] = field(default_factory=list)


def compose_mail(mails: Sequence[Mail], *, house: Writing) -> Draft:
    """Write one letter of these mails of one recipient; only news comes in several."""
    first = mails[0]
    if first.kind == "news":
        return _news(mails, house)
    if first.kind == "sign_in":
        return _sign_in(first, house)
    if first.kind == "staff_sign_in":
        return _staff_sign_in(first, house)
    token = house.stores.tokens.get(first.recipient.removeprefix("token#"))
    if token is None or not token.data or token.used_at is not None or token.expires_at <= house.now():
        return Draft(why=Reason("link_used_or_expired"))
    return _invitation(token, house) if first.kind == "invitation" else _sign_off(token, house)


# --- news ------------------------------------------------------------------------------------------------


def _news(mails: Sequence[Mail], house: Writing) -> Draft:
    referrer = house.stores.referrers.get(mails[0].recipient)
    if referrer is None or referrer.erased_at is not None:
        return Draft(why=Reason("recipient_not_enrolled"))
    why = referrer.mail_off or why_no_mail(house.mailbox(referrer.email), stores=house.stores)
    if why:
        return Draft(why=Reason(why))
    fresh = [each for each in mails if house.now() - each.made_at <= STALE]
    items = [
        item
        for referral, credits in subjects_of(fresh).items()
        if (item := _item(referral, credits, referrer, house)) is not None
    ]
    if not items:
        return Draft(why=Reason("nothing_to_say" if fresh else "news_too_old"))
    programs = {item.program: house.stores.programs.latest(item.program) for item in items}
    brand = next((each.brand for each in programs.values() if each is not None), NO_PROGRAM)
    mailbox = house.mailbox(referrer.email)
    return Draft(
        _letter(
            "news",
            referrer.email,
            referrer.locale,
            brand,
            house,
            unsubscribe=mailbox,
            name=referrer.name,
            items=items,
            portal=f"{house.public_url}/portal?program={items[0].program}",
        )
    )


def _item(referral_id: str, credits: Sequence[str], referrer: Referrer, house: Writing) -> NewsItem | None:
    """Read a referral as it stands now and say what its referrer hears of it."""
    stores = house.stores
    referral = stores.referrals.get(referral_id)
    if referral is None or referral.erased_at is not None:
        return None
    terms = stores.programs.get(referral.program, referral.version)
    if terms is None:
        raise LookupError(f"referral {referral_id} lost its program")
    account = stores.accounts.get(referral.account)
    held = [credit for name in credits if (credit := stores.credits.get(name)) is not None]
    return news_item(terms, referral, held, account, house.now(), earns=referrer.earns)


# --- to sign in ------------------------------------------------------------------------------------------


def _sign_in(mail: Mail, house: Writing) -> Draft:
    """Write to the referrer whose mailbox this is; where it is nobody's, nobody hears of it."""
    mailbox = mail.recipient.removeprefix("mailbox#")
    owner = house.stores.identities.get(f"referrer#{mailbox}")
    referrer = None if owner is None else house.stores.referrers.get(owner.owner)
    if referrer is None or referrer.erased_at is not None:
        return Draft(why=Reason("address_unknown"))
    if referrer.mail_off in ("bounced", "complained"):
        return Draft(why=Reason(referrer.mail_off))
    token, kept = mint_token("sign_in", referrer.referrer, {}, now=house.now, new_id=house.new_id)
    brand = _brand_of(referrer, house)
    letter = _letter(
        "sign_in",
        referrer.email,
        referrer.locale,
        brand,
        house,
        name=referrer.name,
        link=_link("enter", token, house),
        minutes=_minutes(token),
    )
    return Draft(letter, writes=[kept])


def _staff_sign_in(mail: Mail, house: Writing) -> Draft:
    staff = house.stores.staff.get(mail.recipient.removeprefix("staff#"))
    if staff is None or staff.revoked:
        return Draft(why=Reason("address_unknown"))
    told = {"locale": mail.locale} if mail.locale else {}
    token, kept = mint_token("staff_sign_in", staff.person, told, now=house.now, new_id=house.new_id)
    link = _link("enter", token, house)
    letter = _letter(
        "staff_sign_in",
        staff.email,
        mail.locale or "en",
        NO_PROGRAM,
        house,
        link=link,
        minutes=_minutes(token),
    )
    return Draft(letter, writes=[kept])


def _minutes(token: Token) -> int:
    return int((token.expires_at - token.made_at).total_seconds() // 60)


# --- what a one-time link stands for ---------------------------------------------------------------------


def _invitation(token: Token, house: Writing) -> Draft:
    told = token.data
    program = house.stores.programs.latest(told["program"])
    if program is None:
        raise LookupError(f"token {token.token} lost its program")
    mailbox = house.mailbox(told["email"])
    why = why_no_mail(mailbox, stores=house.stores) or _referrers_no(token.subject, house)
    if why:
        return Draft(why=Reason(why))
    return Draft(
        _letter(
            "invitation",
            told["email"],
            told.get("locale", program.locales[0]),
            program.brand,
            house,
            unsubscribe=mailbox,
            name=told["name"],
            program=program.worded("name"),
            offers=offers_of(program, told.get("currency", "")),
            prospect_gets=program.worded("prospect_gets"),
            link=_link("i", token, house),
            until=_day(program, token),
        )
    )


def _referrers_no(referrer_id: str, house: Writing) -> str:
    referrer = house.stores.referrers.get(referrer_id)
    return "" if referrer is None else referrer.mail_off


def _sign_off(token: Token, house: Writing) -> Draft:
    """Ask the approver; the token's data has their address (email) and the program."""
    referrer = house.stores.referrers.get(token.subject)
    program = house.stores.programs.latest(token.data["program"])
    if referrer is None or referrer.erased_at is not None or program is None:
        return Draft(why=Reason("sign_off_not_needed"))
    mailbox = house.mailbox(token.data["email"])
    why = why_no_mail(mailbox, stores=house.stores)
    if why:
        return Draft(why=Reason(why))
    return Draft(
        _letter(
            "sign_off",
            token.data["email"],
            referrer.locale,
            program.brand,
            house,
            unsubscribe=mailbox,
            name=referrer.name,
            company=referrer.company,
            program=program.worded("name"),
            offers=_offers_to_approver(program, referrer, token, house),
            link=_link("sign-off", token, house),
            until=_day(program, token),
        )
    )


def _offers_to_approver(
    program: Program, referrer: Referrer, token: Token, house: Writing
) -> tuple[Sentence, ...]:
    """Say what the account would get, in its currency; nothing where the referrer asks without a credit."""
    if token.data.get("earns") == "no":
        return ()
    account = house.stores.accounts.get(referrer.account)
    return offers_of(program, "" if account is None else account.currency)


def _day(program: Program, token: Token) -> date:
    return program.day(token.expires_at)


# --- all of them -----------------------------------------------------------------------------------------


def _link(path: str, token: Token, house: Writing) -> str:
    return f"{house.public_url}/{path}/{token_text(token, house.session_key())}"


def _brand_of(referrer: Referrer, house: Writing) -> Brand:
    program = program_of(referrer, stores=house.stores)
    return NO_PROGRAM if program is None else program.brand


def _letter(
    template: str,
    to: str,
    locale: str,
    brand: Brand,
    house: Writing,
    *,
    unsubscribe: str = "",
    **values: object,
) -> Letter:
    """Render a letter; unsubscribe: the mailbox that one click takes off the list, where there is one."""
    stop = ""
    if unsubscribe:
        text = unsubscribe_text(unsubscribe, key=house.session_key(), now=house.now)
        stop = f"{house.public_url}/unsubscribe/{text}"
    written = house.letters(
        template, locale=locale, brand=brand, today=house.now().date(), unsubscribe=stop, **values
    )
    return Letter(to, brand.name, written.subject, written.html, written.text, stop)
