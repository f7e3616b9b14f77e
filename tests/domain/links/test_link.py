"""Links: codes, and the token that a click carries on."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.errors import BadInput, Forged
from goodword.domain.links.link import (
    RESERVED,
    ClickToken,
    check_token,
    check_vanity,
    split_token,
)
from goodword.domain.links.visit import CODE, CODE_ALPHABET, write_token

AT = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
TOKEN = ClickToken("ana-link", "click-1", AT)
SIGNED = write_token("ana-link", "click-1", AT, "key")


@pytest.mark.parametrize("code", ["ana", "a-b-c", "2027", "x" * 40])
def test_a_chosen_code_is_lower_case_terms(code):
    assert check_vanity(code) == code
    assert CODE.fullmatch(code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "ab",
        "x" * 41,
        "Ana",
        "a_b",
        "-ana",
        "ana-",
        "a--b",
        "añá",
        "a b",
        "ana\n",
        *sorted(RESERVED)[:5],
    ],
)
def test_other_codes_are_refused(code):
    with pytest.raises(BadInput) as refused:
        check_vanity(code)
    assert refused.value.where == "code"


def test_no_term_of_ours_is_left_to_choose():
    for part in ("admin", "v1", "webhooks", "r", "login", "unsubscribe"):
        with pytest.raises(BadInput):
            check_vanity(part)


CODES = st.text(CODE_ALPHABET + "-", min_size=3, max_size=40)
TIMES = st.integers(0, 10**10).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(st.builds(ClickToken, CODES, CODES, TIMES), st.text(min_size=1))
def test_a_token_is_read_as_it_was_signed(token, key):
    text = write_token(token.code, token.click, token.at, key.encode("utf-8", "ignore").decode())
    assert split_token(text) == token
    check_token(text, key.encode("utf-8", "ignore").decode())


def accept(text):
    split_token(text)
    check_token(text, "key")


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_a_token_with_another_sign_anywhere_does_not_hold(place, sign):
    text = SIGNED
    place %= len(text)
    changed = text[:place] + sign + text[place + 1 :]
    if changed == text:
        check_token(changed, "key")
        return
    with pytest.raises(Forged):
        accept(changed)


def test_a_token_of_another_key_does_not_hold():
    with pytest.raises(Forged):
        check_token(SIGNED, "other")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b.c",
        "ana-link.click-1.1.mac.more",
        "ana-link.click-1.now.mac",
        "ana-link.click-1.-1.mac",
        "ana-link.click-1.١٢.mac",
        "ana-link.click-1.123456789012.mac",
        "ana link.click-1.1.mac",
        "ana-link.c!.1.mac",
        "x" * 201,
        "ana-link.click-1.1." + "m" * 200,
    ],
)
def test_what_is_no_token_is_refused(text):
    with pytest.raises(Forged) as refused:
        split_token(text)
    assert refused.value.where == "gw"


@given(st.text())
def test_no_token_leads_to_another_error(text):
    with pytest.raises(Forged):
        accept(text)
