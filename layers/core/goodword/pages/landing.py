"""The landing page and its page of thanks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from goodword.domain.contact import MOST, MOST_SAID
from goodword.domain.links.landing import OTHER, Landing
from goodword.domain.links.link import landing_path
from goodword.domain.links.visit import TOKEN_PARAMETER
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.sentence import Sentence, words
from goodword.pages.render import render_page, translate

# What each language calls itself.
LANGUAGES = {"en": "English", "es": "Español"}


@dataclass(frozen=True, slots=True)
class Field:
    """How a field is asked for. label: a message id. options: pairs of value and label, or none."""

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"
    most: int = MOST_SAID
    inputmode: str | None = None
    options: tuple[tuple[str, str], ...] = ()


# What autocomplete is called: html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill
_FIELDS = {
    "name": Field("name", words("Your name"), autocomplete="name", most=MOST["name"]),
    "email": Field("email", words("Your e-mail"), "email", "email", MOST["email"], "email"),
    "phone": Field("phone", words("Your phone"), "tel", "tel", MOST["phone"], "tel"),
    "company": Field("company", words("Your company"), autocomplete="organization", most=MOST["company"]),
    "company_size": Field(
        "company_size", words("How many people work there?"), most=MOST["company_size"], inputmode="numeric"
    ),
}
_CHOICES = {
    "segment": words("What describes you best?"),
    "region": words("Where are you?"),
    "product": words("What interests you?"),
}


def landing_page(
    landing: Landing, locale: str, today: date, typed: Mapping[str, str], wrong: Mapping[str, Sentence]
) -> str:
    """Render the page; typed: what stands in the form. wrong: what to do, by field that is not right."""
    program, path = landing.program, landing_path(landing.code)
    own = f"{path}?{TOKEN_PARAMETER}={landing.token}"
    others = [each for each in program.locales if each != locale]
    return render_page(
        "landing",
        locale=locale,
        brand=program.brand,
        today=today,
        landing=landing,
        says=landing.recommendation,
        program=program,
        fields=[_field(name, program, locale) for name in program.fields()],
        typed=typed,
        wrong=wrong,
        first_wrong=next((name for name in program.fields() if name in wrong), ""),
        action=f"{path}?lang={locale}",
        # Who changes the language after a mistake would lose what they typed.
        languages=[] if typed else [(each, LANGUAGES[each], f"{own}&lang={each}") for each in others],
    )


def thanks_page(program: Program, locale: str, today: date) -> str:
    """Render the page of thanks: who calls and when."""
    return render_page("thanks", locale=locale, brand=program.brand, today=today, program=program)


def _field(name: str, program: Program, locale: str) -> Field:
    if name in _FIELDS:
        return _FIELDS[name]
    options = [(value, label.in_locale(locale)) for value, label in program.choices(name)]
    if options and OTHER not in dict(options):
        options.append((OTHER, translate(locale)(words("Something else"))))
    return Field(name, _CHOICES[name], options=tuple(options))
