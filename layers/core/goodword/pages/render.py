"""Render pages and mails with Jinja2, in the reader's language with gettext and Babel.

All external input is text: HTML is autoescaped, and an unknown name is an error. English texts are
the message ids of the catalogues under locales/.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from jinja2 import (
    Environment,
    FileSystemLoader,
    ModuleLoader,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context

from goodword.domain.locale import LANGUAGES
from goodword.domain.localized_text import LocalizedText
from goodword.domain.money import Money, exponent
from goodword.domain.programs.brand import Brand
from goodword.domain.record import dataclass
from goodword.messages.events import event_sentence
from goodword.messages.labels import label
from goodword.messages.sentence import Sentence, Value
from goodword.pages.assets import asset_path
from goodword.pages.components import NAMES

HERE = Path(__file__).parent
# The compiled templates of the layer's build (layers/core/templates.py); a checkout has none.
WRITTEN = HERE / "written"
_NEAR_DAYS = 300


@dataclass(frozen=True, slots=True)
class Written:
    """A mail as it is sent: subject and the same content twice, as HTML and as plain text."""

    subject: str
    html: str
    text: str


def render_page(template: str, *, locale: str, brand: Brand, today: date, **values: Any) -> str:
    """Render a page; template: its name under templates/, without its suffix."""
    return (
        environment(locale)
        .get_template(f"{template}.html")
        .render(locale=locale, brand=brand, today=today, asset=asset_path, **values)
    )


def render_mail(template: str, *, locale: str, brand: Brand, today: date, **values: Any) -> Written:
    """Render a mail; its plain text begins with the block `subject`, on one line."""
    result = {"locale": locale, "brand": brand, "today": today, **values}
    plain = environment(locale).get_template(f"mail/{template}.txt")
    subject = "".join(plain.blocks["subject"](plain.new_context(result)))
    html = (
        environment(locale)
        .get_template(f"mail/{template}.html")
        .render(result, subject=" ".join(subject.split()))
    )
    return Written(" ".join(subject.split()), html, plain.render(result).strip() + "\n")


def render_sentence(what: Sentence, locale: str, today: date) -> str:
    """Render a sentence in a language; a day within the coming months has no year."""
    translated = _translations(locale).gettext(what.text) if what.text else ""
    if not what.values:
        return translated
    return translated % {name: _value(value, locale, today) for name, value in what.values.items()}


def format_amount(amount: Money, locale: str) -> str:
    """Format an amount for a language: 1,250.00 USD, or 1250,00 USD."""
    places = exponent(amount.currency)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    number = Decimal(amount.minor).scaleb(-places)
    return f"{format_decimal(number, format=pattern, locale=locale)}\u00a0{amount.currency}"


def format_day(day: date, locale: str, today: date | None = None) -> str:
    """Format a day for a language, without the year if it is within a few months."""
    near = today is not None and abs((day - today).days) < _NEAR_DAYS
    if near:
        return format_skeleton("MMMMd", day, locale=locale)
    return format_date(day, "long", locale=locale)


@cache
def translate(locale: str) -> Callable[[str], str]:
    """Return the function that translates a text into a language."""
    return _translations(locale).gettext


@cache
def _translations(locale: str) -> gettext.NullTranslations:
    # English is in the code; every other language is complete, as a test checks.
    if locale == "en":
        return gettext.NullTranslations()
    return gettext.translation("goodword", HERE / "locales", [locale])


@cache
def environment(locale: str) -> Environment:
    """Return the Jinja2 environment of a language."""
    made = Environment(
        loader=ModuleLoader(WRITTEN) if WRITTEN.is_dir() else FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # The i18n extension adds this method when it is loaded.
    made.install_gettext_translations(  # type: ignore[attr-defined]  # not in Jinja2's types
        _translations(locale), newstyle=True
    )
    made.globals.update(NAMES, LANGUAGES=LANGUAGES)
    made.filters["money"] = lambda amount: format_amount(amount, locale)
    made.filters["number"] = lambda number: format_decimal(number, locale=locale)
    made.filters["day"] = pass_context(
        lambda context, day: format_day(day, locale, _today(context))
    )
    made.filters["full_day"] = lambda day: format_day(day, locale)
    made.filters["said"] = pass_context(
        lambda context, what: render_sentence(what, locale, _today(context))
    )
    made.filters["event"] = pass_context(
        lambda context, event: render_sentence(event_sentence(event), locale, _today(context))
    )
    made.filters["milestone"] = pass_context(
        lambda context, name: render_sentence(label("milestone", name), locale, _today(context))
    )
    made.filters["stage"] = pass_context(
        lambda context, name: render_sentence(label("stage", name), locale, _today(context))
    )
    made.filters["localized"] = lambda text: text.in_locale(locale)
    return made


def _today(context: Context) -> date:
    today: date = context["today"]
    return today


def _value(value: Value, locale: str, today: date) -> str:
    if isinstance(value, Money):
        return format_amount(value, locale)
    if isinstance(value, date):
        return format_day(value, locale, today)
    if isinstance(value, LocalizedText):
        return value.in_locale(locale)
    if isinstance(value, Sentence):
        return render_sentence(value, locale, today)
    if isinstance(value, str):
        return value
    return format_decimal(value, locale=locale)
