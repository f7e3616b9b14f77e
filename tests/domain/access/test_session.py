"""Sessions: signed, of one kind, for a time; a form carries the mark of its own session."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.access.keyring import Keyring
from goodword.domain.access.session import (
    check_form_mark,
    form_mark,
    open_session,
    read_session,
    write_session,
)
from goodword.domain.errors import Forbidden

KEYS = Keyring(("key",))
AT = datetime(2027, 3, 1, 12, tzinfo=UTC)
SESSION = open_session("referrer", "dana", AT)
TEXT = write_session(SESSION, "key")


def test_a_session_lasts_its_time():
    assert read_session(TEXT, "referrer", KEYS, AT) == SESSION
    assert read_session(TEXT, "referrer", KEYS, AT + timedelta(days=30)) is None
    assert open_session("staff", "a1", AT).expires_at == AT + timedelta(hours=12)


@pytest.mark.parametrize(("kind", "key"), [("staff", "key"), ("referrer", "other")])
def test_a_session_is_of_one_kind_and_under_one_key(kind, key):
    assert read_session(TEXT, kind, Keyring((key,)), AT) is None


@given(
    st.text()
    | st.tuples(st.integers(0, len(TEXT) - 1), st.characters()).map(
        lambda at: TEXT[: at[0]] + at[1] + TEXT[at[0] + 1 :]
    )
)
def test_nothing_but_what_was_signed_is_a_session(text):
    assert (read_session(text, "referrer", KEYS, AT) is not None) == (text == TEXT)


def test_a_form_of_another_session_is_refused():
    check_form_mark(form_mark(SESSION, "key"), SESSION, KEYS)
    for other in (
        "",
        "ü",
        form_mark(open_session("referrer", "max", AT), "key"),
        form_mark(SESSION, "other"),
    ):
        with pytest.raises(Forbidden):
            check_form_mark(other, SESSION, KEYS)


def test_a_session_and_its_forms_survive_a_key_rotation():
    changed = Keyring(("new", "key"))
    assert read_session(TEXT, "referrer", changed, AT) == SESSION
    check_form_mark(form_mark(SESSION, "key"), SESSION, changed)
    check_form_mark(form_mark(SESSION, "new"), SESSION, changed)
    assert read_session(TEXT, "referrer", Keyring(("new",)), AT) is None
