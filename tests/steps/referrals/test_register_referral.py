"""One prospect is one referral, and the first referral keeps it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goodword.domain.identity import Identity
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.timeline import Entry
from goodword.steps.referrers.enroll_referrer import enroll_referrer


def test_a_referral_is_made_under_the_programs_terms(world):
    made = world.made(source="form", attestation="I may.", link="l", click="c")
    held = world.kept(made.referral.referral)
    assert made.new
    assert held == made.referral
    assert (held.program, held.version, held.referrer, held.account) == ("peers", 1, "ana", "cus_1")
    assert (held.attestation, held.link, held.click) == ("I may.", "l", "c")
    assert (held.deadline - held.created_at).days == 365
    assert [each.milestone for each in held.milestones] == ["demo", "deal"]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("link", "by a link"),
        ("form", "attested"),
        ("verbal", "by the sales team"),
        ("crm", "from the CRM"),
        ("import", "imported"),
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
    assert again.reason == Reason("same_referral_again")
    assert len(world.tables.all(Referral)) == 1


def test_another_referrer_who_comes_later_is_on_the_record_with_the_reason(world):
    world.referrer("max", "cus_2")
    first = world.referral()
    world.clock.advance(days=1)
    later = world.made(referrer="max")
    assert later.referral.referrer == "ana"
    assert later.reason == Reason("referred_before_by_another_referrer")
    assert world.sentences(first)[-1] == (
        "A later introduction was not counted: another referrer introduced this prospect before."
    )
    (entry,) = (each for each in world.entries() if each.event.kind == "duplicate_referral")
    assert entry.event.data == {"reason": later.reason, "referrer": "max", "source": "verbal"}


def test_each_later_try_is_on_the_record_once(world):
    world.referrer("max", "cus_2")
    first = world.referral()
    for _ in range(3):
        world.made(referrer="max")
        world.made(referrer="ana", click="second", source="link")
    assert world.kinds(first).count("duplicate_referral") == 2


def test_the_same_signup_once_more_leaves_no_trace(world):
    first = world.made(click="click-1", source="link")
    again = world.made(click="click-1", source="link")
    assert (again.referral, again.new, again.reason) == (
        first.referral,
        False,
        Reason("same_referral_again"),
    )
    assert world.kinds(first.referral.referral) == ["made"]


def test_a_later_try_that_failed_half_way_is_on_the_record_once(world):
    world.referrer("max", "cus_2")
    first = world.referral()
    world.tables.lost_replies = 1
    with pytest.raises(ConnectionError):
        world.made(referrer="max")
    world.tables.conflicts = 1
    assert world.made(referrer="max").reason == Reason("referred_before_by_another_referrer")
    assert world.kinds(first).count("duplicate_referral") == 1


def test_what_is_entered_again_after_a_lost_answer_leaves_no_trace(world):
    first = world.made(source="verbal")
    again = world.made(source="verbal")
    assert (again.referral, again.new, again.reason) == (
        first.referral,
        False,
        Reason("same_referral_again"),
    )
    assert world.made(source="form").reason == Reason("referred_before_by_same_referrer")
    assert world.kinds(first.referral.referral) == ["made", "duplicate_referral"]


def test_the_timeline_tells_later_tries_in_their_place(world):
    first = world.referral()
    world.clock.advance(days=1)
    world.made()
    world.clock.advance(days=1)
    world.stage("contacted")
    entries = world.timeline(first)
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


def test_a_prospect_of_a_company_that_is_stored_is_behind(world):
    first = world.referral("pat@practice.example")
    second = world.referral("sam@practice.example")
    (entry,) = (each for each in world.entries() if each.event.kind == "behind")
    assert entry.subject == f"referral#{second}"
    assert entry.event.data == {"holder": first, "by": "company"}


def test_people_with_a_mailbox_anywhere_share_no_company(world):
    world.referral("pat@gmail.com")
    second = world.referral("sam@gmail.com")
    assert world.kept(second).keys == ()
    assert "behind" not in world.kinds(second)


def test_self_referral_is_flagged_and_not_dropped(world):
    referral = world.referral("ana@referrer.example")
    assert world.kept(referral).flags == (Reason("self_referral"),)


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
    assert world.made(click="click-1").reason == Reason("same_referral_again")
    assert len(world.tables.all(Referral)) == 1


def test_a_company_whose_holder_ended_without_a_credit_goes_to_the_next(world):
    first = world.referral("pat@practice.example")
    held = world.kept(first)
    world.tables.rows[Referral][(first,)] = replace(held, open=False)
    second = world.referral("sam@practice.example")
    (company,) = (each for each in world.tables.all(Identity) if each.identity.startswith("payee#"))
    assert (company.owner, company.revision) == (second, 2)


def flags(made):
    return [each.code for each in made.referral.flags]


def test_a_flag_is_on_the_timeline_when_the_referral_is_made(world):
    referral = world.referral("ana@referrer.example")
    assert world.kinds(referral) == ["made", "flagged"]
    assert world.sentences(referral)[-1] == (
        "For a person to look at: the prospect's address is the referrer's own."
    )


def test_one_mailbox_under_two_addresses_is_flagged_and_both_are_referrals(world):
    assert flags(world.made("p.at@gmail.com")) == []
    second = world.made("pat+new@googlemail.com")
    assert second.new
    assert flags(second) == ["same_person"]
    assert flags(world.made("sam@gmail.com")) == []


def test_a_phone_that_two_prospects_share_is_flagged(world):
    world.made("pat@practice.example", contact={"phone": "+12025550143"})
    assert flags(world.made("sam@other.example", contact={"phone": "+12025550143"})) == [
        "same_phone"
    ]
    assert flags(world.made("kim@third.example", contact={"phone": ""})) == []


def test_mailboxes_and_phones_are_compared_within_one_program(world):
    world.program(program="others")
    world.made("pat@practice.example")
    assert flags(world.made("pat+2@practice.example", program="others")) == []


def test_two_addresses_of_one_person_at_once_cannot_both_go_unseen(world):
    world.tables.meanwhile.append(lambda: world.made("pat@gmail.com"))
    assert flags(world.made("p.a.t@gmail.com")) == ["same_person"]


def test_the_same_person_who_comes_again_after_the_end_is_not_another(world):
    first = world.referral()
    world.clock.advance(days=366)
    world.qualify(first)
    assert flags(world.made()) == []


def test_a_prospect_who_is_a_referrer_already_is_flagged(world):
    who = Referrer("max", "cus_2", "Max", "max@practice.example", world.clock())
    enroll_referrer(who, "USD", identity_key=world.identity_key, stores=world.stores)
    assert flags(world.made("max@practice.example")) == ["existing_referrer"]
    assert flags(world.made("max+2@practice.example"))[-1] == "existing_referrer"


def test_a_throw_away_mailbox_is_flagged(world):
    assert flags(world.made(disposable=True)) == ["disposable"]


def test_a_colleague_by_a_link_for_inside_is_not_flagged(world):
    world.program(sign_off=["hospital"])
    world.referrer("bo", segment="hospital")
    assert flags(world.made("max@referrer.example", "bo")) == ["same_company"]
    assert flags(world.made("kim@referrer.example", "bo", internal_only=True)) == []


def test_a_link_for_inside_waives_the_flag_only_until_everybody_may_be_reported(world):
    assert flags(world.made("kim@referrer.example", internal_only=True)) == ["same_company"]
    world.program(sign_off=["hospital"])
    world.referrer("bo", segment="hospital", signed_off_at=world.clock())
    assert flags(world.made("max@referrer.example", "bo", internal_only=True)) == ["same_company"]


def test_more_than_twenty_prospects_of_a_referrer_in_a_day_are_flagged(world):
    world.referrer("max", "cus_2")
    twenty = [
        world.made(f"p{number}@practice{number}.example", contact={"phone": ""})
        for number in range(20)
    ]
    assert [each for each in twenty if flags(each)] == []
    assert not world.made("p3@practice3.example").new
    assert flags(world.made("one@more.example")) == ["velocity"]
    assert flags(world.made("two@more2.example", referrer="max")) == []
    world.clock.advance(days=1)
    assert flags(world.made("three@more3.example")) == []


def test_a_burst_of_signups_by_one_click_is_flagged(world):
    by_click = {"source": "link", "click": "click-1"}
    three = [world.made(f"p{number}@practice{number}.example", **by_click) for number in range(3)]
    assert [each for each in three if flags(each)] == []
    assert flags(world.made("p3@practice3.example", **by_click)) == ["burst"]
    assert flags(world.made("p4@practice4.example", source="link", click="click-2")) == []


def sign_up(world, number, link="spring"):
    """Let somebody sign up by a link and a click of their own."""
    person = f"p{number}@practice{number}.example"
    return world.made(
        person, source="link", link=link, click=f"{link}-{number}", contact={"phone": ""}
    )


def click(world, kind, times, link="spring", days_ago=0):
    day = f"{world.clock() - timedelta(days=days_ago):%Y-%m-%d}"
    world.stores.counts.add_clicks(
        link, day, f"{kind}-{days_ago}", [(each, kind) for each in range(times)]
    )


def test_a_burst_of_signups_without_clicks_of_people_is_flagged(world):
    click(world, "machine", 500)
    click(world, "person", 10)
    made = [sign_up(world, number) for number in range(11)]
    assert [flags(each) for each in made] == [[]] * 10 + [["unclicked"]]
    assert world.sentences(made[-1].referral.referral)[-1] == (
        "For a person to look at: more than 10 prospects signed up by one link in a day, "
        "and fewer people clicked on it."
    )


def test_a_busy_link_that_people_click_on_is_not_flagged(world):
    click(world, "person", 9, days_ago=6)
    click(world, "uncertain", 9)
    assert [flags(sign_up(world, number)) for number in range(18)] == [[]] * 18


def test_clicks_on_another_link_or_long_ago_do_not_make_a_burst_good(world):
    click(world, "person", 99, link="autumn")
    click(world, "person", 99, days_ago=7)
    assert [flags(sign_up(world, number)) for number in range(11)][-1] == ["unclicked"]


def test_the_signups_of_a_link_are_counted_by_the_day_and_the_prospect(world):
    for number in range(10):
        sign_up(world, number)
    assert not sign_up(world, 3).new
    world.clock.advance(days=1)
    assert flags(sign_up(world, 10)) == []


def test_clicks_are_looked_up_only_where_a_link_is_busy(world, monkeypatch):
    asked = []
    clicks = world.stores.counts.clicks
    monkeypatch.setattr(
        world.stores.counts, "clicks", lambda *result: (asked.append(result), clicks(*result))[1]
    )
    for number in range(10):
        sign_up(world, number)
    assert asked == []
    sign_up(world, 10)
    assert len(asked) == 1


def test_repeats_under_contention_count_one_prospect_once(world):
    world.tables.conflicts = 4
    world.made(click="click-1", source="link")
    assert {len(codes) for codes in world.tables.followed.values()} == {1}


def test_nothing_that_raises_a_flag_carries_the_address(world):
    world.made("pat@practice.example", click="click-1", source="link")
    world.made("pat+2@practice.example", click="click-1", source="link", contact={"phone": ""})
    marks = {**world.tables.followed, **{str(key): None for key in world.tables.rows[Identity]}}
    assert "practice" not in repr((marks, world.tables.followed))
    assert "555" not in repr(marks)
