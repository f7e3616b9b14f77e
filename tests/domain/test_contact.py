"""Contacts: what is given, and who is the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.contact import (
    Contact,
    company_key,
    domain_of,
    keyed_hash,
    plain_email,
    read_size,
)


def test_what_is_given_is_named():
    assert Contact("Pat", "pat@example.com").parts() == {"name", "email"}
    assert Contact("", "p@example.com", "+12025550143", "Praxis").parts() == {
        "email",
        "phone",
        "company",
    }


@pytest.mark.parametrize(
    ("email", "domain"),
    [("a@Example.COM", "example.com"), ('"a@b"@example.com', "example.com"), ("none", "none")],
)
def test_the_domain_is_what_follows_the_last_at(email, domain):
    assert domain_of(email) == domain


@pytest.mark.parametrize(
    ("email", "plain"),
    [
        ("Pat@Example.com", "pat@example.com"),
        ("pat+news@example.com", "pat@example.com"),
        ("p.a.t@example.com", "p.a.t@example.com"),
        ("P.a.t+x@gmail.com", "pat@gmail.com"),
        ("p.at@googlemail.com", "pat@gmail.com"),
    ],
)
def test_one_mailbox_has_one_plain_address(email, plain):
    assert plain_email(email) == plain


@pytest.mark.parametrize(
    ("email", "company", "key"),
    [
        ("pat@Practice.example", "", "domain:practice.example"),
        ("pat@practice.example", "Other Inc.", "domain:practice.example"),
        ("pat@gmail.com", "", None),
        ("pat@gmail.com", "The Practice, LLC", "name:the practice"),
        ("pat@gmail.com", "Praxis Müller GmbH", "name:praxis muller"),
        ("pat@gmail.com", "STRASSE", "name:strasse"),
        ("pat@gmail.com", "Straße", "name:strasse"),
        ("pat@gmail.com", "Smith & Sons", "name:smith sons"),
        ("pat@gmail.com", "LLC", None),
        ("pat@gmail.com", " - ", None),
        ("pat@gmail.com", "診療所", "name:診療所"),
    ],
)
def test_a_company_is_named_by_its_domain_or_its_name(email, company, key):
    assert company_key(Contact("Pat", email, company=company)) == key


SPACES = st.sampled_from([" ", "  ", ", ", " - ", "\t"])
PHRASES = st.lists(
    st.sampled_from(["north", "clinic", "müller", "praxis", "7"]), min_size=1, max_size=4
)


@given(PHRASES, SPACES, st.sampled_from(["", " Inc.", ", LLC", " GmbH", " Ltd"]), st.booleans())
def test_spelling_does_not_make_another_company(texts, space, ending, loud):
    said = space.join(texts) + ending
    one = company_key(Contact("", "a@gmail.com", company=said.upper() if loud else said))
    assert one == company_key(Contact("", "b@gmail.com", company=" ".join(texts)))


@given(st.text())
def test_any_company_has_a_key_or_none(company):
    key = company_key(Contact("", "a@gmail.com", company=company))
    assert key is None or key.startswith("name:")


def test_a_keyed_hash_compares_under_one_key_only():
    assert keyed_hash("key", "pat@example.com") == keyed_hash("key", "pat@example.com")
    assert keyed_hash("key", "pat@example.com") != keyed_hash("other", "pat@example.com")
    assert "pat" not in keyed_hash("key", "pat@example.com")
    assert len(keyed_hash("key", "x")) == 40


def test_parts_of_a_keyed_hash_do_not_run_together():
    assert keyed_hash("key", "ab", "c") != keyed_hash("key", "a", "bc")


@pytest.mark.parametrize(("text", "size"), [("12", "12"), ("0012", "12"), ("9999999", "9999999")])
def test_a_companys_size_is_a_whole_number_of_people(text, size):
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "many", "10000000", "١٢"])
def test_what_is_no_size_is_none(text):
    assert read_size(text) == ""
