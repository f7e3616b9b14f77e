"""Every mail, in both languages and both parts: what it says, and that nothing in it runs."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from goodword.domain.locale import LOCALES
from goodword.domain.localized_text import LocalizedText
from goodword.domain.programs.brand import Brand
from goodword.messages.sentence import Sentence
from goodword.pages import render
from goodword.pages.render import render_mail
from tests.pages.letters import BRAND, NOTICE_KINDS, TODAY, VALUES, letter

MAILS = [(name, locale) for name in VALUES for locale in LOCALES]
TEMPLATES = Path(render.__file__).parent / "templates" / "mail"
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "Ana\r\nBcc: eve@example.org",
    "</title><svg/onload=alert(1)>",
    "%(amount)s %s %",
)


class Seen(HTMLParser):
    """What a mail program would see: tags, attributes, text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.parts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.parts).replace("\u00a0", " ").split())


def plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


def test_every_template_has_its_mail_in_both_parts() -> None:
    parts = {"base", "parts", "stop"}
    for suffix in ("html", "txt"):
        assert {path.stem for path in TEMPLATES.glob(f"*.{suffix}")} - parts == set(VALUES)


@pytest.mark.parametrize(("name", "locale"), MAILS)
def test_a_mail_is_whole_in_both_parts(name: str, locale: str) -> None:
    written = letter(name, locale)
    seen = Seen(written.html)
    assert written.subject
    assert "\n" not in written.subject
    assert f'<html lang="{locale}">' in written.html
    for text in (written.text, seen.text):
        assert "None" not in text
        assert "{{" not in text
        assert "%(" not in text
    assert "\n\n\n\n" not in written.text
    for line in written.text.splitlines():
        assert line == line.rstrip()


@pytest.mark.parametrize(("name", "locale"), MAILS)
def test_both_parts_have_the_same_links(name: str, locale: str) -> None:
    written = letter(name, locale)
    links = {value for attribute, value in Seen(written.html).attributes if attribute == "href"}
    assert links
    assert links == set(re.findall(r"https://\S+", written.text))


@pytest.mark.parametrize(("name", "locale"), MAILS)
def test_a_mail_asks_no_other_host_for_anything(name: str, locale: str) -> None:
    seen = Seen(letter(name, locale).html)
    assert {"script", "img", "link", "iframe", "form", "object"}.isdisjoint(seen.tags)
    assert "url(" not in letter(name, locale).html


@pytest.mark.parametrize("name", [name for name, result in VALUES.items() if result["unsubscribe"]])
@pytest.mark.parametrize("locale", LOCALES)
def test_what_can_be_unsubscribed_from_says_how(name: str, locale: str) -> None:
    written = letter(name, locale)
    for part in (written.html, written.text):
        assert VALUES[name]["unsubscribe"] in part


@pytest.mark.parametrize("what", NOTICE_KINDS)
def test_a_referrer_reads_the_sentence_in_their_language(what: str) -> None:
    item, english, spanish = NOTICE_KINDS[what]
    for locale, sentence in (("en", english), ("es", spanish)):
        written = letter("notice", locale, items=[item])
        if sentence:
            assert plain(written.subject) == sentence
            assert sentence in plain(written.text)
            assert sentence in Seen(written.html).text


def test_an_introduction_says_what_it_may_bring() -> None:
    written = letter("notice", "en", items=[NOTICE_KINDS["introduced"][0]])
    assert "50.00 USD is yours once they attend a demo." in plain(written.text)
    spanish = letter("notice", "es", items=[NOTICE_KINDS["introduced"][0]])
    assert "50,00 USD serán suyos en cuanto asistan a una demostración." in plain(spanish.text)


@pytest.mark.parametrize(
    ("locale", "question"), [("en", "Questions? Reply to"), ("es", "¿Preguntas? Responda")]
)
def test_a_reply_is_offered_once_and_only_where_possible(locale: str, question: str) -> None:
    written = letter("notice", locale)
    for seen in (plain(written.text), Seen(written.html).text):
        assert seen.count(question) == 1
    said = [sentence for story, *_ in NOTICE_KINDS.values() for sentence in story.sentences]
    assert not [
        each for each in said if "Reply" in str(each)
    ]  # the portal and the statement say them, too


def test_of_several_the_subject_says_how_many() -> None:
    assert letter("notice", "en").subject == f"News of {len(NOTICE_KINDS)} introductions"
    assert letter("notice", "es").subject == f"Novedades de {len(NOTICE_KINDS)} recomendaciones"


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize(("name", "locale"), MAILS)
def test_every_name_is_rendered_as_text(name: str, locale: str, payload: str) -> None:
    changes: dict[str, Any] = {}
    for field in ("name", "company"):
        if field in VALUES[name]:
            changes[field] = payload
    if "prospect_gets" in VALUES[name]:
        changes["prospect_gets"] = LocalizedText(payload)
    if "items" in VALUES[name]:
        item = NOTICE_KINDS["introduced"][0]
        result = Sentence("%(what)s.", {"what": LocalizedText(payload)})
        changes["items"] = [type(item)(item.program, item.made_on, (result,), payload)]
    values = {**VALUES[name], **changes}
    brand = Brand(payload, BRAND.color)
    written = render_mail(name, locale=locale, brand=brand, today=TODAY, **values)
    seen, clean = Seen(written.html), Seen(letter(name, locale).html)
    assert set(seen.tags) == set(clean.tags)
    assert {attribute for attribute, _ in seen.attributes} == {
        attribute for attribute, _ in clean.attributes
    }
    hrefs = [value for attribute, value in seen.attributes if attribute == "href"]
    assert all(value.startswith("https://refer.example.com/") for value in hrefs)
    assert " ".join(payload.split()) in " ".join(unescape(written.html).split())
    assert "49" not in written.subject
    assert "\n" not in written.subject
