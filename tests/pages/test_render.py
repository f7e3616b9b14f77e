"""Pages and mails: everything from outside is text.

Amounts, days and sentences are the reader's language.
"""

import runpy
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from jinja2 import ModuleLoader, TemplateNotFound, UndefinedError

from goodword.domain.localized_text import LocalizedText
from goodword.domain.money import Money
from goodword.domain.programs.brand import Brand
from goodword.domain.reason import Reason
from goodword.messages.labels import milestone_label
from goodword.messages.reasons import reasons_sentence
from goodword.messages.sentence import Sentence, in_turn, say
from goodword.pages import render
from goodword.pages.assets import asset_path, read_asset
from goodword.pages.render import (
    format_amount,
    format_day,
    render_mail,
    render_page,
    render_sentence,
)
from tests.tidy.project import ROOT

TODAY = date(2027, 3, 1)
BRAND = Brand("Peers & Co", "#123456")


def result(locale="en", **values):
    plain = {"heading": say("Copied."), "sentences": (), "link": None}
    return render_page("message", locale=locale, brand=BRAND, today=TODAY, **(plain | values))


@pytest.mark.parametrize(
    ("amount", "english", "spanish"),
    [
        (Money(5000, "USD"), "50.00\u00a0USD", "50,00\u00a0USD"),
        (Money(1234567, "EUR"), "12,345.67\u00a0EUR", "12.345,67\u00a0EUR"),
        (Money(7000, "JPY"), "7,000\u00a0JPY", "7.000\u00a0JPY"),
        (Money(-1500, "KWD"), "-1.500\u00a0KWD", "-1,500\u00a0KWD"),
    ],
)
def test_amounts_are_written_as_the_language_does(amount, english, spanish):
    assert (format_amount(amount, "en"), format_amount(amount, "es")) == (english, spanish)


def test_dates_follow_the_language_and_near_ones_omit_the_year():
    day = date(2027, 3, 12)
    assert (format_day(day, "en", TODAY), format_day(day, "es", TODAY)) == (
        "March 12",
        "12 de marzo",
    )
    assert format_day(date(2028, 3, 12), "en", TODAY) == "March 12, 2028"
    assert format_day(day, "es") == "12 de marzo de 2027"


def test_a_sentence_is_rendered_in_each_language_with_program_terms():
    once = LocalizedText("they attend a demo", {"es": "asistan a una demostración"})
    sentence = say(
        "%(amount)s is yours once %(condition)s.", amount=Money(5000, "USD"), condition=once
    )
    assert (
        render_sentence(sentence, "en", TODAY) == "50.00\u00a0USD is yours once they attend a demo."
    )
    assert (
        render_sentence(sentence, "es", TODAY)
        == "50,00\u00a0USD serán suyos en cuanto asistan a una demostración."
    )


def test_a_sentence_within_a_sentence_is_said_in_each_language():
    lost = reasons_sentence((Reason("deal_lost"),))
    demo, day = milestone_label("demo"), date(2027, 3, 12)
    due = say(
        "%(milestone)s: Not yet: %(reasons)s (until %(day)s).",
        milestone=demo,
        reasons=lost,
        day=day,
    )
    over = reasons_sentence((Reason("time_over", {"count": 365}),))
    closed = say("Closed: %(reasons)s.", reasons=over)
    assert render_sentence(in_turn(due, closed), "en", TODAY) == (
        "demo: Not yet: the deal was lost (until March 12). Closed: 365 days are over."
    )
    assert render_sentence(in_turn(due, closed), "es", TODAY) == (
        "demostración: todavía no: la operación se perdió (hasta el 12 de marzo). "
        "Cerrada: han pasado los 365 días."
    )


def test_a_plain_text_in_a_sentence_is_rendered_unchanged():
    assert (
        render_sentence(say("Closed: %(reasons)s.", reasons="demo"), "es", TODAY)
        == "Cerrada: demo."
    )


def test_no_reasons_are_no_terms():
    assert render_sentence(reasons_sentence(()), "es", TODAY) == ""


def test_a_page_declares_its_language_and_loads_no_other_host():
    page = result("es")
    assert '<html lang="es">' in page
    assert "<h1>Copiado.</h1>" in page
    assert "http" not in page
    assert "Peers &amp; Co" in page


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 'x' * 9 }}"]
)
def test_what_comes_from_outside_is_text(text):
    page = result(heading=Sentence(text), sentences=(say("Qualified; %(reason)s.", reason=text),))
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "xxxxxxxxx" not in page  # no hash of an asset can hold it


def test_a_missing_template_value_is_an_error():
    with pytest.raises(UndefinedError):
        render_page("message", locale="en", brand=BRAND, today=TODAY, heading=say("Copied."))


def test_the_stylesheet_has_the_brands_color_and_a_hashed_name():
    media, text = read_asset(asset_path("css", "#123456").removeprefix("/assets/"))
    assert media.startswith("text/css")
    assert text.startswith(":root{--brand:#123456}")
    assert read_asset(asset_path("js").removeprefix("/assets/"))[0].startswith("text/javascript")


@pytest.mark.parametrize(
    "name",
    [
        "goodword.css",
        "goodword.0123456789ab.css",
        "goodword.0123456789ab.red123.css",
        "../render.py",
        "",
    ],
)
def test_no_other_name_is_an_asset(name):
    assert read_asset(name) is None


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Render from what the layer's build makes of the templates."""
    runpy.run_path(str(ROOT / "layers/core/templates.py"))["write"](tmp_path / "written")
    monkeypatch.setattr(render, "WRITTEN", tmp_path / "written")
    render.environment.cache_clear()
    yield tmp_path / "written"
    render.environment.cache_clear()


def test_every_template_is_written_for_the_layer(written: Path):
    names = [
        str(path.relative_to(render.HERE / "templates"))
        for path in _files(render.HERE / "templates")
    ]
    assert "staff/work.html" in names
    assert {path.name for path in written.iterdir()} == {
        ModuleLoader.get_module_filename(name) for name in names
    }


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("locale", ["en", "es"])
def test_what_is_written_reads_as_its_template(locale: str, request: pytest.FixtureRequest):
    odd = say('50 < 60 & "more"')

    def read() -> list[object]:
        mail = {"name": "Dana <3", "minutes": 15, "link": "https://www.example.com/enter/x"}
        return [
            result(locale, heading=odd, link=("/portal", say("Copied."))),
            render_mail("sign_in", locale=locale, brand=BRAND, today=TODAY, **mail),
        ]

    plain = read()
    request.getfixturevalue("written")
    assert read() == plain
    assert "50 &lt; 60" in str(plain[0])
    with pytest.raises(TemplateNotFound):
        render_page("nothing", locale=locale, brand=BRAND, today=TODAY)
