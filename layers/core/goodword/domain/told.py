"""What timeline and reasons say, known again by its English, so that pages can say it in another language.

Both are kept as English texts, which the API, the log of decisions and the CRM's notes read as they are. Each
form below is one such text with holes; what fits none stays as it is (docs/decisions/0026-known-again.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Final

from goodword.domain.errors import BadInput
from goodword.domain.money import Money, parse_money
from goodword.domain.referrals.referral import HELD_BY_ANOTHER, WITHOUT_EARNING
from goodword.domain.sentence import Sentence, Value, Worded, words

_AMOUNT: Final = r"-?[0-9][0-9.,]* [A-Z]{3}"  # what takes a credit back is below nothing
_FORMS: Final = (
    # what happened to a referral
    words("For a person to look at: %(reasons)s."),
    words("The prospect signed up through a link."),
    words("A customer handed over the contact and attested that they may."),
    words("The sales team entered a verbal referral."),
    words("The referral came from the CRM."),
    words("The referral was imported."),
    HELD_BY_ANOTHER,
    words("A later introduction was not counted: %(reasons)s."),
    words("the same customer introduced this prospect before"),
    words("another customer introduced this prospect before"),
    words("The sale is at stage %(id)s."),
    words("The referral closed: %(reasons)s."),
    words("every milestone is decided"),
    words("The person's data was erased; what was earned stays as it is."),
    words("The program does not honour referrals any more that qualify now."),
    WITHOUT_EARNING,
    # verdicts
    words("%(name)s: not met: %(reasons)s."),
    words("%(name)s: not yet: %(reasons)s."),
    words("%(name)s: never: %(reasons)s."),
    words("%(name)s: met: %(reasons)s."),
    # a credit's way
    words("%(amount)s was earned and is capped: %(reasons)s."),
    words("%(amount)s was earned and is held: %(reasons)s."),
    words("%(amount)s was earned and is due on %(day)s."),
    words("%(amount)s is held: %(reasons)s."),
    words("%(amount)s is void: %(reasons)s."),
    words("%(amount)s is to be taken back: %(reasons)s."),
    words("%(amount)s is to be taken back."),
    words("%(amount)s is taken back after all: %(reasons)s."),
    words("%(amount)s stands after all: %(reasons)s."),
    words("%(amount)s may stand after all: %(reasons)s."),
    words("%(amount)s was taken back, and %(reasons)s: a person decides."),
    words("%(amount)s was taken back."),
    words("%(amount)s is being posted (try %(number)s)."),
    words("%(amount)s is looked for at Stripe (try %(number)s)."),
    words("%(amount)s was posted as %(id)s."),
    words("Stripe answered 500; it is looked for again in 48 hours."),
    words("Stripe shows nothing under the old key; a new one is used."),
    words("%(amount)s came back from a voided invoice."),
    words("%(amount)s came off invoice %(id)s."),
    words("%(amount)s was used."),
    # what people decide, with their own words
    words("%(amount)s was approved as %(least)s by a person: %(typed)s"),
    words("%(amount)s was approved by a person: %(typed)s"),
    words("%(amount)s was made void by a person: %(typed)s"),
    words("%(amount)s is taken back after all by a person: %(typed)s"),
    words("%(amount)s is taken back by a person: %(typed)s; it is used up, and waits for approval"),
    words("%(amount)s is taken back by a person: %(typed)s"),
    # reasons of verdicts
    words("not: %(reasons)s"),
    words("%(fields)s given"),
    words("%(field)s is missing"),
    words("segment is not known"),
    words("region is not known"),
    words("product is not known"),
    words("segment is %(value)s"),
    words("region is %(value)s"),
    words("product is %(value)s"),
    words("company size is not known"),
    words("company size is %(number)s"),
    words("stage is %(id)s, not yet %(other)s"),
    words("stage is %(id)s"),
    words("stage %(id)s reached"),
    words("stage went back to %(id)s"),
    words("the deal's value is not known"),
    words("value is %(amount)s, less than %(least)s"),
    words("value is %(amount)s"),
    words("no minimum is set for %(currency)s"),
    words("a customer already"),
    words("new to us"),
    words("met after %(number)s days"),
    words("met after the referral closed"),
    words("%(number)s days are over"),
    # reasons of credits
    words("the deal is %(id)s"),
    words("the deal was lost while this was being posted"),
    words("the deal was won again"),
    words("the deal was lost"),
    words("the program has no amount in %(currency)s"),
    words("the account reached this year's limit of %(amount)s"),
    words("the program's budget of %(amount)s is used up"),
    words("%(number)s tries brought no answer"),
    words("Stripe has no such customer any more to look at"),
    words("Stripe has no such customer (any more)"),
    words("the Stripe customer has no currency yet"),
    words("the Stripe customer is billed in %(currency)s, the credit is in %(other)s"),
    words("the customer's subscription is %(value)s"),
    words("Stripe refused it"),
    # what billing says of an answer: its status, codes that stay as they are, and the request's id
    words("Stripe answered HTTP %(codes)s, the secret key was refused, request %(id)s."),
    words("Stripe answered HTTP %(codes)s, the secret key was refused."),
    words("Stripe answered HTTP %(codes)s, request %(id)s."),
    words("Stripe answered HTTP %(codes)s."),
    words("The key was used before with other parameters."),
    words("Stripe holds several, or another amount, for this credit"),
    words("Stripe answered 500 and shows nothing; a new key may pay twice"),
    words("the customer introduced more than %(number)s prospects in a day"),
    words("more than %(number)s prospects signed up by one click"),
    words("more than %(number)s prospects signed up by one link in a day, and fewer people clicked on it"),
    words("%(number)s keys brought no answer, and Stripe shows nothing"),
    words("no longer met: %(reasons)s"),
    words("the milestone is not met any more"),
    words("%(amount)s may not stand any more: %(reasons)s."),
    words("the sale was under way more than %(number)s days before the referral"),
)
_FIELD: Final = "(?:name|email|phone|company)"
# What may stand in a hole, by its name.
_IN: Final = {
    "amount": _AMOUNT,
    "least": _AMOUNT,
    "day": r"\d{4}-\d\d-\d\d",
    "number": r"\d{1,7}",
    "currency": "[A-Z]{3}",
    "id": r"\S+?",
    "other": r"\S+?",
    "name": "[A-Za-z0-9_-]+",
    "field": _FIELD,
    "fields": f"{_FIELD}(?:, {_FIELD})*",
    "codes": r"[\w.\[\]-]+(?:, [\w.\[\]-]+)*",
    "value": "[^;]+",
    "reasons": ".+",
    "typed": ".+",
}
_FIELDS: Final = {
    "name": words("name"),
    "email": words("e-mail"),
    "phone": words("phone"),
    "company": words("company"),
}
_HOLE: Final = re.compile(r"%\((\w+)\)s")


def known_again(text: str) -> Sentence:
    """Return a text of ours as the sentence that it is, to be said in any language; or as it stands."""
    for pattern, form in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            try:
                return Sentence(form, {name: _value(name, held) for name, held in found.groupdict().items()})
            except (BadInput, ValueError):
                continue  # it looks like an amount or a day, and is none
    return _several(text)


def _several(text: str) -> Sentence:
    """Take reasons apart, which stand side by side: each is a sentence of its own."""
    first, apart, rest = text.partition("; ")
    if not apart:
        return Sentence(text)
    return Sentence("%(first)s; %(rest)s", {"first": known_again(first), "rest": known_again(rest)})


def _value(name: str, held: str) -> Value:
    if name in ("amount", "least"):
        amount = parse_money(held.removeprefix("-"))
        return Money(-amount.minor, amount.currency) if held.startswith("-") else amount
    if name == "day":
        return date.fromisoformat(held)
    if name == "number":
        return int(held)
    if name in ("field", "fields"):
        return _listed(held.split(", "))
    if name == "name":
        return held  # a milestone's, which the catalogues may know: demo, deal
    return known_again(held) if name == "reasons" else Worded(held)


def _listed(fields: Sequence[str]) -> Sentence:
    """Name fields of a contact side by side."""
    named: dict[str, Value] = {field: _FIELDS[field] for field in fields}
    return Sentence(", ".join(f"%({field})s" for field in named), named)


def _pattern(form: str) -> re.Pattern[str]:
    parts = _HOLE.split(form)
    written = [
        f"(?P<{part}>{_IN[part]})" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    ]
    return re.compile("".join(written), re.DOTALL)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Compile all forms, when the first text is to be known again: most pages in English have none."""
    return tuple((_pattern(form), form) for form in _FORMS)
