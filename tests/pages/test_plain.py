"""The pages of functions that load no catalogue: each in every language, and all of it text."""

import pytest

from goodword.domain.locale import LOCALES
from goodword.pages.plain import FIELDS, PAGES, language_of, page_about, wrong_field


@pytest.mark.parametrize("about", PAGES)
def test_each_page_says_as_much_in_every_language(about):
    assert set(PAGES[about]) == set(LOCALES)
    assert len({len(parts) for parts in PAGES[about].values()}) == 1
    assert len({parts[0] for parts in PAGES[about].values()}) == len(LOCALES), (
        "a heading is not translated"
    )


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_remedy_exists_in_every_language(field):
    assert len(set(FIELDS[field].values())) == len(LOCALES)
    for locale in LOCALES:
        assert f'<html lang="{locale}">' in wrong_field(field, locale)
        assert FIELDS[field][locale] in wrong_field(field, locale)


def test_a_page_is_in_the_language_of_the_browser():
    assert language_of({"accept-language": "es-MX,es;q=0.9,en;q=0.8"}) == "es"
    assert language_of({"accept-language": "fr"}) == language_of({}) == "en"
    assert "Este enlace no lleva a ninguna parte" in page_about("nowhere", "es")


def test_a_field_that_is_not_known_is_named_as_text():
    assert "(&lt;script&gt;)" in wrong_field("<script>", "en")
