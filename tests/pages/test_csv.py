"""A spreadsheet never runs typed text as a formula."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.pages.csv import csv_cell, csv_text

DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")


@pytest.mark.parametrize("start", DANGEROUS)
def test_a_text_that_would_be_run_is_marked_as_text(start):
    assert csv_cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize("start", [" ", "\u00a0", "\ufeff", "  \u200b"])
def test_white_space_before_a_formula_hides_nothing(start):
    assert csv_cell(f"{start}=1+1").startswith("'")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("Zoë", "Zoë"),
        ("a=b", "a=b"),
        ("'quoted'", "'quoted'"),
        ("", ""),
        (None, ""),
        (0, "0"),
        (-5000, "-5000"),
        (-1.5, "-1.5"),
        (Decimal("-50.00"), "-50.00"),
        (True, "True"),
        ("-50.00 USD", "'-50.00 USD"),
        ("+12025550143", "'+12025550143"),
    ],
)
def test_what_is_harmless_stays_as_it_is(value, cell):
    assert csv_cell(value) == cell


def test_rows_are_read_back_as_they_were_written():
    text = csv_text(("name", "minor"), [('Pat "P", Ltd', -5000), ("=1+1", None), ("two\nlines", 0)])
    assert text.startswith("name,minor\r\n")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["name", "minor"],
        ['Pat "P", Ltd', "-5000"],
        ["'=1+1", ""],
        ["two\nlines", "0"],
    ]


def test_a_row_that_does_not_fit_its_columns_is_refused():
    with pytest.raises(ValueError, match="1 cells under 2"):
        csv_text(("a", "b"), [("one",)])


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_no_cell_of_any_text_begins_with_what_is_run(cells):
    read = list(csv.reader(io.StringIO(csv_text(cells, [cells]), newline="")))
    for cell in (each for row in read for each in row):
        assert not cell.lstrip(" \u00a0\u200b\ufeff").startswith(DANGEROUS)
