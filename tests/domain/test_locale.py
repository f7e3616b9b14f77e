"""In which language a person's texts are.

The one that their browser wants most of those that there are.
"""

import pytest

from goodword.domain.locale import languages_of, read_in


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("", []),
        ("es", ["es"]),
        ("es-MX,es;q=0.9,en;q=0.8", ["es", "es", "en"]),
        ("en;q=0.2, ES ; q=0.7", ["es", "en"]),
        ("en;q=0, es;q=0.1", ["es"]),
        ("es;q=much, en;q=0.5", ["es", "en"]),
        (", ;q=1, -", []),
    ],
)
def test_the_most_wanted_language_comes_first(header, languages):
    assert languages_of(header) == languages


def test_an_unoffered_language_falls_back_to_the_first():
    assert read_in("fr,de;q=0.9", ("en", "es")) == "en"
    assert read_in("fr,es;q=0.2", ("en", "es")) == "es"


def test_a_header_without_end_is_not_read_to_its_end():
    assert read_in("fr," * 10_000 + "es", ("en", "es")) == "en"
