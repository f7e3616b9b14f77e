"""A mail is composed from the state at its sending, in its reader's language."""

from dataclasses import replace

import pytest

from goodword.domain.errors import MissingRecord
from goodword.domain.identity import Identity, token_recipient
from goodword.domain.reason import Reason
from goodword.domain.referrers.referrer import Referrer
from goodword.ports.writes import Insert, Update
from goodword.steps.access.spend_token import mint_token
from goodword.steps.mails.compose_mail import compose_mail
from goodword.steps.mails.queue_mail import new_mail
from goodword.steps.mails.unsubscribe import mailbox_of, mailbox_to_stop, unsubscribe
from goodword.steps.referrers.invite_referrer import (
    InvitationWish,
    InviteReferrerDeps,
    invite_referrer,
)
from tests.steps.world import SESSION_KEYS
from tests.world import IDENTITY_KEY, URL


def write(world, kind, recipient):
    return compose_mail(
        [new_mail(recipient, kind, now=world.clock, new_id=world.new_id)], deps=world.writing
    )


def values(world):
    return world.letters.wrote[-1][1]


@pytest.fixture
def invitation(world):
    """Invite Robin, in Spanish, and return the recipient of the mail."""
    robin = Referrer("robin", "cus_7", "Robin", "robin@clinic.example", world.clock(), locale="es")
    deps = InviteReferrerDeps(
        world.stores, world.clock, world.new_id, world.enqueue, IDENTITY_KEY, SESSION_KEYS
    )
    invite_referrer(InvitationWish(robin, "USD", "peers", mail=True), deps=deps)
    return world.mails()[0].recipient


def sign_off(world, **data):
    result = {"email": "boss@referrer.example", "program": "peers"} | data
    token, kept = mint_token("sign_off", "ana", result, now=world.clock, new_id=world.new_id)
    world.stores.commit([kept])
    return token_recipient(token.token)


def test_an_invitation_goes_to_its_contact_in_their_language(world, invitation):
    letter = write(world, "invitation", invitation).letter
    assert (letter.to, letter.subject) == ("robin@clinic.example", "invitation es")
    assert values(world)["link"].startswith(f"{URL}/i/tk_")
    assert "robin" not in values(world)["link"]
    mailbox = mailbox_to_stop(
        letter.unsubscribe.rpartition("/")[2], keys=SESSION_KEYS, now=world.clock
    )
    assert mailbox == mailbox_of(IDENTITY_KEY, "robin@clinic.example")


def test_an_invitation_that_is_over_is_not_sent(world, invitation):
    world.clock.advance(days=31)
    assert write(world, "invitation", invitation).letter is None
    assert write(world, "invitation", "token#tk_none").letter is None


def test_an_address_that_wants_no_mail_is_not_invited(world, invitation):
    unsubscribe(mailbox_of(IDENTITY_KEY, "robin@clinic.example"), "bounced", stores=world.stores)
    assert write(world, "invitation", invitation).why == Reason("bounced")


def test_an_invitation_to_a_missing_program_raises(world):
    result = {"email": "robin@clinic.example", "program": "gone"}
    token, kept = mint_token("invitation", "robin", result, now=world.clock, new_id=world.new_id)
    world.stores.commit([kept])
    with pytest.raises(MissingRecord, match="program gone"):
        write(world, "invitation", token_recipient(token.token))


def test_an_approver_is_asked_in_the_referrers_name(world):
    letter = write(world, "sign_off", sign_off(world)).letter
    assert letter.to == "boss@referrer.example"
    assert values(world)["name"] == "Ana Example"
    assert values(world)["link"].startswith(f"{URL}/sign-off/tk_")
    assert letter.unsubscribe.startswith(f"{URL}/unsubscribe/")


def test_an_approver_sees_no_amount_where_none_is_requested(world):
    write(world, "sign_off", sign_off(world))
    assert values(world)["offers"]
    write(world, "sign_off", sign_off(world, earns="no"))
    assert values(world)["offers"] == ()


