"""Change a referrer's data.

The company changes their data and whether they may earn; the referrer changes their language, what
is shown of them, and their story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

from goodword.domain.errors import BadInput, Forbidden
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referrals.search_term import search_terms_of_referrer
from goodword.domain.referrers.referrer import Earns, Referrer, Shown
from goodword.domain.referrers.sign_off import earning, less_of, waits_for_sign_off
from goodword.domain.referrers.story import read_story, with_story
from goodword.ports.services import Clock
from goodword.ports.stores import Stores
from goodword.ports.writes import Put, Remove, Update, Write
from goodword.steps.referrers.find_referrer import recommending_referrer
from goodword.steps.repeat import repeat


@dataclass(frozen=True, slots=True)
class ReferrerChange:
    """The new values of a referrer.

    None leaves a field unchanged. Fields as those of Referrer.
    """

    name: str | None = None
    company: str | None = None
    segment: str | None = None
    crm_id: str | None = None
    rep: str | None = None
    group: str | None = None
    nps: int | None = None
    products: tuple[str, ...] | None = None
    earns: Earns | None = None


def update_referrer(
    referrer_id: str,
    change: ReferrerChange,
    *,
    by: str,
    identity_key: str,
    stores: Stores,
    now: Clock,
) -> Referrer:
    """Store the company's data of a referrer, with key and time; a repeat changes nothing.

    The referrer's search terms change in the same transaction. by: the key. identity_key: the key
    for hashes of e-mails. Raises NotFound, or Conflict if earns is set and their approver declined.
    """
    said = {each.name: getattr(change, each.name) for each in fields(change)}
    said = {name: value for name, value in said.items() if value is not None and name != "earns"}

    def attempt() -> Referrer:
        stored = recommending_referrer(referrer_id, stores=stores)
        after = replace(stored, **said)
        if change.earns is not None:
            after = earning(after, change.earns)
        if after == stored:
            return stored
        after = replace(after, changed_at=now(), changed_by=by, revision=stored.revision + 1)
        stores.commit([Update(after), *_search_terms(stored, after, identity_key)])
        return after

    return repeat(attempt)


def _search_terms(stored: Referrer, after: Referrer, identity_key: str) -> list[Write]:
    """Return the writes that replace the referrer's search terms by those of the new data."""
    before = {
        (part.start, part.place): part for part in search_terms_of_referrer(stored, identity_key)
    }
    now = {(part.start, part.place): part for part in search_terms_of_referrer(after, identity_key)}
    gone = [Remove(part) for key, part in before.items() if key not in now]
    return [*gone, *(Put(part) for key, part in now.items() if before.get(key) != part)]


def change_locale(referrer_id: str, locale: str, *, stores: Stores) -> Referrer:
    """Store the language of a referrer's pages and mails."""
    return _change(
        referrer_id,
        lambda stored: replace(stored, locale=locale, revision=stored.revision + 1),
        stores,
    )


def change_shown(referrer_id: str, shown: Shown, program: Program, *, stores: Stores) -> Referrer:
    """Store what a landing page may show of a referrer; raise Forbidden above the sign-off."""

    def change(stored: Referrer) -> Referrer:
        signed = program.needs_sign_off(stored.segment)
        if waits_for_sign_off(program, stored) or (
            signed and less_of(shown, stored.signed_shown) != shown
        ):
            raise Forbidden(
                "this shows more than was signed off",
                where="shown",
                remedy="Ask your approver for a new sign-off in the portal.",
            )
        return replace(stored, shown=shown, revision=stored.revision + 1)

    return _change(referrer_id, change, stores)


def change_story(
    referrer_id: str, text: str, program: Program, *, publish: bool, stores: Stores
) -> Referrer:
    """Store a referrer's story; raise BadInput if it is too long or the program takes none."""
    if not program.stories:
        raise BadInput("this program accepts no stories", where="story", remedy="Omit the story.")
    story = read_story(text)

    def change(stored: Referrer) -> Referrer:
        freely = not program.needs_sign_off(stored.segment)
        return with_story(stored, story, publish=publish, freely=freely)

    return _change(referrer_id, change, stores)


def _change(referrer_id: str, change: Callable[[Referrer], Referrer], stores: Stores) -> Referrer:
    def attempt() -> Referrer:
        stored = recommending_referrer(referrer_id, stores=stores)
        after = change(stored)
        if replace(after, revision=stored.revision) == stored:
            return stored
        stores.commit([Update(after)])
        return after

    return repeat(attempt)
