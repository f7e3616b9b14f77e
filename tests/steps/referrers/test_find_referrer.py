"""A referrer is found, and one who was erased recommends nothing."""

from dataclasses import replace

import pytest

from goodword.domain.errors import NotFound
from goodword.ports.writes import Update
from goodword.steps.referrers.find_referrer import enrolled_referrer, recommending_referrer


def test_a_referrer_who_is_not_enrolled_is_not_found(world):
    with pytest.raises(NotFound, match="unknown"):
        enrolled_referrer("unknown", stores=world.stores)


def test_an_erased_referrer_does_not_recommend(world):
    ana = world.stores.referrers.get("ana")
    assert recommending_referrer("ana", stores=world.stores) == ana
    world.stores.commit([Update(replace(ana, erased_at=world.clock(), revision=2))])
    assert enrolled_referrer("ana", stores=world.stores).erased_at == world.clock()
    with pytest.raises(NotFound, match="erased"):
        recommending_referrer("ana", stores=world.stores)