def test_an_approver_is_not_asked_about_an_erased_referrer(world):
    recipient = sign_off(world)
    ana = world.stores.referrers.get("ana")
    world.stores.commit([Update(replace(ana, erased_at=world.clock(), revision=ana.revision + 1))])
    assert write(world, "sign_off", recipient).why == Reason("sign_off_not_needed")


def test_an_approver_who_wants_no_mail_is_not_asked(world):
    unsubscribe(
        mailbox_of(IDENTITY_KEY, "boss@referrer.example"), "unsubscribed", stores=world.stores
    )
    assert write(world, "sign_off", sign_off(world)).why == Reason("unsubscribed")


def test_an_unsubscribed_approver_is_not_asked(world):
    mailbox = mailbox_of(IDENTITY_KEY, "boss@referrer.example")
    world.referrer("boss")
    world.stores.commit([Insert(Identity(f"referrer#{mailbox}", "boss"))])
    unsubscribe(mailbox, "unsubscribed", stores=world.stores)
    assert write(world, "sign_off", sign_off(world)).why == Reason("unsubscribed")


def test_a_sign_in_mail_is_sent_despite_unsubscription(world):
    mailbox = mailbox_of(IDENTITY_KEY, "ana@referrer.example")
    ana = world.stores.referrers.get("ana")
    off = replace(ana, mail_off="unsubscribed", revision=ana.revision + 1)
    world.stores.commit([Insert(Identity(f"referrer#{mailbox}", "ana")), Update(off)])
    composed = write(world, "sign_in", f"mailbox#{mailbox}")
    assert composed.letter.unsubscribe == ""
    assert (values(world)["minutes"], values(world)["brand"].name) == (30, "Introduce a peer")
    assert len(composed.writes) == 1


def test_a_mailbox_that_bounced_is_sent_nothing_at_all(world):
    mailbox = mailbox_of(IDENTITY_KEY, "ana@referrer.example")
    ana = world.stores.referrers.get("ana")
    world.stores.commit([Insert(Identity(f"referrer#{mailbox}", "ana"))])
    world.stores.commit([Update(replace(ana, mail_off="bounced", revision=ana.revision + 1))])
    assert write(world, "sign_in", f"mailbox#{mailbox}").why == Reason("bounced")


def test_a_referrer_without_a_program_still_gets_mail(bare):
    mailbox = mailbox_of(IDENTITY_KEY, "ana@referrer.example")
    bare.stores.commit([Insert(Identity(f"referrer#{mailbox}", "ana"))])
    assert write(bare, "sign_in", f"mailbox#{mailbox}").letter.sender_name == "Goodword"


def test_a_notice_to_an_unknown_referrer_is_not_written(world):
    assert write(world, "notice", "unknown").why == Reason("recipient_not_enrolled")


def test_a_notice_has_the_portal_link_and_one_click_unsubscribe(world):
    world.referral()
    world.notify()
    letter = compose_mail(world.mails(), deps=world.writing).letter
    assert values(world)["portal"] == f"{URL}/portal?program=peers"
    assert letter.unsubscribe.startswith(f"{URL}/unsubscribe/")


def test_a_notice_about_an_erased_person_is_not_written(world):
    referral = world.referral()
    world.notify()
    stored = world.kept(referral)
    world.stores.commit(
        [Update(replace(stored, erased_at=world.clock(), revision=stored.revision + 1))]
    )
    assert compose_mail(world.mails(), deps=world.writing).why == Reason("nothing_to_say")


def test_a_notice_of_a_referral_without_terms_raises(world):
    referral = world.referral()
    world.notify()
    stored = world.kept(referral)
    world.stores.commit([Update(replace(stored, version=9, revision=stored.revision + 1))])
    with pytest.raises(MissingRecord, match="program version peers 9"):
        compose_mail(world.mails(), deps=world.writing)
