"""Read the form of the landing page, and report every wrong field at once with a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from goodword.domain.contact import MOST, MOST_SAID, read_size
from goodword.domain.errors import BadInput
from goodword.domain.links.landing import OTHER
from goodword.domain.programs.program import Program
from goodword.messages.sentence import Sentence, say
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
                wrong[name] = say("Please write at most %(most)s characters.", most=most)
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
        return say("Please write your whole e-mail address, such as name@example.com.")
    if name == "phone":
        return say(
            "Please write a phone number with its area code; "
            "from abroad, with + and the country code."
        )
    if name == "name":
        return say("Please write your name.")
    if name == "company":
        return say("Please write the name of your company.")
    if name == "company_size":
        return say("Please write a whole number, such as 12.")
    return (
        say("Please choose one.") if program.choices(name) else say("Please write a word or two.")
    )
