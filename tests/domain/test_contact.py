"""Contacts: what is given, and who is the same."""

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.contact import (
    Contact,
    address_key,
    canonical_address,
    canonical_addresses,
    company_key,
    domain_of,
    keyed_hash,
    plain_email,
    read_size,
)
from tests.cases.load import variants


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


@pytest.mark.parametrize(
    "case", variants("addresses", "two spellings of one address are one person")
)
def test_two_spellings_of_one_address_are_one_person(case):
    (referral,) = case["given"]["referrals"]
    in_crm = case["given"]["crm"]["contact 601"]["email"]
    (address,) = canonical_addresses(in_crm)
    assert address == canonical_address(referral["email"])


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Pat@Practice.Example", ["pat@practice.example"]),
        ("pat@practice.example.", ["pat@practice.example"]),
        ("mailto:pat@practice.example?subject=Hello", ["pat@practice.example"]),
        ("<MAILTO: pat@practice.example>", ["pat@practice.example"]),
        ("\u200b pat@prac\u200btice.example\ufeff", ["pat@practice.example"]),
        ("\u200d\u00a0pat@practice.example \u200c", ["pat@practice.example"]),
        ("a@b.example; c@d.example,A@B.example", ["a@b.example", "c@d.example"]),
        ('"Quist, Mira" <mira@b.example>, c@d.example', ["mira@b.example", "c@d.example"]),
        ('"old@b.example" <mira@b.example>', ["mira@b.example"]),
        ("Quist, Mira <mira@b.example>", ["mira@b.example"]),
        ("n/a; c@d.example", ["c@d.example"]),
        ("pat@ＰＲＡＣＴＩＣＥ。example", ["pat@practice.example"]),
        ("ΝΊΚΟΣ@b.example", ["νίκος@b.example"]),
        ("", []),
        ("nothing", []),
        ("@b.example", []),
        ("pat@", []),
        ("pat@.", []),
        ("pat@b..example", []),
        ("pat@-.example", []),
        ("pat@\u2100.example", []),
        ("pat@b\u0085ü.example", []),
        ("two words@b.example", []),
        ("pat@two words.example", []),
        ("a@b@c.example", []),
        ('"pat"@b.example', []),
        ("pat@b[.example", []),
        ("pat@b.example>", []),
        (f"{'x' * 250}@b.example", []),
        (f"pat@{'x' * 64}.example", []),
        (f"pat@{'ü' * 64}.example", []),
    ],
)
def test_addresses_of_one_field_have_one_form(text, addresses):
    assert list(canonical_addresses(text)) == addresses


@pytest.mark.parametrize("domain", ["Straße", "ΣΊΣΥΦΟς", "grün", "ÇA", "中文", "XN--GRN-IOA"])
def test_a_domain_is_encoded_as_the_dns_encodes_it(domain):
    encoded = idna.encode(f"{domain}.example", uts46=True).decode()
    assert canonical_address(f"pat@{domain}.example") == f"pat@{encoded}"


def test_one_address_is_asked_for_and_none_is_chosen():
    assert canonical_address("Pat <pat@b.example>;") == "pat@b.example"
    assert canonical_address("mary,ann@b.example") is None
    assert canonical_address("a@b.example, c@d.example") is None
    assert canonical_address(" ; ") is None


@given(st.text(max_size=30), st.text(max_size=12))
def test_the_canonical_form_of_an_address_is_its_own(local, domain):
    for address in canonical_addresses(f"{local}@{domain}"):
        assert canonical_addresses(address) == (address,)


def test_a_text_that_is_no_address_compares_with_itself():
    assert address_key(" Mira <MIRA@b.example>") == "mira@b.example"
    assert address_key(" Nothing ") == "nothing"
