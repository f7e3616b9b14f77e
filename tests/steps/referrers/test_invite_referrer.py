"""A contact has one link, which works once and expires; it has no personal data."""

from dataclasses import replace

import pytest

from goodword.domain.errors import Conflict, NotFound
from goodword.domain.identity import Identity
from goodword.domain.referrers.referrer import Referrer
from goodword.ports.writes import Insert
from goodword.steps.mails.unsubscribe import mailbox_of, unsubscribe
from goodword.steps.referrers.invite_referrer import (
    InvitationWish,
    InviteReferrerDeps,
    invite_referrer,
)
from tests.steps.world import SESSION_KEYS
from tests.world import IDENTITY_KEY


@pytest.fixture
def robin(world):
    return Referrer(
        "robin", "cus_7", "Robin Roe", "robin@clinic.example", world.clock(), company="Clinic"
    )


def invite(world, referrer, **wish):
    deps = InviteReferrerDeps(
        world.stores, world.clock, world.new_id, world.enqueue, IDENTITY_KEY, SESSION_KEYS
    )
    given = {"currency": "USD", "program": "peers", "mail": True} | wish
    return invite_referrer(InvitationWish(referrer, **given), deps=deps)


def test_a_contact_is_invited_by_mail(world, robin):
    invited = invite(world, robin)
    assert (invited.referrer, invited.came, invited.mailed) == ("robin", "invited", "queued")
    (mail,) = world.mails()
    assert (mail.kind, mail.due(world.clock())) == ("invitation", True)
    assert world.enqueue == [f"{mail.recipient} {mail.mail}"]
    assert (invited.until - world.clock()).days == 30


def test_the_link_and_the_mails_row_have_no_personal_data(world, robin):
    invited = invite(world, robin)
    for part in ("robin", "Roe", "clinic", "cus_7"):
        assert part not in invited.token
        assert part not in str(world.mails()).replace("robin@", "")


def test_the_same_contact_gets_the_same_link_and_one_mail(world, robin):
    first = invite(world, robin)
    again = invite(world, robin)
    assert (again.token, again.came, again.mailed) == (first.token, "invited_before", "not_again")
    assert len(world.mails()) == 1
    assert invite(world, robin, again=True).mailed == "queued"
    assert len(world.mails()) == 2


def test_a_link_whose_time_is_up_is_followed_by_another(world, robin):
    first = invite(world, robin)
    world.clock.advance(days=30)
    second = invite(world, robin)
    assert second.came == "invited"
    assert second.token != first.token


def test_links_alone_need_no_mail(world, robin):
    assert invite(world, robin, mail=False).mailed == "not_asked"
    assert world.mails() == []
    assert world.enqueue == []


def test_an_address_that_wants_no_mail_still_has_its_link(world, robin):
    unsubscribe(mailbox_of(IDENTITY_KEY, robin.email), "unsubscribed", stores=world.stores)
    invited = invite(world, robin)
    assert (invited.mailed, bool(invited.token)) == ("stopped", True)


def test_a_contact_who_accepted_the_terms_is_not_invited_again(world, robin):
    enrolled = replace(robin, terms=("peers@1",))
    mailbox = mailbox_of(IDENTITY_KEY, robin.email)
    world.stores.commit([Insert(enrolled), Insert(Identity(f"referrer#{mailbox}", "robin"))])
    invited = invite(world, robin)
    assert (invited.came, invited.token, invited.until) == ("enrolled", "", None)


def test_a_referrer_without_terms_is_invited_under_their_id(world, robin):
    mailbox = mailbox_of(IDENTITY_KEY, robin.email)
    world.stores.commit([Insert(robin), Insert(Identity(f"referrer#{mailbox}", "robin"))])
    assert invite(world, replace(robin, referrer="another")).referrer == "robin"


def test_an_id_of_another_person_is_refused(world, robin):
    with pytest.raises(Conflict) as refused:
        invite(world, replace(robin, referrer="ana"))
    assert refused.value.where == "referrer"


def test_a_program_that_is_not_there_is_not_found(world, robin):
    with pytest.raises(NotFound):
        invite(world, robin, program="nothing")


def test_two_at_once_give_one_link(world, robin):
    first = []
    world.tables.meanwhile.append(lambda: first.append(invite(world, robin)))
    second = invite(world, robin)
    assert second.token == first[0].token
