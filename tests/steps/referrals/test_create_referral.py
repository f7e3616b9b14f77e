"""Referrals that people enter: handed over, verbal, from the CRM."""

from dataclasses import replace

import pytest

from goodword.domain.errors import BadInput, Conflict, NotFound
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import Referral
from goodword.steps.referrals.capture_signup import Signup
from goodword.steps.referrals.create_referral import EnteredReferral, create_referral
from goodword.steps.referrals.register_referral import RegisterReferralDeps

PAT = Signup("", "Pat Doe", "Pat@Practice.example", phone="+12025550143")
ENTERED = EnteredReferral("ana", "peers", "verbal", PAT)


def enter(world, entered=ENTERED):
    return create_referral(
        entered,
        contacts=world.contacts,
        deps=RegisterReferralDeps(
            identity_key=world.identity_key,
            stores=world.stores,
            now=world.clock,
            new_id=world.new_id,
        ),
    )


def test_a_verbal_referral_is_made_under_the_present_terms(world):
    world.program(name="Newer terms")
    made = enter(world)
    assert made.new
    assert (made.referral.source, made.referral.version) == ("verbal", 2)
    assert made.referral.prospect.email == "pat@practice.example"


def test_the_same_again_is_the_same_referral(world):
    first = enter(world)
    assert enter(world).referral == first.referral


def test_a_contact_handed_over_by_form_keeps_its_attestation(world):
    made = enter(world, replace(ENTERED, source="form", attestation="  They agreed. "))
    assert made.referral.attestation == "They agreed."


@pytest.mark.parametrize("attestation", ["", "  "])
def test_a_contact_handed_over_by_form_needs_them(world, attestation):
    with pytest.raises(BadInput) as refused:
        enter(world, replace(ENTERED, source="form", attestation=attestation))
    assert refused.value.where == "attestation"
    assert world.tables.all(Referral) == []


@pytest.mark.parametrize("missing", [{"referrer": "nobody"}, {"program": "nothing"}])
def test_a_referral_needs_its_referrer_and_program(world, missing):
    with pytest.raises(NotFound):
        enter(world, replace(ENTERED, **missing))


def test_a_closed_program_says_so_and_stores_nothing(world):
    world.program(ends={"on": "2027-02-01", "in_flight": "continue"})
    with pytest.raises(Conflict, match="ended on 1 February 2027"):
        enter(world)
    assert world.tables.all(Referral) == []


def test_contact_data_that_does_not_hold_is_reported(world):
    with pytest.raises(BadInput):
        enter(world, replace(ENTERED, contact=replace(PAT, email="nobody")))


def test_a_throw_away_mailbox_is_entered_and_flagged(world):
    (flag,) = enter(
        world, replace(ENTERED, contact=replace(PAT, email="x@throwaway.example"))
    ).referral.flags
    assert flag == Reason("disposable")
