"""One prospect is one referral, and the first referral keeps it."""

from dataclasses import replace

import pytest

from goodword.domain.delivery import Identity
from goodword.domain.referral import Referral
from goodword.domain.timeline import Entry


def test_a_referral_is_made_under_the_programs_terms(world):
    made = world.made(source="form", attestation="I may.", link="l", click="c")
    held = world.kept(made.referral.referral)
    assert made.new
    assert held == made.referral
    assert (held.program, held.version, held.customer, held.account) == ("peers", 1, "ana", "cus_1")
    assert (held.attestation, held.link, held.click) == ("I may.", "l", "c")
    assert (held.deadline - held.made_at).days == 365
    assert [each.milestone for each in held.milestones] == ["demo", "deal"]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("link", "signed up through a link"),
        ("form", "attested"),
        ("verbal", "verbal referral"),
        ("crm", "came from the CRM"),
        ("import", "was imported"),
    ],
)
def test_the_timeline_begins_with_how_it_came(world, source, sentence):
    referral = world.referral(source=source)
    assert world.kinds(referral) == ["made"]
    assert sentence in world.sentences(referral)[0]


def test_the_same_person_twice_is_one_referral(world):
    first = world.made()
    again = world.made()
    assert (again.referral, again.new) == (first.referral, False)
    assert again.reason == "the same customer introduced this prospect before"
    assert len(world.tables.all(Referral)) == 1


def test_another_customer_who_comes_later_is_on_the_record_with_the_reason(world):
    world.customer("max", "cus_2")
    first = world.referral()
    world.clock.advance(days=1)
    later = world.made(customer="max")
    assert later.referral.customer == "ana"
    assert later.reason == "another customer introduced this prospect before"
    assert world.sentences(first)[-1] == (
        "A later introduction was not counted: another customer introduced this prospect before."
    )
    (entry,) = (each for each in world.entries() if each.kind == "later_try")
    assert entry.data == {"customer": "max", "source": "verbal"}


def test_each_later_try_is_on_the_record_once(world):
    world.customer("max", "cus_2")
    first = world.referral()
    for _ in range(3):
        world.made(customer="max")
        world.made(customer="ana", click="second", source="link")
    assert world.kinds(first).count("later_try") == 2


def test_the_same_signup_once_more_leaves_no_trace(world):
    first = world.made(click="click-1", source="link")
    again = world.made(click="click-1", source="link")
    assert (again.referral, again.new, again.reason) == (first.referral, False, "the same signup once more")
    assert world.kinds(first.referral.referral) == ["made"]


def test_the_timeline_tells_later_tries_in_their_place(world):
    first = world.referral()
    world.clock.advance(days=1)
    world.made()
    world.clock.advance(days=1)
    world.stage("contacted")
    entries = world.stores.timeline.of(first, 99).items
    assert [each.at for each in entries] == sorted(each.at for each in entries)


def test_the_same_person_in_another_program_is_another_referral(world):
    world.program(program="others")
    world.referral()
    assert world.made(program="others").new


def test_a_prospect_whose_referral_ended_without_a_credit_may_be_introduced_again(world):
    first = world.referral()
    world.clock.advance(days=366)
    world.qualify(first)
    assert not world.kept(first).open
    second = world.made()
    assert second.new
    assert world.made().referral == second.referral


def test_a_prospect_who_earned_somebody_a_credit_stays_with_that_referral(world):
    first = world.referral()
    world.stage("won")
    assert not world.kept(first).open
    assert world.made().referral.referral == first


def test_where_the_first_referral_is_gone_the_next_takes_its_place(world):
    world.referral()
    world.tables.rows[Referral].clear()
    assert world.made().new


def test_two_signups_of_one_person_at_once_make_one_referral(world):
    world.tables.meanwhile.append(world.made)
    assert not world.made().new
    assert len(world.tables.all(Referral)) == 1


def test_two_people_of_one_company_at_once_are_two_referrals_of_which_one_holds_it(world):
    world.tables.meanwhile.append(lambda: world.made("sam@practice.example"))
    pat = world.made("pat@practice.example")
    assert pat.new
    (company,) = (each for each in world.tables.all(Identity) if each.identity.startswith("payee#"))
    assert world.kept(company.owner).prospect.email == "sam@practice.example"
    assert "behind" in world.kinds(pat.referral.referral)


def test_a_prospect_of_a_company_that_is_held_is_behind(world):
    first = world.referral("pat@practice.example")
    second = world.referral("sam@practice.example")
    (entry,) = (each for each in world.entries() if each.kind == "behind")
    assert entry.referral == second
    assert entry.data == {"holder": first, "by": "company"}


def test_people_with_a_mailbox_anywhere_share_no_company(world):
    world.referral("pat@gmail.com")
    second = world.referral("sam@gmail.com")
    assert world.kept(second).keys == ()
    assert "behind" not in world.kinds(second)


def test_self_referral_is_flagged_and_not_dropped(world):
    referral = world.referral("ana@customer.example")
    assert world.kept(referral).flags == ("self_referral: the prospect's address is the customer's own",)


def test_neither_keys_nor_entries_carry_the_address(world):
    world.referral()
    world.made()
    names = [key for rows in world.tables.rows.values() for key in rows]
    assert "practice.example" not in repr(names)
    assert "practice.example" not in repr(world.tables.all(Entry))


def test_a_lost_reply_is_made_good_by_the_same_signup(world):
    world.tables.lost_replies = 1
    with pytest.raises(ConnectionError):
        world.made(click="click-1")
    assert world.made(click="click-1").reason == "the same signup once more"
    assert len(world.tables.all(Referral)) == 1


def test_a_company_whose_holder_ended_without_a_credit_goes_to_the_next(world):
    first = world.referral("pat@practice.example")
    held = world.kept(first)
    world.tables.rows[Referral][(first,)] = replace(held, open=False)
    second = world.referral("sam@practice.example")
    (company,) = (each for each in world.tables.all(Identity) if each.identity.startswith("payee#"))
    assert (company.owner, company.revision) == (second, 2)
