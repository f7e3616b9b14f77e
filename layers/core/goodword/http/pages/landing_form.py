"""Read the form of the landing page, and report every wrong field at once with a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from goodword.domain.contact import MOST, MOST_SAID, read_size
from goodword.domain.errors import BadInput
from goodword.domain.links.landing import OTHER
from goodword.domain.programs.program import Program
from goodword.messages import page_labels
from goodword.messages.sentence import Sentence
from goodword.steps.referrals.capture_signup import ContactReader, Signup

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def read_landing_form(
    token: str, typed: Mapping[str, str], program: Program, contacts: ContactReader
) -> tuple[Signup, dict[str, Sentence]]:
    """Return the signup, and for each wrong field its sentence.

    A signup with a wrong field must not be used. Fields that the program does not request are
    ignored. A control character counts as white space.
    """
    return read_contact_fields(token, typed, program, contacts, _what_to_do)


def read_contact_fields(
    token: str,
    typed: Mapping[str, str],
    program: Program,
    contacts: ContactReader,
    what_to_do: Callable[[str, Program], Sentence],
) -> tuple[Signup, dict[str, Sentence]]:
    """Read the fields that a program requests, from the prospect or the referrer.

    what_to_do: the sentence of a wrong field.
    """
    given: dict[str, str] = {}
    wrong: dict[str, Sentence] = {}
    for name in program.fields():
        text = " ".join(_CONTROL.sub(" ", typed.get(name, "")).split())
        most = MOST.get(name, MOST_SAID)
        try:
            if len(text) > most:
                wrong[name] = page_labels.too_long(most)
            else:
                given[name] = _readers(program, contacts)[name](text)
        except BadInput:
            wrong[name] = what_to_do(name, program)
    contact = {name: given.pop(name, "") for name in ("name", "email", "phone", "company")}
    return Signup(token, **contact, said=given), wrong


def _readers(program: Program, contacts: ContactReader) -> dict[str, Callable[[str], str]]:
    return {
        "name": contacts.name,
        "email": contacts.email,
        "phone": lambda text: contacts.phone(text, program.region),
        "company": _some,
        "company_size": _size,
        "segment": lambda text: _chosen(text, program, "segment"),
        "region": lambda text: _chosen(text, program, "region"),
        "product": lambda text: _chosen(text, program, "product"),
    }


def _some(text: str) -> str:
    if not text:
        raise BadInput("this is empty")
    return text


def _size(text: str) -> str:
    size = read_size(text)
    if not size:
        raise BadInput("this is no whole number of people")
    return size


def _chosen(text: str, program: Program, name: str) -> str:
    offered = {value for value, _ in program.choices(name)}
    if offered and text not in {*offered, OTHER}:
        raise BadInput("this was not offered")
    return _some(text)


def _what_to_do(name: str, program: Program) -> Sentence:
    if name == "email":
        return page_labels.ENTER_YOUR_EMAIL
    if name == "phone":
        return page_labels.ENTER_YOUR_PHONE
    if name == "name":
        return page_labels.ENTER_YOUR_NAME
    if name == "company":
        return page_labels.ENTER_YOUR_COMPANY
    if name == "company_size":
        return page_labels.ENTER_COMPANY_SIZE
    return page_labels.CHOOSE_ONE if program.choices(name) else page_labels.ENTER_SHORT_ANSWER
