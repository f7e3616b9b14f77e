"""Change what a customer may say of themselves: their language, what is shown of them, their story."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from goodword.domain.customer import Customer, Shown
from goodword.domain.errors import BadInput, Forbidden
from goodword.domain.program import Program
from goodword.domain.sign_off import less_of, waits_for_sign_off
from goodword.domain.story import read_story, with_story
from goodword.ports import Stores, Update
from goodword.steps.enrol_customer import recommending_customer
from goodword.steps.repeat import repeat


def change_locale(customer_id: str, locale: str, *, stores: Stores) -> Customer:
    """Keep the language of a customer's pages and mails."""
    return _change(customer_id, lambda held: replace(held, locale=locale, revision=held.revision + 1), stores)


def change_shown(customer_id: str, shown: Shown, program: Program, *, stores: Stores) -> Customer:
    """Keep what a landing page may show of a customer; raise Forbidden for more than was signed off."""

    def change(held: Customer) -> Customer:
        signed = program.needs_sign_off(held.segment)
        if waits_for_sign_off(program, held) or (signed and less_of(shown, held.signed_shown) != shown):
            raise Forbidden("more is shown than was signed off", where="shown", remedy="Ask your approver.")
        return replace(held, shown=shown, revision=held.revision + 1)

    return _change(customer_id, change, stores)


def change_story(customer_id: str, text: str, program: Program, *, publish: bool, stores: Stores) -> Customer:
    """Keep a customer's story; raise BadInput where it does not fit, or the program wants none."""
    if not program.stories:
        raise BadInput("this program takes no stories", where="story", remedy="Leave it out.")
    story = read_story(text)

    def change(held: Customer) -> Customer:
        freely = not program.needs_sign_off(held.segment)
        return with_story(held, story, publish=publish, freely=freely)

    return _change(customer_id, change, stores)


def _change(customer_id: str, change: Callable[[Customer], Customer], stores: Stores) -> Customer:
    def attempt() -> Customer:
        held = recommending_customer(customer_id, stores=stores)
        after = change(held)
        if replace(after, revision=held.revision) == held:
            return held
        stores.commit([Update(after)])
        return after

    return repeat(attempt)
