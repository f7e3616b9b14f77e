"""A link of a mail is looked at as often as one likes, and used once."""

import pytest

from goodword.domain.access.keyring import Keyring
from goodword.domain.errors import Failed, Forged, Gone
from goodword.steps.access.spend_token import look_at_token, mint_token, spend_token, token_text

KEY = "a key"


@pytest.fixture
def minted(bare):
    token, write = mint_token(
        "sign_off", "dana", {"shown": "company"}, now=bare.clock, new_id=bare.new_id
    )
    bare.stores.commit([write])
    return token


def look(bare, text, purpose="sign_off"):
    return look_at_token(text, purpose, keys=Keyring((KEY,)), stores=bare.stores, now=bare.clock)


def test_looking_changes_nothing_and_using_works_once(bare, minted):
    text = token_text(minted, KEY)
    assert look(bare, text) == look(bare, text) == minted
    assert "dana" not in text
    first, second = (spend_token(look(bare, text), now=bare.clock) for _ in range(2))
    bare.stores.commit([first])
    with pytest.raises(Failed):
        bare.stores.commit([second])
    with pytest.raises(Gone) as result:
        spend_token(look(bare, text), now=bare.clock)
    assert result.value.where == "used"


def test_a_link_of_another_purpose_or_expired_does_not_open(bare, minted):
    text = token_text(minted, KEY)
    with pytest.raises(Forged):
        look(bare, text, "invitation")
    bare.clock.advance(days=14)
    with pytest.raises(Gone):
        look(bare, text)


def test_a_link_whose_row_is_gone_counts_as_expired(bare, minted):
    gone, _ = mint_token("sign_off", "dana", {}, now=bare.clock, new_id=bare.new_id)
    with pytest.raises(Gone):
        look(bare, token_text(gone, KEY))
