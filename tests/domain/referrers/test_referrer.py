"""Ids that come from outside."""

import pytest

from goodword.domain.errors import BadInput
from goodword.domain.referrers.referrer import check_id


@pytest.mark.parametrize("value", ["a", "7", "cus_NffrFeUfNV2Hib", "org:a.b-c", "x" * 64])
def test_an_id_is_letters_digits_and_a_few_signs(value):
    assert check_id(value, "account") == value


@pytest.mark.parametrize(
    "value", ["", " a", "-a", "_a", "a b", "a/b", "a#b", "ü", "a\n", "x" * 65, "a%2f"]
)
def test_anything_else_is_refused_with_its_field(value):
    with pytest.raises(BadInput) as refused:
        check_id(value, "account")
    assert refused.value.where == "account"
    assert refused.value.remedy
