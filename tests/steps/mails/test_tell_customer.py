"""Every entry that is news becomes one row for its customer, however often it comes."""

from dataclasses import replace

from goodword.domain.timeline import entry_for, referral_subject
from goodword.ports import Insert, Update
from goodword.steps.mails.tell_customer import tell_customer


def tell(world, entry):
    return tell_customer(entry, stores=world.stores, now=world.clock)


def test_a_new_referral_is_told_to_its_customer_once(world):
    referral = world.referral()
    assert world.tell() == ["to be told"]
    assert world.tell() == ["told before"]
    (mail,) = world.mails()
    assert (mail.recipient, mail.referral, mail.kind) == ("ana", referral, "news")


def test_what_is_no_news_makes_no_row(world):
    world.referral()
    world.stage("contacted")
    assert set(world.tell()) == {"no news", "to be told"}
    assert len(world.mails()) == 1


def test_a_stream_that_is_read_again_tells_nothing_old(world):
    world.referral()
    world.clock.advance(days=4)
    assert world.tell() == ["stale"]
    assert world.mails() == []


def test_an_entry_of_nobody_tells_nobody(world):
    entry = entry_for("referral#rf_none", "peers", world.clock(), "en_1", "made", "It came.")
    assert tell(world, entry) == "nobody to tell"


def test_of_a_person_who_was_erased_nothing_is_told(world):
    held = world.kept(world.referral())
    erased = replace(held, erased_at=world.clock(), revision=held.revision + 1)
    world.stores.commit([Update(erased)])
    assert world.tell() == ["nobody to tell"]


def test_the_end_of_a_referral_that_earned_is_no_news(bare):
    bare.program()
    referral = bare.referral()
    entry = entry_for(referral_subject(referral), "peers", bare.clock(), "en_x", "closed", "It closed.")
    assert tell(bare, entry) == "to be told"
    bare.stage("demo_attended")
    later = entry_for(referral_subject(referral), "peers", bare.clock(), "en_y", "closed", "It closed.")
    assert tell(bare, later) == "no news"


def test_a_row_names_the_credit_that_it_is_about(world):
    world.referral()
    world.stage("demo_attended")
    world.tell()
    assert [each.credit for each in world.mails() if each.credit] == [world.credit().credit]


def test_every_entry_is_told_even_where_two_are_of_one_moment(world):
    referral = world.referral()
    at = world.clock()
    for name in ("en_1", "en_2"):
        subject = referral_subject(referral)
        entry = entry_for(subject, "peers", at, name, "credit_held", "Held.", credit=name)
        world.stores.commit([Insert(entry)])
    assert world.tell().count("to be told") == 3
