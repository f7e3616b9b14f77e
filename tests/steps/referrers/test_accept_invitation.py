"""One look, one button, enrolled; looking changes nothing, and a second use says so."""

from dataclasses import replace

import pytest

from goodword.domain.access.token import Token
from goodword.domain.errors import Conflict, Forged, Gone, OutOfDate, RateLimited
from goodword.domain.identity import Identity
from goodword.domain.links.link import Link
from goodword.domain.referrers.referrer import Account, Referrer
from goodword.ports.writes import Insert
from goodword.steps.mails.unsubscribe import mailbox_of, unsubscribe, why_no_mail
from goodword.steps.referrals.erase_person import erase_referrer
from goodword.steps.referrers.accept_invitation import (
    AcceptInvitationDeps,
    accept_invitation,
    invite_again,
    look_at_invitation,
)
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
        *("robin", "cus_7", "Robin Roe", "robin@clinic.example", world.clock()),
        company="Clinic",
        segment="enterprise",
        locale="es",
        crm_id="crm-7",
        nps=10,
        products=("basic", "plus"),
    )


def invite(world, referrer, **wish):
    deps = InviteReferrerDeps(
        world.stores, world.clock, world.new_id, world.enqueue, IDENTITY_KEY, SESSION_KEYS
    )
    given = {"currency": "USD", "program": "peers", "mail": False} | wish
    return invite_referrer(InvitationWish(referrer, **given), deps=deps).token


def deps(world):
    return AcceptInvitationDeps(
        *(
            world.stores,
            world.clock,
            world.new_id,
            world.enqueue,
            IDENTITY_KEY,
            SESSION_KEYS,
            "address key",
        ),
        public_url="https://refer.example.com",
    )


def accept(world, text, version=1):
    return accept_invitation(text, version, deps=deps(world))


def again(world, text, source="203.0.113.7"):
    return invite_again(text, source, deps=deps(world))


def test_looking_shows_the_registration_filled_in_and_changes_nothing(world, robin):
    text = invite(world, robin)
    commits = world.tables.commits
    for _ in range(3):
        seen = look_at_invitation(text, deps=deps(world))
    assert replace(seen.referrer, created_at=robin.created_at) == robin
    assert seen.currency == "USD"
    assert world.tables.commits == commits


def test_one_press_enrols_with_terms_account_and_first_link(world, robin):
    text = invite(world, robin)
    accepted = accept(world, text)
    referrer = accepted.referrer
    assert accepted.new
    assert world.stores.referrers.get("robin") == referrer
    assert (referrer.terms, referrer.accepted_at) == (("peers@1",), world.clock())
    assert world.stores.accounts.get("cus_7") == Account("cus_7", world.clock(), "USD")
    (link,) = world.stores.links.list_by_referrer("robin")
    assert (link.program, link.internal_only) == ("peers", False)


def test_an_ended_program_enrolls_no_referrer(world, robin):
    text = invite(world, robin)
    ended = world.program(ends={"on": "2027-02-01", "in_flight": "continue"})
    commits = world.tables.commits
    with pytest.raises(Conflict, match="the program ended") as refused:
        accept(world, text, version=ended.version)
    assert refused.value.where == "program"
    assert world.tables.commits == commits


def test_a_paused_program_enrols_all_the_same(world, robin):
    text = invite(world, robin)
    paused = world.program(pause={"from": "2027-02-01", "in_flight": "wait"})
    assert accept(world, text, version=paused.version).new


def test_what_was_used_keeps_nothing_of_the_person(world, robin):
    accept(world, invite(world, robin))
    assert "clinic.example" not in str(world.tables.all(Token))
    assert "Robin" not in str(world.tables.all(Token))


def test_a_second_use_is_refused_and_changes_nothing(world, robin):
    text = invite(world, robin)
    accept(world, text)
    commits = world.tables.commits
    for act in (lambda: accept(world, text), lambda: look_at_invitation(text, deps=deps(world))):
        with pytest.raises(Gone) as refused:
            act()
        assert refused.value.where == "used"
    assert world.tables.commits == commits


