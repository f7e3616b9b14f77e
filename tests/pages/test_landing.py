"""The landing page as HTML: small, by itself, usable by everybody, and nothing in it runs."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from goodword.domain.links.landing import Landing, Recommendation
from goodword.domain.programs.brand import LOGO_LIMIT_BYTES, Brand, check_brand
from goodword.domain.programs.terms import build_program
from goodword.messages.sentence import say
from goodword.pages.assets import read_asset
from goodword.pages.landing import landing_page, thanks_page

TODAY = date(2027, 3, 1)
ANA = Recommendation("Ana Example", "Bright Dental", "", earns=True, internal_only=False)
DEMO = {"milestone": "demo", "condition_text": "they attend a demo", "pays": ["50.00 USD"]}
PHONE = {"contact": ["phone"]}
SPANISH = {
    "pitch": "Menos papeleo.",
    "prospect_gets": "Una hora gratuita.",
    "thank_you_note": "Le llamamos mañana.",
    "condition_text": {"demo": "asistan a una demostración"},
    "labels": {"practice": "Consulta"},
}
TERMS = {
    "program": "peers",
    "name": "Introduce a peer",
    "starts": "2027-01-01",
    "time_zone": "UTC",
    "brand": {"name": "Example Software"},
    "pitch": "Less paperwork.",
    "prospect_gets": "A free hour.",
    "thank_you_note": "We call you tomorrow.",
    "terms_url": "https://www.example.com/terms",
    "milestones": [DEMO | {"qualifies": {"all": [PHONE, {"segment": ["practice", "clinic"]}]}}],
    "labels": {"practice": "A practice"},
    "locales": ["en", "es"],
    "texts": {"es": SPANISH},
}
PROGRAM = build_program(TERMS)
EVERYTHING = build_program(
    TERMS | {"form_fields": ["name", "email", "phone", "company", "segment", "company_size"]}
)
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus='alert(1)' autofocus='",
    "</textarea></select><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}%(who)s",
    "javascript:alert(1)",
)


class Page(HTMLParser):
    """What a page is made of. tags: each with its attributes; text: all that is read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in tags]

    def fields(self) -> list[dict[str, str | None]]:
        """Return what a person fills in."""
        return [
            each for each in self.all("input", "select", "textarea") if each.get("type") != "hidden"
        ]

    def visible_text(self) -> str:
        """Return the text with its white space tidied."""
        return " ".join(self.text.split())


def show(locale="en", program=PROGRAM, says=ANA, typed=None, wrong=None):
    landing = Landing("ana-link", "ana-link.click.1.mac", program, says)
    return landing_page(landing, locale, TODAY, typed or {}, wrong or {})


def test_three_fields_and_one_press():
    page = Page(show())
    assert [field["name"] for field in page.fields()] == ["name", "email", "phone"]
    assert len(page.all("button")) == 1
    (form,) = page.all("form")
    assert (form["method"], form["action"]) == ("post", "/l/ana-link?lang=en")


def test_it_names_referrer_reason_offer_and_possible_credit():
    result = Page(show()).visible_text()
    for said in (
        "Ana Example recommends Example Software",
        "Ana Example, of Bright Dental, is a customer of ours.",
        "They may receive a credit on their bill for this introduction.",
        "Less paperwork.",
        "A free hour.",
        "We call you tomorrow.",
        "Example Software stores these details and uses them to contact you",
    ):
        assert said in result


@pytest.mark.parametrize(
    ("says", "heading", "referrer"),
    [
        (replace(ANA, company=""), "Ana Example recommends", "Ana Example is a customer of ours."),
        (replace(ANA, name=""), "Bright Dental recommends", "Bright Dental is a customer of ours."),
        (replace(ANA, name="", company=""), "A customer recommends", ""),
    ],
)
def test_it_shows_no_more_than_was_signed_off(says, heading, referrer):
    result = Page(show(says=says)).visible_text()
    assert f"{heading} Example Software" in result
    assert referrer in result
    for hidden in {ANA.name, ANA.company} - {says.name, says.company}:
        assert hidden not in result


def test_without_a_possible_credit_none_is_named():
    result = Page(show(says=replace(ANA, earns=False, internal_only=True))).visible_text()
    assert "credit" not in result
    assert "For colleagues." in result
    assert "For colleagues." not in Page(show()).visible_text()


def test_a_story_is_quoted_with_whose_it_is():
    result = Page(show(says=replace(ANA, story="Nine days became two."))).visible_text()
    assert "Nine days became two. Ana Example, Bright Dental" in result


def test_it_is_in_the_readers_language_and_links_the_other():
    page = Page(show("es", EVERYTHING))
    assert page.all("html")[0]["lang"] == "es"
    assert "Ana Example recomienda Example Software" in page.visible_text()
    for english in ("Your", "Please", "What", "They", "Less", "A practice"):
        assert english not in page.visible_text()
    assert "Consulta" in page.visible_text()
    hrefs = [link["href"] for link in page.all("a") if link.get("hreflang") == "en"]
    assert hrefs == ["/l/ana-link?gw=ana-link.click.1.mac&lang=en"]


