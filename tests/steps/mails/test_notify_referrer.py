"""Each event that makes a notice becomes one mail, however often it comes."""

from dataclasses import replace

from goodword.domain.envelope import envelope_of
from goodword.domain.event import Event
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from goodword.domain.timeline import entry_for, link_subject, referral_subject
from goodword.messages.vocabulary import EVENTS
from goodword.ports.writes import Insert, Update
from goodword.steps.mails.notify_referrer import notify_referrer


def notify(world, entry):
    return notify_referrer(envelope_of(entry, EVENTS), stores=world.stores, now=world.clock)


def entry_of(referral, at, name, kind, **data):
    return entry_for(referral_subject(referral), "peers", at, name, Event(kind, data))


def test_a_new_referral_makes_one_mail_for_its_referrer(world):
    referral = world.referral()
    assert world.notify() == ["stored"]
    assert world.notify() == ["stored_before"]
    (mail,) = world.mails()
    assert (mail.recipient, mail.referral, mail.kind) == ("ana", referral, "notice")


def test_other_events_make_no_mail(world):
    world.referral()
    world.stage("contacted")
    assert set(world.notify()) == {"not_for_referrers", "stored"}
    assert len(world.mails()) == 1


def test_an_event_that_is_published_again_later_makes_no_mail(world):
    world.referral()
    world.clock.advance(days=4)
    assert world.notify() == ["stale"]
    assert world.mails() == []


def test_an_event_without_its_referral_has_no_recipient(world):
    assert notify(world, entry_of("rf_none", world.clock(), "en_1", "made")) == "no_recipient"


def test_an_event_of_another_subject_has_no_recipient(world):
    entry = replace(entry_of("rf_1", world.clock(), "en_1", "made"), subject=link_subject("rf_1"))
    assert notify(world, entry) == "no_recipient"


def test_an_erased_person_gets_no_notice(world):
    stored = world.kept(world.referral())
    erased = replace(stored, erased_at=world.clock(), revision=stored.revision + 1)
    world.stores.commit([Update(erased)])
    assert world.notify() == ["no_recipient"]


def test_the_end_of_a_referral_that_earned_makes_no_mail(bare):
    bare.program()
    referral = bare.referral()
    assert notify(bare, entry_of(referral, bare.clock(), "en_x", "closed")) == "stored"
    bare.stage("demo_attended")
    assert notify(bare, entry_of(referral, bare.clock(), "en_y", "closed")) == "not_for_referrers"


def test_a_mail_names_the_credit_that_it_is_about(world):
    world.referral()
    world.stage("demo_attended")
    world.notify()
    assert [each.credit for each in world.mails() if each.credit] == [world.credit().credit]


def test_two_events_of_one_moment_make_two_mails(world):
    referral = world.referral()
    for name in ("en_1", "en_2"):
        entry = entry_of(
            referral,
            world.clock(),
            name,
            "credit_held",
            credit=name,
            milestone="demo",
            amount=Money(5000, "USD"),
            reasons=(Reason("program_paused"),),
        )
        world.stores.commit([Insert(entry)])
    assert world.notify().count("stored") == 3
