"""A page before the sign-in has its reader's brand, and none where that is unknown."""

from dataclasses import replace

import pytest

from goodword.domain.identity import Identity
from goodword.domain.programs.reader import Reader
from goodword.domain.referrers.referrer import Referrer
from goodword.ports.writes import Insert, Update
from goodword.steps.access.spend_token import mint_token
from goodword.steps.mails.unsubscribe import mailbox_of
from goodword.steps.referrers.find_reader import (
    reader_of_mailbox,
    reader_of_program,
    reader_of_referrer,
    reader_of_token,
)
from goodword.steps.referrers.invite_referrer import (
    InvitationWish,
    InviteReferrerDeps,
    invite_referrer,
)
from tests.steps.world import SESSION_KEYS, World
from tests.world import DEMO, IDENTITY_KEY

BLUE, GREEN = {"name": "Blue", "color": "#1d4f91"}, {"name": "Green", "color": "#1f6f43"}


@pytest.fixture
def world():
    world = World()
    world.program(brand=BLUE)
    world.program(DEMO, program="second", brand=GREEN)
    return world


def of_referrer(world, name="ana"):
    found = reader_of_referrer(name, stores=world.stores)
    return found.brand.name, found.locale, found.program


def test_a_referrer_knows_the_program_whose_terms_they_accepted_last(world):
    world.referrer(terms=("second@1", "peers@1"), locale="es")
    assert of_referrer(world) == ("Blue", "es", "peers")


def test_a_referrer_who_accepted_none_knows_that_of_their_link(world):
    world.referrer()
    assert of_referrer(world) == ("", "en", "")
    world.link(program="second")
    assert of_referrer(world) == ("Green", "en", "second")


def test_nothing_is_reported_of_who_was_erased_or_never_there(world):
    stored = world.referrer(terms=("peers@1",))
    world.stores.commit([Update(replace(stored, erased_at=world.clock(), revision=2))])
    assert reader_of_referrer("ana", stores=world.stores) == Reader()
    assert reader_of_referrer("unknown", stores=world.stores) == Reader()


def test_a_mailbox_belongs_to_its_referrer_or_its_invitation(world):
    robin = Referrer("robin", "cus_7", "Robin", "robin@clinic.example", world.clock(), locale="es")
    deps = InviteReferrerDeps(
        world.stores, world.clock, world.new_id, world.enqueue, IDENTITY_KEY, SESSION_KEYS
    )
    invite_referrer(InvitationWish(robin, "USD", "second", mail=False), deps=deps)
    mailbox = mailbox_of(IDENTITY_KEY, robin.email)
    invited = reader_of_mailbox(mailbox, stores=world.stores)
    assert (invited.brand.name, invited.locale, invited.program) == ("Green", "es", "second")
    world.referrer(terms=("peers@1",))
    world.stores.commit([Insert(Identity(f"referrer#{mailbox}", "ana"))])
    assert reader_of_mailbox(mailbox, stores=world.stores).brand.name == "Blue"
    assert reader_of_mailbox("0" * 40, stores=world.stores) == Reader()


def test_a_link_belongs_to_its_program_or_its_referrer(world):
    world.referrer(terms=("peers@1",))
    for data, brand in (({"program": "second"}, "Green"), ({}, "Blue")):
        token, _ = mint_token("sign_in", "ana", data, now=world.clock, new_id=world.new_id)
        assert reader_of_token(token, stores=world.stores).brand.name == brand
    assert reader_of_token(None, stores=world.stores) == Reader()


@pytest.mark.parametrize("name", ["", "nonesuch", "../peers", "x" * 500, "<b>"])
def test_an_address_that_names_no_program_has_no_brand(world, name):
    assert reader_of_program(name, stores=world.stores) == Reader()
