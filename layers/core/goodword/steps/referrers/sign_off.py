"""Sign off: an approver says once what may be shown of a referrer.

Whether their account may earn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, cast

from goodword.domain.access.keyring import Keyring
from goodword.domain.access.token import Token, expired, used_before
from goodword.domain.contact import keyed_hash
from goodword.domain.errors import BadInput
from goodword.domain.links.link import Link, leads_to, link_of
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referrers.referrer import Referrer, Shown
from goodword.domain.referrers.sign_off import (
    Answer,
    SignOffWish,
    declined,
    may_ask_to_earn,
    signed_off,
    story_seen,
)
from goodword.ports.services import Clock, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Update, Write
from goodword.steps.access.spend_token import look_at_token, spend_token
from goodword.steps.repeat import repeat

# What stays of a question that was answered: no address, and what was asked no more.
_STAYS: Final = ("program",)


@dataclass(frozen=True)
class SignOffDeps:
    """What signing off needs of the outside. address_key, public_url.

    Of the links that are made.
    """

    stores: Stores
    now: Clock
    new_id: NewId
    identity_key: str
    session_keys: Keyring
    address_key: str
    public_url: str


@dataclass(frozen=True, slots=True)
class Question:
    """What an approver is asked."""

    token: Token
    referrer: Referrer
    program: Program
    asked: SignOffWish


def look_at_question(text: str, *, deps: SignOffDeps) -> Question:
    """Return what a link asks, and change nothing.

    Raises Forged, or Gone: it was answered, its time is up, or the referrer has asked again since.
    """
    token = look_at_token(
        text, "sign_off", keys=deps.session_keys, stores=deps.stores, now=deps.now
    )
    if token.used_at is not None:
        raise used_before()
    referrer = deps.stores.referrers.get(token.subject)
    if (
        referrer is None
        or referrer.erased_at is not None
        or referrer.asked != token.token
        or not token.data
    ):
        raise expired()
    program = deps.stores.programs.latest(token.data["program"])
    if program is None:
        raise LookupError(f"token {token.token} lost its program")
    wish = SignOffWish(
        cast(Shown, token.data["shown"]),
        # The company may have ruled credits out since it was asked.
        cast(Answer, token.data["earns"]) if may_ask_to_earn(referrer) else "no",
        token.data["story"] == "yes" and bool(referrer.story),
    )
    return Question(token, referrer, program, wish)


def sign_off(text: str, allowed: SignOffWish, seen: str, *, deps: SignOffDeps) -> Referrer:
    """Keep what the approver allows, use the link, and give the referrer links that lead outside.

    allowed: cut down to what was asked. seen: which story the approver read, from story_seen; a
    story that changed since raises BadInput. Who said so is kept as a keyed hash of their address,
    with the time.
    """

    def attempt() -> Referrer:
        question = look_at_question(text, deps=deps)
        wish = allowed.at_most(question.asked)
        if wish.story and seen != story_seen(question.referrer.story):
            raise BadInput(
                "the story was changed since you opened this page",
                where="story",
                remedy="Read it once more, then decide.",
            )
        after = signed_off(question.referrer, wish, _by(question, deps), deps.now())
        links = deps.stores.links.list_by_referrer(after.referrer)
        deps.stores.commit(
            [Update(after), _used(question, deps), *_public_links(after, links, deps)]
        )
        return after

    return repeat(attempt)


def decline(text: str, *, deps: SignOffDeps) -> Referrer:
    """Keep that the approver said no, and use the link; what was signed off before stays."""

    def attempt() -> Referrer:
        question = look_at_question(text, deps=deps)
        after = declined(question.referrer, _by(question, deps), deps.now())
        deps.stores.commit([Update(after), _used(question, deps)])
        return after

    return repeat(attempt)


def _by(question: Question, deps: SignOffDeps) -> str:
    return keyed_hash(deps.identity_key, question.token.data["email"])


def _used(question: Question, deps: SignOffDeps) -> Write:
    kept = {name: value for name, value in question.token.data.items() if name in _STAYS}
    return spend_token(replace(question.token, data=kept), now=deps.now)


def _public_links(referrer: Referrer, links: Iterable[Link], deps: SignOffDeps) -> list[Write]:
    """Make a link for outside in each program in which the referrer has one for inside alone."""
    stored = list(links)
    outside = {link.program for link in stored if not link.internal_only and not link.paused}
    made: list[Write] = []
    for name in dict.fromkeys(link.program for link in stored if link.internal_only):
        program = deps.stores.programs.latest(name)
        if name in outside or program is None:
            continue
        made.append(Insert(_link(referrer, program, deps)))
    return made


def _link(referrer: Referrer, program: Program, deps: SignOffDeps) -> Link:
    """Make a link to the program's own page, or to the landing page where it has none."""
    code = deps.new_id.code()
    return link_of(
        referrer,
        program,
        code,
        target=leads_to(program, code, deps.public_url),
        token_key=deps.new_id.secret(),
        address_key=deps.address_key,
        at=deps.now(),
    )