def test_two_presses_at_once_enrol_once(world, robin):
    text = invite(world, robin)
    world.tables.meanwhile.append(lambda: accept(world, text))
    with pytest.raises(Gone):
        accept(world, text)
    assert len([each for each in world.tables.all(Link) if each.referrer == "robin"]) == 1


def test_an_expired_or_foreign_link_enrolls_no_referrer(world, robin):
    text = invite(world, robin)
    with pytest.raises(Forged):
        accept(world, "tk_" + text[3:][::-1])
    world.clock.advance(days=30)
    with pytest.raises(Gone) as refused:
        accept(world, text)
    assert refused.value.where == "expired"
    assert world.stores.referrers.get("robin") is None


def test_terms_that_changed_since_the_look_are_shown_again(world, robin):
    text = invite(world, robin)
    world.program()
    with pytest.raises(OutOfDate):
        accept(world, text, version=1)
    assert accept(world, text, version=2).referrer.terms == ("peers@2",)


def test_a_concurrently_enrolled_address_is_sent_to_sign_in(world, robin):
    text = invite(world, robin)
    mailbox = mailbox_of(IDENTITY_KEY, robin.email)
    world.stores.commit([Insert(Identity(f"referrer#{mailbox}", "somebody"))])
    with pytest.raises(Conflict):
        accept(world, text)


def test_a_referrer_who_is_enrolled_already_adds_the_terms(world, robin):
    mailbox = mailbox_of(IDENTITY_KEY, robin.email)
    stored = replace(robin, terms=("older@3",))
    world.stores.commit([Insert(stored), Insert(Identity(f"referrer#{mailbox}", "robin"))])
    referrer = accept(world, invite(world, robin)).referrer
    assert referrer.terms == ("older@3", "peers@1")
    assert world.stores.referrers.get("robin") == referrer


def test_a_segment_that_needs_a_sign_off_starts_internal_only(bare):
    bare.program(sign_off=["enterprise"])
    made = Referrer(
        "robin", "cus_7", "Robin", "robin@clinic.example", bare.clock(), segment="enterprise"
    )
    referrer = accept(bare, invite(bare, made)).referrer
    assert (referrer.shown, referrer.earns) == ("nothing", "ask")
    (link,) = bare.stores.links.list_by_referrer("robin")
    assert link.internal_only


def test_the_accounts_currency_is_filled_in_where_missing(world, robin):
    world.stores.commit([Insert(Account("cus_7", world.clock(), ""))])
    accept(world, invite(world, robin))
    assert world.stores.accounts.get("cus_7").currency == "USD"


def test_the_currency_that_an_account_has_stays(world, robin):
    world.stores.commit([Insert(Account("cus_7", world.clock(), "EUR"))])
    accept(world, invite(world, robin))
    assert world.stores.accounts.get("cus_7").currency == "EUR"


@pytest.mark.parametrize(("why", "then"), [("unsubscribed", ""), ("bounced", "bounced")])
def test_a_new_referrer_is_notified_unless_mail_cannot_reach_them(world, robin, why, then):
    mailbox = mailbox_of(IDENTITY_KEY, robin.email)
    unsubscribe(mailbox, why, stores=world.stores)
    assert accept(world, invite(world, robin)).referrer.mail_off == then
    assert why_no_mail(mailbox, stores=world.stores) == then


def test_a_used_link_brings_a_mail_to_sign_in(world, robin):
    text = invite(world, robin)
    accept(world, text)
    again(world, text)
    (mail,) = world.mails()
    assert (mail.kind, mail.recipient) == (
        "sign_in",
        f"mailbox#{mailbox_of(IDENTITY_KEY, robin.email)}",
    )
    assert len(world.enqueue) == 1


def test_an_expired_link_sends_a_fresh_invitation_once(world, robin):
    text = invite(world, robin)
    world.clock.advance(days=31)
    again(world, text)
    again(world, text)
    fresh = {each.recipient for each in world.mails()}
    assert len(fresh) == 1
    assert len(world.tables.all(Token)) == 2


