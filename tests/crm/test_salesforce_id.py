"""Salesforce's ids of fifteen and eighteen characters."""

import pytest

from goodword.crm.salesforce.record_id import full_id, sobject_of


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("001000000000001", "001000000000001AAA"),
        ("00Q00000000000a", "00Q00000000000aEAA"),
        # The example of Salesforce's own SOAP guide for outbound messages.
        ("04lR0000000CcIF", "04lR0000000CcIFIA0"),
        ("04kR00000004CCX", "04kR00000004CCXIA2"),
    ],
)
def test_both_spellings_name_one_record(short, full):
    assert full_id(short) == full_id(full) == full


@pytest.mark.parametrize(
    "text",
    [
        "",
        "001",
        "001000000000001AAB",
        "001000000000001aaa",
        "001000000000001AA",
        "00100000000000' OR",
        "001000000000001\n",
        "00100000000000é",
        "٠٠١٠٠٠٠٠٠٠٠٠٠٠١",
    ],
)
def test_what_is_no_id_never_reaches_a_query(text):
    assert full_id(text) is None


def test_the_first_three_characters_name_the_type():
    assert [sobject_of(prefix + "0" * 15) for prefix in ("001", "003", "006", "00Q", "500")] == [
        "Account",
        "Contact",
        "Opportunity",
        "Lead",
        None,
    ]
