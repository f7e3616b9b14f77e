"""Record an approver's one answer: what may be shown of a referrer, and whether they may earn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, cast

from goodword.domain.access.keyring import Keyring
from goodword.domain.access.token import Token, expired, used_before
from goodword.domain.contact import keyed_hash
from goodword.domain.errors import BadInput, MissingRecord
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

# The remaining data of an answered question: no address, and no request.
_STAYS: Final = ("program",)


@dataclass(frozen=True)
class SignOffDeps:
    """The dependencies of signing off.

    address_key, public_url: of the links that are made.
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
    """The question to an approver."""

    token: Token
    referrer: Referrer
    program: Program
    asked: SignOffWish


def look_at_question(text: str, *, deps: SignOffDeps) -> Question:
    """Return the question of a link, and change nothing.

    Raises Forged, or Gone: it was answered, has expired, or was replaced by a newer question.
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
        raise MissingRecord("program", token.data["program"])
    wish = SignOffWish(
        cast(Shown, token.data["shown"]),
        # The company may have ruled credits out since the question.
        cast(Answer, token.data["earns"]) if may_ask_to_earn(referrer) else "no",
        token.data["story"] == "yes" and bool(referrer.story),
    )
    return Question(token, referrer, program, wish)


def sign_off(text: str, allowed: SignOffWish, seen: str, *, deps: SignOffDeps) -> Referrer:
    """Store the approver's answer, use the link, and give the referrer external links.

    allowed: limited to the request. seen: the story that the approver read, from story_seen; a
    story that changed since raises BadInput. The approver is stored as a keyed hash of their
    address, with the time.
    """

    def attempt() -> Referrer:
        question = look_at_question(text, deps=deps)
        wish = allowed.at_most(question.asked)
        if wish.story and seen != story_seen(question.referrer.story):
            raise BadInput(
                "the story was changed since you opened this page",
                where="story",
                remedy="Load the page again, read the story, then decide.",
            )
        after = signed_off(question.referrer, wish, _by(question, deps), deps.now())
        links = deps.stores.links.list_by_referrer(after.referrer)
        deps.stores.commit(
            [Update(after), _used(question, deps), *_public_links(after, links, deps)]
        )
        return after

    return repeat(attempt)


def decline(text: str, *, deps: SignOffDeps) -> Referrer:
    """Store that the approver declined, and use the link; an earlier sign-off stays."""

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
    """Make an external link in each program in which the referrer has only an internal one."""
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
    """Make a link to the program's own page, or to the landing page without one."""
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