def test_every_field_has_a_label_and_its_autocomplete_name():
    page = Page(show(program=EVERYTHING))
    labels = {label["for"] for label in page.all("label")}
    assert {field["id"] for field in page.fields()} <= labels
    filled = {field["name"]: field.get("autocomplete") for field in page.fields()}
    assert (filled["name"], filled["email"], filled["phone"], filled["company"]) == (
        "name",
        "email",
        "tel",
        "organization",
    )
    assert len(page.all("h1")) == 1
    values = [option["value"] for option in page.all("option")]
    assert values == ["", "practice", "clinic", "other"]


def test_errors_are_beside_their_fields_and_the_first_has_focus():
    wrong = {"email": say("Please enter your name."), "segment": say("Please choose one.")}
    typed = {"name": "Robin", "email": "robin@", "segment": "clinic"}
    page = Page(show(program=EVERYTHING, typed=typed, wrong=wrong))
    fields = {field["name"]: field for field in page.fields()}
    assert (fields["name"]["value"], fields["email"]["value"]) == ("Robin", "robin@")
    assert [option["value"] for option in page.all("option") if "selected" in option] == ["clinic"]
    ids = {each["id"] for each in page.all("span") if "id" in each}
    for name in wrong:
        assert fields[name]["aria-invalid"] == "true"
        assert set(fields[name]["aria-describedby"].split()) <= ids
    assert [name for name, field in fields.items() if "autofocus" in field] == ["email"]
    assert "2 fields need a correction." in page.visible_text()
    assert page.all("title")
    assert page.visible_text().startswith("Please check: ")


def test_it_loads_no_other_host_and_works_without_script():
    for html in (show(), show(program=EVERYTHING), thanks_page(PROGRAM, "en", TODAY)):
        page = Page(html)
        loaded = [
            each.get(name) for _, each in page.tags for name in ("src", "action") if each.get(name)
        ]
        loaded += [each["href"] for each in page.all("link")]
        assert [each for each in loaded if not each.startswith(("/", "data:"))] == []
        assert [each for each in loaded if each.startswith("//")] == []
        assert [
            tag for tag, each in page.tags for name in each if name.startswith(("on", "style"))
        ] == []
        outside = [each for each in page.all("a") if not each["href"].startswith(("/", "#"))]
        assert [each["rel"] for each in outside] == ["noreferrer"] * len(outside)


def test_the_largest_page_is_under_50_kilobytes_in_all():
    picture = base64.b64encode(b"x" * ((LOGO_LIMIT_BYTES - 30) * 3 // 4)).decode()
    brand = check_brand(Brand("B" * 60, logo=f"data:image/png;base64,{picture}"))
    large = replace(
        EVERYTHING, brand=brand, pitch="w" * 300, prospect_gets="p" * 500, thank_you_note="c" * 200
    )
    says = Recommendation("n" * 120, "c" * 120, "s" * 600, earns=True, internal_only=True)
    wrong = {name: say("Please choose one.") for name in large.fields()}
    html = show(
        program=large, says=says, typed=dict.fromkeys(large.fields(), "t" * 120), wrong=wrong
    )
    page = Page(html)
    assets = [each["href"] for each in page.all("link")] + [
        each["src"] for each in page.all("script")
    ]
    names = [each.removeprefix("/assets/") for each in assets if each.startswith("/assets/")]
    assert len(names) == 2
    total = len(html.encode()) + sum(len(read_asset(name)[1].encode()) for name in names)
    assert LOGO_LIMIT_BYTES < total < 50_000


@pytest.mark.parametrize("payload", PAYLOADS)
def test_script_and_markup_in_anything_show_as_text(payload):
    hostile = replace(
        EVERYTHING,
        brand=Brand(payload),
        pitch=payload,
        prospect_gets=payload,
        thank_you_note=payload,
        terms_url="",
    )
    says = Recommendation(payload, payload, payload, earns=True, internal_only=True)
    typed = dict.fromkeys(hostile.fields(), payload)
    wrong = {name: say("Please choose one.") for name in hostile.fields()}
    plain = Page(
        show(
            program=EVERYTHING,
            says=replace(ANA, internal_only=True, story="x"),
            typed=typed,
            wrong=wrong,
        )
    )
    for html in (
        show(program=hostile, says=says, typed=typed, wrong=wrong),
        thanks_page(hostile, "en", TODAY),
    ):
        page = Page(html)
        assert {tag for tag, _ in page.tags} <= {tag for tag, _ in plain.tags}
        assert [name for _, each in page.tags for name in each if name.startswith("on")] == []
        assert " ".join(payload.split()) in page.visible_text()
        links = [each["href"] for each in page.all("a", "link")]
        assert [each for each in links if not each.startswith(("/", "#", "data:,"))] == []


def test_the_page_of_thanks_says_who_calls_and_when():
    assert "We call you tomorrow." in Page(thanks_page(PROGRAM, "en", TODAY)).visible_text()
    assert "Le llamamos mañana." in Page(thanks_page(PROGRAM, "es", TODAY)).visible_text()
    silent = replace(PROGRAM, thank_you_note="", texts={})
    assert "We will be in touch shortly." in Page(thanks_page(silent, "en", TODAY)).visible_text()
