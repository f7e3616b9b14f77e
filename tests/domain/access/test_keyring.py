"""The keys that sign: one signs, those before it and the one that comes hold too."""

import pytest

from goodword.domain.access.keyring import Keyring, read_keyring, write_keyring
from goodword.domain.errors import NotReady


def sign(key):
    return f"signed by {key}"


@pytest.mark.parametrize("text", ["one", "two one", "one +two", "three two one +four"])
def test_what_is_kept_is_what_is_read(text):
    assert write_keyring(read_keyring(text)) == text


def test_next_keys_verify_before_they_sign_and_old_ones_after():
    one = read_keyring("one")
    coming = one.with_coming("two")
    signing = coming.with_coming_signing()
    assert [each.signs for each in (one, coming, signing)] == ["one", "one", "two"]
    valid = [
        [each.holds(sign(key), sign) for key in ("one", "two")] for each in (one, coming, signing)
    ]
    assert valid == [[True, False], [True, True], [True, True]]


def test_no_other_key_holds():
    assert not read_keyring("two one +three").holds(sign("four"), sign)
    assert not read_keyring("one").holds("", sign)
    assert not read_keyring("one").holds("\u00fc", sign)


@pytest.mark.parametrize("text", ["", "  ", "+one"])
def test_a_ring_without_a_key_that_signs_is_none(text):
    with pytest.raises(NotReady):
        read_keyring(text)


def test_no_key_is_quoted_where_a_ring_is_printed():
    assert "one" not in repr(Keyring(("one",), "one"))
