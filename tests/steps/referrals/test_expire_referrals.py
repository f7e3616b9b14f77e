"""Referrals whose time is over are closed by the sweep."""

from dataclasses import replace
from datetime import timedelta

from goodword.domain.errors import MissingRecord
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import Referral
from goodword.steps.referrals import expire_referrals as module
from goodword.steps.referrals.expire_referrals import expire_referrals


def test_a_referral_whose_time_is_over_is_closed(world):
    referral = world.referral()
    world.clock.now = world.kept(referral).deadline + timedelta(seconds=1)
    assert expire_referrals(deps=world.qualifying) == (1, ())
    assert world.kept(referral).closed_because == Reason("closed_time_over", {"count": 365})
    assert expire_referrals(deps=world.qualifying) == (0, ())


def test_a_referral_in_its_time_is_left_alone(world):
    referral = world.referral()
    before = world.kept(referral)
    world.clock.advance(days=364)
    assert expire_referrals(deps=world.qualifying) == (0, ())
    assert world.kept(referral) == before


def test_a_late_index_does_no_harm(world):
    referral = world.referral()
    world.clock.advance(days=366)
    world.tables.freeze_indexes()
    expire_referrals(deps=world.qualifying)
    closed = world.kept(referral)
    assert expire_referrals(deps=world.qualifying) == (1, ())
    assert world.kept(referral) == closed


def test_the_next_sweep_closes_what_did_not_fit(world, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 2)
    for number in range(3):
        world.referral(f"pat@practice{number}.example")
    world.clock.now += timedelta(days=366)
    assert [expire_referrals(deps=world.qualifying)[0] for _ in range(3)] == [2, 1, 0]


def test_a_referral_that_cannot_be_judged_holds_up_no_other(world):
    broken, sound = world.referral("pat@practice.example"), world.referral("sam@clinic.example")
    world.tables.rows[Referral][(broken,)] = replace(world.kept(broken), version=99)
    world.clock.advance(days=400)
    overdue, ((failed, error),) = expire_referrals(deps=world.qualifying)
    assert (overdue, failed, type(error)) == (2, broken, MissingRecord)
    assert not world.kept(sound).open
