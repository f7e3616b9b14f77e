"""Referrers are enrolled once, under one account."""

from dataclasses import replace

import pytest

from goodword.domain.errors import Conflict
from goodword.domain.referrals.erasure import erase_referrer
from goodword.domain.referrers.referrer import Account, Referrer
from goodword.ports.writes import Insert, Update
from goodword.steps.referrers.enroll_referrer import enroll_referrer
from goodword.steps.referrers.find_referrer import enrolled_referrer


@pytest.fixture
def zoe(world):
    return Referrer(
        "zoe", "cus_9", "Zoe", "zoe@example.com", world.clock(), nps=9, products=("basic",)
    )


def enroll(world, referrer, currency=""):
    return enroll_referrer(referrer, currency, identity_key=world.identity_key, stores=world.stores)


def test_a_new_referrer_is_enrolled_with_their_account(world, zoe):
    assert enroll(world, zoe, "EUR") == (zoe, True)
    assert enrolled_referrer("zoe", stores=world.stores) == zoe
    assert world.stores.accounts.get("cus_9") == Account("cus_9", world.clock(), "EUR")


def test_the_same_again_changes_nothing(world, zoe):
    enroll(world, zoe, "EUR")
    later = replace(zoe, created_at=world.clock.advance(days=1))
    assert enroll(world, later, "EUR") == (zoe, False)
    assert world.stores.referrers.get("zoe") == zoe


def test_what_the_referrer_did_since_does_not_count(world, zoe):
    enroll(world, zoe)
    later = replace(
        zoe, terms=("peers@1",), accepted_at=world.clock(), mail_off="bounced", revision=2
    )
    world.stores.commit([Update(later)])
    assert enroll(world, zoe) == (later, False)


def test_locale_and_a_pending_sign_off_are_no_difference(world, zoe):
    enroll(world, zoe)
    later = replace(zoe, locale="es", asked="tk_1", revision=2)
    world.stores.commit([Update(later)])
    assert enroll(world, zoe) == (later, False)


@pytest.mark.parametrize("answered", ["signed_off_at", "declined_at"])
def test_an_approvers_answer_on_earning_outlasts_a_second_import(world, zoe, answered):
    enroll(world, zoe)
    later = replace(zoe, earns="no", revision=2, **{answered: world.clock()})
    world.stores.commit([Update(later)])
    assert enroll(world, zoe) == (later, False)


def test_earning_is_compared_until_an_approver_answered(world, zoe):
    enroll(world, zoe)
    with pytest.raises(Conflict):
        enroll(world, replace(zoe, earns="no"))


def test_other_data_under_the_same_id_is_refused(world, zoe):
    enroll(world, zoe)
    with pytest.raises(Conflict) as refused:
        enroll(world, replace(zoe, name="Zoë"))
    assert refused.value.where == "referrer"


@pytest.mark.parametrize(
    ("other", "where"), [({"account": "cus_8"}, "account"), ({"email": "zoe@example.org"}, "email")]
)
def test_fields_that_cannot_change_are_named(world, zoe, other, where):
    enroll(world, zoe)
    with pytest.raises(Conflict) as refused:
        enroll(world, replace(zoe, **other))
    assert (refused.value.where, "PATCH" in refused.value.remedy) == (where, False)


def test_the_id_of_an_erased_person_is_not_enrolled_again(world, zoe):
    enroll(world, zoe)
    world.stores.commit([Update(erase_referrer(zoe, world.clock()))])
    with pytest.raises(Conflict, match="was erased"):
        enroll(world, zoe)


def test_an_address_belongs_to_one_referrer(world, zoe):
    enroll(world, zoe)
    with pytest.raises(Conflict) as refused:
        enroll(world, replace(zoe, referrer="max"))
    assert refused.value.where == "email"
    assert world.stores.referrers.get("max") is None


def test_several_referrers_share_an_account(world, zoe):
    enroll(world, zoe, "EUR")
    other = replace(zoe, referrer="max", email="max@example.com")
    assert enroll(world, other) == (other, True)
    assert enroll(world, replace(other, referrer="eva", email="eva@example.com"), "EUR")[1]
    assert world.stores.accounts.get("cus_9").revision == 1


def test_the_first_to_say_the_accounts_currency_sets_it(world, zoe):
    enroll(world, zoe)
    enroll(world, replace(zoe, referrer="max", email="max@example.com"), "EUR")
    assert world.stores.accounts.get("cus_9") == Account("cus_9", world.clock(), "EUR", revision=2)


def test_another_currency_than_the_accounts_is_refused(world, zoe):
    enroll(world, zoe, "EUR")
    with pytest.raises(Conflict) as refused:
        enroll(world, replace(zoe, referrer="max", email="max@example.com"), "USD")
    assert refused.value.where == "currency"


def test_who_says_the_currency_when_enrolling_again_is_received(world, zoe):
    enroll(world, zoe)
    assert enroll(world, zoe, "EUR") == (zoe, False)
    assert world.stores.accounts.get("cus_9").currency == "EUR"
    with pytest.raises(Conflict):
        enroll(world, zoe, "USD")


def test_two_who_enrol_the_same_person_at_once_make_one(world, zoe):
    world.tables.meanwhile.append(lambda: enroll(world, zoe))
    assert enroll(world, zoe) == (zoe, False)


def test_two_who_enrol_one_address_at_once_cannot_both(world, zoe):
    world.tables.meanwhile.append(lambda: enroll(world, replace(zoe, referrer="max")))
    with pytest.raises(Conflict):
        enroll(world, zoe)
    assert world.stores.referrers.get("zoe") is None


def test_two_referrers_of_one_account_enroll_concurrently(world, zoe):
    world.tables.meanwhile.append(
        lambda: world.stores.commit([Insert(Account("cus_9", world.clock()))])
    )
    assert enroll(world, zoe, "EUR") == (zoe, True)
    assert world.stores.accounts.get("cus_9").currency == "EUR"


def test_no_email_is_in_a_key(world, zoe):
    enroll(world, zoe)
    names = [key for rows in world.tables.rows.values() for key in rows]
    assert "zoe@example.com" not in repr(names)
