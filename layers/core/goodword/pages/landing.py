"""The landing page and its page of thanks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from goodword.domain.links.landing import Landing
from goodword.domain.links.link import landing_path
from goodword.domain.locale import LANGUAGES
from goodword.domain.programs.program import Program
from goodword.domain.programs.token_parameter import TOKEN_PARAMETER
from goodword.messages.sentence import Sentence, say
from goodword.pages.components import Action, Form
from goodword.pages.contact_form import contact_fields
from goodword.pages.render import render_page

# What each language calls itself.
_LABELS = {
    "name": say("Your name"),
    "email": say("Your email"),
    "phone": say("Your phone"),
    "company": say("Your company"),
    "company_size": say("How many people work there?"),
    "segment": say("What describes you best?"),
    "region": say("Where are you?"),
    "product": say("What interests you?"),
}


def landing_page(
    landing: Landing,
    locale: str,
    today: date,
    typed: Mapping[str, str],
    wrong: Mapping[str, Sentence],
) -> str:
    """Render the page.

    typed: the content of the form. wrong: the sentence of each wrong field.
    """
    program, path = landing.program, landing_path(landing.code)
    own = f"{path}?{TOKEN_PARAMETER}={landing.token}"
    others = [each for each in program.locales if each != locale]
    return render_page(
        "landing",
        locale=locale,
        brand=program.brand,
        today=today,
        says=landing.recommendation,
        program=program,
        form=Form(
            f"{path}?lang={locale}",
            Action(say("Please contact me")),
            contact_fields(program, locale, _LABELS, typed, wrong, own=True),
            hidden={TOKEN_PARAMETER: landing.token},
            title=say("Where can we reach you?"),
            intro="" if wrong else program.localized("thank_you_note").in_locale(locale),
            look="card",
            unchecked=True,
        ),
        # A link to change the language would lose what was typed, so there is none after a mistake.
        languages=[]
        if typed
        else [(each, LANGUAGES[each], f"{own}&lang={each}") for each in others],
    )


def thanks_page(program: Program, locale: str, today: date) -> str:
    """Render the page of thanks: who calls and when."""
    return render_page("thanks", locale=locale, brand=program.brand, today=today, program=program)
