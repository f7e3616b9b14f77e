"""Words: by what people are found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.contact import Contact
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrals.search_term import (
    LONGEST,
    MOST_TERMS,
    SearchTerm,
    fits,
    mail_term,
    search_terms_of_referral,
    search_terms_of_referrer,
    split_terms,
    start_of,
)
from goodword.domain.referrers.referrer import Referrer

AT = datetime(2027, 3, 1, tzinfo=UTC)
ANA = Referrer("c-1", "cus_AbC", "Ana Núñez", "ana@example.com", AT, crm_id="0035g/1")
PAT = Referral(
    *("rf_1", "peers", 1, "c-1", "cus_AbC", "verbal"),
    prospect=Contact("Pat O'Brien", "pat@example.org", "+12025550143", "Zahn & Söhne GmbH"),
    created_at=AT,
    deadline=AT + timedelta(days=9),
)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Ana Núñez", ("ana", "nunez")),
        ("GARCÍA-LÓPEZ, José", ("garcia", "lopez", "jose")),
        ("O'Brien O\u2019Brien", ("obrien",)),
        ("Straße Łódź Ørsted Æbler", ("strasse", "lodz", "orsted", "aebler")),
        ("\ufb01ne \uff21\uff4e\uff41", ("fine", "ana")),
        ("  <b>Bob</b> ", ("b", "bob")),
        ("山田 太郎", ("山田", "太郎")),
        ("!!! ...", ()),
        ("", ()),
    ],
)
def test_terms_have_no_case_no_accent_and_no_punctuation(text: str, terms: tuple[str, ...]) -> None:
    assert split_terms(text) == terms


def test_a_referrer_is_found_by_name_account_id_address() -> None:
    terms = {row.term for row in search_terms_of_referrer(ANA, "key")}
    assert terms == {"ana", "nunez", "=cus_abc", "=0035g/1", mail_term("key", "ana@example.com")}
    assert {
        (row.kind, row.id, row.label, row.note) for row in search_terms_of_referrer(ANA, "key")
    } == {("referrer", "c-1", "Ana Núñez", "cus_AbC")}


def test_a_prospect_is_found_by_name_company_and_whole_address() -> None:
    rows = search_terms_of_referral(PAT, "key")
    terms = {"pat", "obrien", "zahn", "sohne", "gmbh", mail_term("key", "pat@example.org")}
    assert {row.term for row in rows} == terms
    assert rows[0].label == "Pat O'Brien, Zahn & Söhne GmbH"


def test_an_address_stands_nowhere_in_its_rows() -> None:
    for row in (*search_terms_of_referrer(ANA, "key"), *search_terms_of_referral(PAT, "key")):
        assert "example" not in f"{row.place} {row.label} {row.note}"


def test_a_search_term_is_looked_up_by_three_letters() -> None:
    row = search_terms_of_referral(PAT, "key")[1]
    assert (row.start, row.place) == ("obr", "obrien#referral#rf_1")


def test_a_whole_term_is_looked_up_whole() -> None:
    assert start_of("=cus_1") == "=cus_1"
    assert start_of("bo") == "bo"


def test_an_endless_name_makes_no_endless_rows() -> None:
    endless = replace(
        PAT, prospect=replace(PAT.prospect, name=" ".join(map(str, range(99))), email="")
    )
    assert len(search_terms_of_referral(endless, "key")) == MOST_TERMS
    long = replace(PAT, prospect=replace(PAT.prospect, name="x" * 120, company="", email=""))
    assert [len(row.term) for row in search_terms_of_referral(long, "key")] == [LONGEST]


def test_nobody_is_found_who_was_erased() -> None:
    assert search_terms_of_referrer(replace(ANA, erased_at=AT), "key") == ()
    assert search_terms_of_referral(replace(PAT, prospect=Contact("", "")), "key") == ()


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        (("zah", "pat"), True),
        (("obr",), True),
        (("zah", "ana"), False),
        (("ahn",), False),
        ((), True),
    ],
)
def test_every_wanted_term_must_begin_one_of_the_persons(
    wanted: tuple[str, ...], there: bool
) -> None:
    row = SearchTerm("pat", "referral", "rf_1", "Pat O'Brien, Zahn & Söhne GmbH")
    assert fits(row, wanted) is there