def test_a_link_that_still_works_brings_itself_again(world, robin):
    text = invite(world, robin)
    again(world, text)
    assert len(world.tables.all(Token)) == 1
    assert [each.kind for each in world.mails()] == ["invitation"]


def test_fresh_invitations_to_one_mailbox_are_limited(world, robin):
    text = invite(world, robin)
    world.clock.advance(days=31)
    for number in range(5):
        again(world, text, f"203.0.113.{number}")
    for number in range(5, 20):
        with pytest.raises(RateLimited, match="often today"):
            again(world, text, f"203.0.113.{number}")
    assert len(world.mails()) == 5
    world.clock.advance(days=1)
    again(world, text)
    assert len(world.mails()) == 6


def test_one_source_does_not_ask_without_end(world, robin):
    links = [
        invite(world, replace(robin, referrer=f"r-{n}", email=f"r{n}@clinic.example"))
        for n in range(41)
    ]
    for number in range(200):
        again(world, links[number // 5])
    with pytest.raises(RateLimited):
        again(world, links[40])


def test_a_forged_link_brings_nothing(world):
    with pytest.raises(Forged):
        again(world, "tk_1.99.x")


def test_an_invitation_of_a_person_who_was_erased_is_empty(world, robin):
    text = invite(world, robin)
    erase_referrer(
        "robin", log_days=30, identity_key=IDENTITY_KEY, stores=world.stores, now=world.clock
    )
    assert "clinic.example" not in str(world.tables.all(Token))
    with pytest.raises(Gone):
        accept(world, text)
    again(world, text)
    assert world.mails() == []


@pytest.mark.parametrize("days", [0, 31])
def test_a_person_erased_during_a_fresh_invitation_gets_none(world, robin, days):
    text = invite(world, robin)
    world.clock.advance(days=days)

    def erase(kind):
        if kind is Identity:
            world.tables.on_read = None
            erase_referrer(
                "robin",
                log_days=30,
                identity_key=IDENTITY_KEY,
                stores=world.stores,
                now=world.clock,
            )

    world.tables.on_read = erase
    again(world, text)
    assert "clinic.example" not in str(world.tables.all(Token))
    assert world.mails() == []


def test_an_expired_link_without_a_stored_invitation_sends_nothing(world, robin):
    text = invite(world, robin)
    world.tables.rows[Token].clear()
    with pytest.raises(Gone) as refused:
        again(world, text)
    assert refused.value.where == "expired"
    assert world.mails() == []


def test_an_erasure_follows_the_chain_whichever_link_was_pressed(world, robin):
    first = invite(world, robin)
    world.clock.advance(days=31)
    invite(world, robin)
    world.clock.advance(days=31)
    again(world, first)
    assert len(world.tables.all(Token)) == 3
    erase_referrer(
        "robin", log_days=30, identity_key=IDENTITY_KEY, stores=world.stores, now=world.clock
    )
    assert "clinic.example" not in str(world.tables.all(Token))


def test_an_enrolled_referrer_accepts_another_programs_terms_and_signs_in(world, robin):
    accept(world, invite(world, robin))
    world.program(program="second")
    accepted = accept(world, invite(world, robin, program="second"))
    assert not accepted.new
    assert accepted.referrer.terms == ("peers@1", "second@1")


def test_every_invitation_that_a_referrer_ever_had_is_emptied(world, robin):
    invite(world, robin)
    world.clock.advance(days=31)
    invite(world, robin)
    world.clock.advance(days=31)
    accept(world, invite(world, robin))
    erase_referrer(
        "robin", log_days=30, identity_key=IDENTITY_KEY, stores=world.stores, now=world.clock
    )
    assert len(world.tables.all(Token)) == 3
    assert "clinic.example" not in str(world.tables.all(Token))
    assert "Robin" not in str(world.tables.all(Token))
