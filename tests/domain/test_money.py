"""Amounts: whole minor units, said and read without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.errors import BadInput
from goodword.domain.money import Money, beside, exponent, parse_money

CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KRW", "KWD", "BHD", "ISK", "TWD"])


@given(st.integers(0, 99_999_999_999), CURRENCIES)
def test_an_amount_is_read_as_it_is_said(minor, currency):
    amount = Money(minor if exponent(currency) else minor % 10**9, currency)
    assert parse_money(str(amount)) == amount


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (5000, "USD", "50.00 USD"),
        (5, "USD", "0.05 USD"),
        (-5, "USD", "-0.05 USD"),
        (-5000, "EUR", "-50.00 EUR"),
        (0, "USD", "0.00 USD"),
        (7000, "JPY", "7000 JPY"),
        (-7000, "JPY", "-7000 JPY"),
        (1234, "KWD", "1.234 KWD"),
    ],
)
def test_an_amount_is_said_in_its_currencys_way(minor, currency, said):
    assert str(Money(minor, currency)) == said


@pytest.mark.parametrize(
    ("text", "minor"),
    [("50 USD", 5000), ("50.5 USD", 5050), ("0.05 USD", 5), ("007 USD", 700), ("1.5 KWD", 1500)],
)
def test_missing_decimals_are_noughts(text, minor):
    assert parse_money(text).minor == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "50",
        "USD",
        "50.00",
        "50.00USD",
        "50.00 usd",
        "50,00 USD",
        "50. USD",
        ".50 USD",
        "-50.00 USD",
        "+50.00 USD",
        "50.00  USD",
        " 50.00 USD",
        "50.00 USD\n",
        "1e3 USD",
        "1234567890.00 USD",
        "NaN USD",
        "50.00 XXX",
        "50.00 US",
    ],
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(BadInput):
        parse_money(text, "pays")


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("5.001 KWD", ["5.000 KWD", "5.010 KWD"]),
        ("5.005 BHD", ["5.000 BHD", "5.010 BHD"]),
        ("10.50 ISK", ["10.00 ISK", "11.00 ISK"]),
        ("0.001 TND", ["0.010 TND"]),
        ("5.010 KWD", []),
        ("10 ISK", []),
        ("10.01 USD", []),
        ("7001 JPY", []),
        ("10.50 HUF", []),
    ],
)
def test_an_amount_that_stripe_refuses_has_valid_neighbors(text, others):
    assert [str(each) for each in beside(parse_money(text))] == others


@pytest.mark.parametrize("text", ["٥٠.٠٠ USD", "５０.00 USD"])
def test_digits_of_other_scripts_are_no_amount(text):
    with pytest.raises(BadInput):
        parse_money(text)


@pytest.mark.parametrize("text", ["50.001 USD", "50.0 JPY", "1.5 JPY"])
def test_part_of_a_minor_unit_is_refused_with_the_field(text):
    with pytest.raises(BadInput, match="too many decimals") as refused:
        parse_money(text, "pays[0]")
    assert refused.value.where == "pays[0]"


def test_an_amount_needs_a_currency_known_here():
    with pytest.raises(BadInput) as refused:
        Money(1, "XXX")
    assert refused.value.where == "currency"


def test_amounts_of_one_currency_have_an_order():
    assert Money(1, "USD") < Money(2, "USD")


@given(st.text())
def test_no_text_leads_to_another_error(text):
    try:
        parse_money(text)
    except BadInput:
        return
