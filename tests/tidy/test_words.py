"""Words that belong to somebody's machine, network or person, and not into a project."""

from __future__ import annotations

import re

import pytest

from goodword.domain.contact import FREE_MAIL
from tests.tidy.project import ROOT, files, shown, text_of

LARGEST_BYTES = 500_000
# Written in parts, with a bar between them, so that they do not stand here either.
FOLDERS = "wo|rk ro|ot tm|p ho|me Us|ers mn|t".replace("|", "").split()
HOSTS = (
    "py|pi.org python|hosted.org np|mjs.org yarn|pkg.com gh|cr.io dock|er.io gol|ang.org".replace(
        "|", ""
    ).split()
)
LATER = "TO|DO FIX|ME".replace("|", "").split()

# https://www.rfc-editor.org/rfc/rfc2606 and rfc6761: names that will never be anybody's.
RESERVED = re.compile(r"(?i)(^|\.)(example(\.(com|org|net))?|test|invalid|localhost)$")
# Free mail providers are a rule of the domain; only tests of that rule may need a mailbox at one.
MAY_NAME_FREE_MAIL = (
    *("tests/domain/", "tests/steps/", "tests/contact_validation/"),
    "tests/cases/",
)
# A provider that the cases ask for beside those that the domain knows.
PROVIDERS = FREE_MAIL | {"comcast.net"}
_EMAIL = re.compile(r"(?<![\w.+/-])[\w.+-]*\w@((?:[\w-]+\.)*[A-Za-z][\w-]*\.[A-Za-z]{2,})\b")
# Numbers that regulators keep free: the NANP's 555-0100 to 0199, Ofcom's for drama.
_PHONE = re.compile(
    r"\+[1-9](?:[ ().-]{0,2}\d){9,14}(?!\d)|(?<![\w.-])\(?[2-9]\d\d\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"
)
FREE_NUMBERS = re.compile(r"\+?1?[2-9]\d\d55501\d\d|\+44(2079460|7700900)\d{3}")


def _found(pattern: re.Pattern[str]) -> list[str]:
    """Return where the pattern stands, as file:line: match."""
    return [
        f"{shown(path)}:{number}: {match[0]}"
        for path in files()
        if path.suffix not in (".png", ".jpg", ".ico")
        for number, line in enumerate(text_of(path).splitlines(), 1)
        for match in pattern.finditer(line)
    ]


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    places = re.compile(r"(?<![\w.}\])*])/(" + "|".join(FOLDERS) + ")/")
    assert _found(places) == []


def test_no_file_names_a_package_registry() -> None:
    assert _found(re.compile("|".join(map(re.escape, HOSTS)), re.IGNORECASE)) == []


def test_nothing_is_left_for_later() -> None:
    assert _found(re.compile(r"\b(" + "|".join(LATER) + r")\b")) == []


def test_every_mailbox_is_at_a_name_that_nobody_can_have() -> None:
    real = []
    for path in files():
        if path.is_relative_to(ROOT / "requirements"):
            continue
        for match in _EMAIL.finditer(text_of(path)):
            rule = match[1].lower() in PROVIDERS and shown(path).startswith(MAY_NAME_FREE_MAIL)
            if not RESERVED.search(match[1]) and not rule:
                real.append(f"{shown(path)}: {match[0]}")
    assert real == []


def test_every_phone_number_is_one_that_nobody_can_have() -> None:
    real = [
        f"{shown(path)}: {match[0]}"
        for path in files()
        if not path.is_relative_to(ROOT / "requirements")
        for match in _PHONE.finditer(text_of(path))
        if not FREE_NUMBERS.fullmatch(re.sub(r"[^\d+]", "", match[0]))
    ]
    assert real == []


def test_no_file_is_large() -> None:
    assert [shown(path) for path in files() if path.stat().st_size > LARGEST_BYTES] == []


@pytest.mark.parametrize(
    ("pattern", "text", "seen"),
    [
        (_EMAIL, "write to pat|@clinic.co.uk", True),
        (_EMAIL, "@app.get and a@b and pat@1.2.3", False),
        (_PHONE, "call +1 415 867| 5309", True),
        (_PHONE, "call (415) 867|-5309", True),
        (_PHONE, "call 415.867|.5309", True),
        (_PHONE, "on 2027-01-31T12:00:00 by 123456789012", False),
    ],
)
def test_the_patterns_see_what_they_are_for(
    pattern: re.Pattern[str], text: str, seen: bool
) -> None:
    assert bool(pattern.search(text.replace("|", ""))) is seen
