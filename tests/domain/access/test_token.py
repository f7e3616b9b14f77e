"""Links of mails: signed for one purpose, for a time, with nothing of a person in them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.access.keyring import Keyring
from goodword.domain.access.token import check_token_text, write_token
from goodword.domain.errors import Forged, Gone

KEYS = Keyring(("key",))
AT = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEXT = write_token("invitation", "tk_abc", AT + HOUR, "key")


def test_a_link_gives_its_token_back_until_it_expires():
    assert check_token_text(TEXT, "invitation", KEYS, AT) == "tk_abc"
    with pytest.raises(Gone) as result:
        check_token_text(TEXT, "invitation", KEYS, AT + HOUR)
    assert result.value.where == "expired"


@pytest.mark.parametrize(
    ("text", "purpose", "key"),
    [
        (TEXT, "sign_in", "key"),
        (TEXT, "invitation", "other"),
        ("", "invitation", "key"),
        (TEXT[:-1], "invitation", "key"),
    ],
)
def test_a_link_holds_for_its_own_purpose_and_key_alone(text, purpose, key):
    with pytest.raises(Forged):
        check_token_text(text, purpose, Keyring((key,)), AT)


@given(
    st.text()
    | st.tuples(st.integers(0, len(TEXT) - 1), st.characters()).map(
        lambda at: TEXT[: at[0]] + at[1] + TEXT[at[0] + 1 :]
    )
)
def test_nothing_but_what_was_signed_is_taken(text):
    if text == TEXT:
        return
    with pytest.raises(Forged):
        check_token_text(text, "invitation", KEYS, AT)


def test_a_link_survives_rotation_until_its_key_is_removed():
    assert check_token_text(TEXT, "invitation", Keyring(("new", "key")), AT) == "tk_abc"
    assert check_token_text(TEXT, "invitation", Keyring(("new",), coming="key"), AT) == "tk_abc"
    with pytest.raises(Forged):
        check_token_text(TEXT, "invitation", Keyring(("new",)), AT)
