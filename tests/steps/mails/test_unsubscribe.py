"""One click, one bounce or one complaint ends the mail to an address."""

import pytest

from goodword.domain.errors import Forged, Gone
from goodword.domain.identity import Identity, referrer_identity
from goodword.ports.writes import Insert
from goodword.steps.mails.unsubscribe import (
    mailbox_of,
    mailbox_to_stop,
    unsubscribe,
    unsubscribe_text,
    why_no_mail,
)
from tests.steps.world import SESSION_KEYS
from tests.world import IDENTITY_KEY, SESSION_KEY


@pytest.fixture
def ana(world):
    mailbox = referrer_identity(IDENTITY_KEY, "ana@referrer.example")
    world.stores.commit([Insert(Identity(mailbox, "ana"))])
    return mailbox_of(IDENTITY_KEY, "ana@referrer.example")


def stop(world, mailbox, why="unsubscribed"):
    return unsubscribe(mailbox, why, stores=world.stores)


def test_a_referrer_unsubscribes_and_the_same_again_changes_nothing(world, ana):
    assert stop(world, ana) == "stopped"
    commits = world.tables.commits
    assert stop(world, ana) == "stopped_before"
    assert world.tables.commits == commits
    assert world.stores.referrers.get("ana").mail_off == "unsubscribed"


def test_a_complaint_weighs_more_than_a_click_and_stays(world, ana):
    stop(world, ana)
    assert stop(world, ana, "complained") == "stopped"
    assert stop(world, ana, "bounced") == "stopped_before"
    assert world.stores.referrers.get("ana").mail_off == "complained"


def test_an_unknown_address_is_stored_as_a_hash_only(world):
    mailbox = mailbox_of(IDENTITY_KEY, " Robin@Clinic.example")
    assert mailbox == mailbox_of(IDENTITY_KEY, "robin@clinic.example")
    assert why_no_mail(mailbox, stores=world.stores) == ""
    assert stop(world, mailbox) == "stopped"
    assert stop(world, mailbox) == "stopped_before"
    assert why_no_mail(mailbox, stores=world.stores) == "unsubscribed"
    assert stop(world, mailbox, "bounced") == "stopped"
    assert why_no_mail(mailbox, stores=world.stores) == "bounced"


def test_a_link_names_its_mailbox_again_and_again(world):
    text = unsubscribe_text("a" * 40, key=SESSION_KEY, now=world.clock)
    for _ in range(2):
        assert mailbox_to_stop(text, keys=SESSION_KEYS, now=world.clock) == "a" * 40
        world.clock.advance(days=300)


def test_a_forged_link_stops_nobodys_mail(world):
    text = unsubscribe_text("a" * 40, key=SESSION_KEY, now=world.clock)
    with pytest.raises(Forged):
        mailbox_to_stop("b" + text[1:], keys=SESSION_KEYS, now=world.clock)
    world.clock.advance(days=6 * 365)
    with pytest.raises(Gone):
        mailbox_to_stop(text, keys=SESSION_KEYS, now=world.clock)
