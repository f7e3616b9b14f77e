"""The contact fields that a program requests, for oneself or for another person."""

from __future__ import annotations

from collections.abc import Mapping

from goodword.domain.contact import MOST, MOST_SAID
from goodword.domain.links.landing import OTHER
from goodword.domain.programs.program import Program
from goodword.messages.sentence import Sentence, say
from goodword.pages.components import Field, FieldKind, Text

# The autocomplete names: html.spec.whatwg.org/multipage/form-control-infrastructure.html
_FILLED = {"name": "name", "email": "email", "phone": "tel", "company": "organization"}
_KINDS: Mapping[str, FieldKind] = {"email": "email", "phone": "tel"}
_KEYBOARDS = {**_KINDS, "company_size": "numeric"}
_CHOSEN = ("segment", "region", "product")


def contact_fields(
    program: Program,
    locale: str,
    labels: Mapping[str, Sentence],
    typed: Mapping[str, str],
    wrong: Mapping[str, Sentence],
    *,
    own: bool,
) -> tuple[Field, ...]:
    """Return the fields; own: for oneself, so that the browser may fill them in."""
    return tuple(
        Field(
            name,
            labels[name],
            "pick" if (options := _choices(name, program, locale)) else _KINDS.get(name, "text"),
            value=typed.get(name, ""),
            options=options,
            error=wrong.get(name),
            most=MOST.get(name, MOST_SAID),
            autocomplete=_FILLED.get(name, "off") if own else "off",
            inputmode=_KEYBOARDS.get(name, ""),
        )
        for name in program.fields()
    )


def _choices(name: str, program: Program, locale: str) -> tuple[tuple[str, Text], ...]:
    """Return the options of a field, or nothing for a typed one."""
    listed = program.choices(name) if name in _CHOSEN else ()
    offered: dict[str, Text] = {value: label.in_locale(locale) for value, label in listed}
    if offered:
        offered.setdefault(OTHER, say("Something else"))
    return tuple(offered.items())
