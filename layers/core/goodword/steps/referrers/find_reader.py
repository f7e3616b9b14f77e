"""Find the reader of a page that is shown before sign-in, or instead of the requested page."""

from __future__ import annotations

from goodword.domain.access.token import Token
from goodword.domain.identity import invitation_identity, mailbox_identity
from goodword.domain.programs.program import Program
from goodword.domain.programs.reader import Reader
from goodword.domain.referrers.referrer import OWN_ID, Referrer
from goodword.ports.stores import Stores


def program_of(referrer: Referrer, *, stores: Stores) -> Program | None:
    """Return the program of the terms accepted last, or else that of the referrer's first link."""
    names = [each.partition("@")[0] for each in reversed(referrer.terms)]
    if not names:
        names = [link.program for link in stores.links.list_by_referrer(referrer.referrer)]
    return stores.programs.latest(names[0]) if names else None


def reader_of_referrer(referrer_id: str, *, stores: Stores) -> Reader:
    """Return the known data of a referrer; empty for one who was erased."""
    referrer = stores.referrers.get(referrer_id)
    if referrer is None or referrer.erased_at is not None:
        return Reader()
    program = program_of(referrer, stores=stores)
    if program is None:
        return Reader(locale=referrer.locale)
    return Reader(program.brand, referrer.locale, program.program)


def reader_of_mailbox(mailbox: str, *, stores: Stores) -> Reader:
    """Return the known data of a mailbox: of its referrer, or of its last invitation."""
    owner = stores.identities.get(mailbox_identity(mailbox))
    if owner is not None:
        return reader_of_referrer(owner.owner, stores=stores)
    invitation = stores.identities.get(invitation_identity(mailbox))
    return reader_of_token(
        None if invitation is None else stores.tokens.get(invitation.owner), stores=stores
    )


def reader_of_token(token: Token | None, *, stores: Stores) -> Reader:
    """Return the known data of a link, used or not: its program, or that of its referrer."""
    if token is None:
        return Reader()
    if "program" not in token.data:
        return reader_of_referrer(token.subject, stores=stores)
    result = reader_of_program(token.data["program"], stores=stores)
    return Reader(result.brand, token.data.get("locale", ""), result.program)


def reader_of_program(name: str, *, stores: Stores) -> Reader:
    """Return the brand of a program in an address; empty for an unknown one."""
    program = stores.programs.latest(name) if OWN_ID.fullmatch(name) else None
    return Reader() if program is None else Reader(program.brand, "", program.program)
