"""Amounts as CRMs and people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.crm_copy.amount import UnreadAmount, names_currency, read_amount
from goodword.domain.money import Money, exponent
from tests.cases.load import variants


@pytest.mark.parametrize(
    "case", variants("typed_fields", "a typed amount is read or named as unreadable")
)
def test_a_typed_amount_is_read_or_named_as_unreadable(case):
    (event,) = case["events"]
    assert read_amount(event["set"]["amount"], "USD") == Money(800000, "USD")


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("8000", "USD", "8000.00 USD"),
        ("8000", " usd ", "8000.00 USD"),
        ("100.50 EUR", "USD", "100.50 EUR"),
        ("usd8000", "", "8000.00 USD"),
        ("250000 JPY", "USD", "250000 JPY"),
        ("1,234,567", "USD", "1234567.00 USD"),
        ("1.234.567,89", "EUR", "1234567.89 EUR"),
        ("1,234,567.891", "USD", "1234567.89 USD"),
        ("12,34,567.50", "INR", "1234567.50 INR"),
        ("1'234.50", "CHF", "1234.50 CHF"),
        ("1\u2019234\u2019567", "CHF", "1234567.00 CHF"),
        ("1\u202f234,56\u00a0€", "", "1234.56 EUR"),
        ("1 234 567,8 kr", "SEK", "1234567.80 SEK"),
        ("0,5", "EUR", "0.50 EUR"),
        ("0.125", "EUR", "0.12 EUR"),
        ("0,125", "EUR", "0.12 EUR"),
        ("100.", "USD", "100.00 USD"),
        ("5000.000", "USD", "5000.00 USD"),
        ("1.0E7", "USD", "10000000.00 USD"),
        ("1.234e+3", "USD", "1234.00 USD"),
        ("-$8,000.00", "USD", "-8000.00 USD"),
        ("$ -8,000.00", "USD", "-8000.00 USD"),
        ("\u22125.50", "USD", "-5.50 USD"),
        ("+5", "USD", "5.00 USD"),
        ("-0.999", "USD", "-0.99 USD"),
        ("$1,234", "USD", "1234.00 USD"),
        ("$1.234", "COP", "1234.00 COP"),
        ("1.234", "KWD", "1.234 KWD"),
        ("US$5", "", "5.00 USD"),
        ("$5 CAD", "", "5.00 CAD"),
        ("£5", "GBP", "5.00 GBP"),
        ("¥250,000", "JPY", "250000 JPY"),
        ("1e15", "USD", f"{10**15}.00 USD"),
    ],
)
def test_an_amount_is_read_in_each_notation(text, currency, amount):
    assert str(read_amount(text, currency)) == amount


@pytest.mark.parametrize(
    ("text", "currency", "problem"),
    [
        ("", "USD", "not_an_amount"),
        ("a lot", "USD", "not_an_amount"),
        ("--8", "USD", "not_an_amount"),
        ("-$-8", "USD", "not_an_amount"),
        (".5", "USD", "not_an_amount"),
        ("5,", "USD", "not_an_amount"),
        ("1.2.3", "USD", "not_an_amount"),
        ("1,23,4", "USD", "not_an_amount"),
        ("1,234.567,8", "EUR", "not_an_amount"),
        ("1.234 567", "USD", "not_an_amount"),
        ("1 234'567", "USD", "not_an_amount"),
        ("1 234'567,8", "USD", "not_an_amount"),
        ("1 23", "USD", "not_an_amount"),
        ("1,234. 5", "USD", "not_an_amount"),
        ("5000,000", "EUR", "not_an_amount"),
        ("1.5e-3", "USD", "not_an_amount"),
        ("1e16", "USD", "not_an_amount"),
        ("1e400", "USD", "not_an_amount"),
        ("9" * 16, "USD", "not_an_amount"),
        ("1." + "9" * 31, "USD", "not_an_amount"),
        ("9" * 5000, "USD", "not_an_amount"),
        ("\u0967\u0968", "INR", "not_an_amount"),
        ("5\u00b2", "USD", "currency_unknown"),
        ("1,234", "USD", "separator_ambiguous"),
        ("1.234", "USD", "separator_ambiguous"),
        ("1.234", "JPY", "separator_ambiguous"),
        ("1,234", "KWD", "separator_ambiguous"),
        ("8000", "", "currency_missing"),
        ("1.234", "", "separator_ambiguous"),
        ("8000", "XXX", "currency_unknown"),
        ("8000 XXX", "USD", "currency_unknown"),
        ("$8000", "", "currency_unknown"),
        ("$8000", "EUR", "currency_unknown"),
        ("€8000 USD", "", "currency_unknown"),
        ("8000 pcs.", "USD", "not_an_amount"),
        ("8000 %", "USD", "currency_unknown"),
    ],
)
def test_an_ambiguous_amount_is_named(text, currency, problem):
    assert read_amount(text, currency) == UnreadAmount(problem)


@pytest.mark.parametrize(
    ("text", "named"),
    [("5 USD", True), ("€5", True), ("$5", False), ("5", False), ("1.0E7", False), ("?", False)],
)
def test_an_amount_names_its_currency_by_code_or_sign(text, named):
    assert names_currency(text) is named


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.sampled_from(["USD", "EUR", "JPY", "KWD", "CHF"]))
def test_an_amount_that_is_written_here_is_read_again(minor, currency):
    amount = Money(minor, currency)
    assert read_amount(str(amount), "") == amount


@given(
    st.integers(0, 10**12),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", ".")]),
    st.sampled_from(["USD", "EUR"]),
)
def test_separators_change_no_amount(minor, signs, currency):
    whole, part = divmod(minor, 10 ** exponent(currency))
    grouped = f"{whole:,}".replace(",", signs[0])
    assert read_amount(f"{grouped}{signs[1]}{part:02}", currency) == Money(minor, currency)


@given(st.text(max_size=30), st.text(max_size=5))
def test_each_text_is_an_amount_or_has_a_problem(text, currency):
    assert isinstance(read_amount(text, currency), Money | UnreadAmount)
