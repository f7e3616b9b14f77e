"""Sign-in by a mailed link does not reveal known addresses, and a link works once."""

from dataclasses import replace

import pytest

from goodword.domain.access.staff import Staff, person_of
from goodword.domain.errors import Forged, Gone, RateLimited
from goodword.domain.identity import Identity, referrer_identity
from goodword.ports.writes import Insert, Update
from goodword.steps.access.sign_in import SignInDeps, ask_to_sign_in, look_at_sign_in, sign_in
from goodword.steps.mails.queue_mail import new_mail
from goodword.steps.referrals.erase_person import erase_referrer
from tests.steps.world import SESSION_KEYS
from tests.world import IDENTITY_KEY


@pytest.fixture
def known(world):
    """A world in which Ana's address is known."""
    mailbox = referrer_identity(IDENTITY_KEY, "ana@referrer.example")
    world.stores.commit([Insert(Identity(mailbox, "ana"))])
    return world


def deps(world):
    return SignInDeps(
        world.stores,
        world.clock,
        world.new_id,
        world.enqueue,
        IDENTITY_KEY,
        SESSION_KEYS,
        "address key",
    )


def ask(world, email="ana@referrer.example", source="203.0.113.7", kind="referrer", locale="en"):
    ask_to_sign_in(email, kind, source, locale, deps=deps(world))


def link(world, **asked):
    """Ask for a mail, let it be sent, and return the text of its link."""
    ask(world, **asked)
    assert "sent" in world.send()
    return world.letters.wrote[-1][1]["link"].rpartition("/")[2]


def test_a_known_address_gets_a_link_that_opens_a_session(known):
    session = sign_in(link(known), deps=deps(known))
    assert (session.kind, session.subject) == ("referrer", "ana")
    assert session.expires_at > known.clock()


def test_an_unknown_address_leaves_the_same_trace_without_a_mail(known):
    reads, rows = [], []
    for email in ("ana@referrer.example", "unknown@clinic.example"):
        known.tables.on_read = reads.append
        ask(known, email)
        known.tables.on_read = None
        rows.append({each.kind for each in known.mails()})
    assert reads == []  # whether it is known is not even looked at
    assert rows[0] == rows[1]
    assert sorted(known.send()) == ["dropped", "sent"]
    assert [each.to for each in known.mailer.letters] == ["ana@referrer.example"]


def test_looking_at_a_link_changes_nothing(known):
    text = link(known)
    commits = known.tables.commits
    for _ in range(3):
        look_at_sign_in(text, deps=deps(known))
    assert known.tables.commits == commits
    assert sign_in(text, deps=deps(known)).subject == "ana"


def test_a_link_works_once_and_not_for_long(known):
    text, other = link(known), link(known)
    sign_in(text, deps=deps(known))
    for act in (sign_in, look_at_sign_in):
        with pytest.raises(Gone) as refused:
            act(text, deps=deps(known))
        assert refused.value.where == "used"
    known.clock.advance(minutes=30)
    with pytest.raises(Gone) as refused:
        sign_in(other, deps=deps(known))
    assert refused.value.where == "expired"


def test_two_presses_at_once_open_one_session(known):
    text = link(known)
    known.tables.meanwhile.append(lambda: sign_in(text, deps=deps(known)))
    with pytest.raises(Gone):
        sign_in(text, deps=deps(known))


def test_a_forged_link_opens_nothing(known):
    with pytest.raises(Forged):
        sign_in("tk_1.9999999999.aaaaaaaaaaaaaaaaaaaaaaaa", deps=deps(known))


def test_a_person_who_was_erased_cannot_enter(known):
    text = link(known)
    erase_referrer(
        "ana", log_days=30, identity_key=IDENTITY_KEY, stores=known.stores, now=known.clock
    )
    with pytest.raises(Gone):
        sign_in(text, deps=deps(known))


@pytest.mark.parametrize("kind", ["referrer", "staff"])
def test_mails_to_one_mailbox_are_limited_silently(known, kind):
    for number in range(40):
        ask(known, source=f"203.0.113.{number}", kind=kind)
    assert len(known.mails()) == 20
    known.clock.advance(hours=1)
    ask(known, kind=kind)
    assert len(known.mails()) == 21


@pytest.mark.parametrize("kind", ["referrer", "staff"])
@pytest.mark.parametrize("email", ["ana@referrer.example", "unknown@clinic.example"])
def test_a_strangers_requests_for_an_address_block_no_other_requester(known, kind, email):
    for number in range(40):
        ask(
            known, email, source=f"2001:db8:1:2::{number}", kind=kind
        )  # one household, however it is spelt
    assert len(known.mails()) == 5
    for _ in range(6):
        ask(known, email, source="192.0.2.1", kind=kind)
    assert len(known.mails()) == 10


def test_one_source_does_not_ask_for_everybody(known):
    for number in range(50):
        ask(known, f"person{number}@clinic.example")
    with pytest.raises(RateLimited):
        ask(known)


@pytest.fixture
def staffed(world):
    """A world in which Lee of finance may sign in."""
    person = person_of(IDENTITY_KEY, "lee@example.com")
    world.stores.commit([Insert(Staff(person, "lee@example.com", "finance", world.clock()))])
    return world


def test_staff_sign_in_by_a_link_of_their_own(staffed):
    text = link(staffed, email="lee@example.com", kind="staff")
    session = sign_in(text, deps=deps(staffed))
    assert (session.kind, session.subject) == ("staff", person_of(IDENTITY_KEY, "lee@example.com"))
    assert [each.to for each in staffed.mailer.letters] == ["lee@example.com"]


@pytest.mark.parametrize("locale", ["en", "es"])
def test_mail_to_staff_is_in_the_language_of_their_page(staffed, locale):
    text = link(staffed, email="lee@example.com", kind="staff", locale=locale)
    assert staffed.letters.wrote[-1][1]["locale"] == locale
    token = look_at_sign_in(text, deps=deps(staffed))
    assert token.data == {"locale": locale}  # the page that the link opens goes on in it


def test_staff_mail_queued_by_an_earlier_version_is_english(staffed):
    person = person_of(IDENTITY_KEY, "lee@example.com")
    mail = new_mail(f"staff#{person}", "staff_sign_in", now=staffed.clock, new_id=staffed.new_id)
    staffed.stores.commit([Insert(mail)])
    assert staffed.send() == ["sent"]
    assert staffed.letters.wrote[-1][1]["locale"] == "en"


def test_mail_to_a_referrer_is_in_their_own_language(known):
    link(known, locale="es")
    assert known.letters.wrote[-1][1]["locale"] == known.stores.referrers.get("ana").locale == "en"


def test_removed_staff_get_no_mail_and_cannot_sign_in(staffed):
    text = link(staffed, email="lee@example.com", kind="staff")
    lee = staffed.stores.staff.get(person_of(IDENTITY_KEY, "lee@example.com"))
    staffed.stores.commit([Update(replace(lee, revoked=True, revision=lee.revision + 1))])
    with pytest.raises(Gone):
        sign_in(text, deps=deps(staffed))
    ask(staffed, "lee@example.com", kind="staff")
    assert sorted(staffed.send()) == ["dropped", "not_due"]


def test_a_referrer_is_not_sent_a_link_to_the_console(known):
    ask(known, kind="staff")
    assert known.send() == ["dropped"]
