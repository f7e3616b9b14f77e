"""Erasing a person empties every store of them, leaves the money as it is.

Lets nothing come back.
"""

from dataclasses import replace

import pytest

from goodword.domain.contact import keyed_hash
from goodword.domain.credits.ledger import LedgerEntry
from goodword.domain.crm_copy.delivery import Delivery, Unmatched
from goodword.domain.crm_copy.fact import CrmObject, Fact, ObjectRef
from goodword.domain.errors import NotFound
from goodword.domain.event import Event
from goodword.domain.identity import Identity
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrers.referrer import Referrer
from goodword.ports.writes import Insert
from goodword.steps.credits.read_records import read_records
from goodword.steps.crm_copy.apply_event import apply_delivery
from goodword.steps.links.create_link import CreateLinkDeps, LinkWish, create_link
from goodword.steps.mails.unsubscribe import mailbox_of, unsubscribe, why_no_mail
from goodword.steps.referrals.capture_signup import Signup
from goodword.steps.referrals.create_referral import EnteredReferral, create_referral
from goodword.steps.referrals.erase_person import erase_referral, erase_referrer
from goodword.steps.referrals.evaluate_referral import evaluate_referral
from goodword.steps.referrals.register_referral import RegisterReferralDeps
from goodword.steps.referrers.enroll_referrer import enroll_referrer

PAT = "pat.canary@practice.example"
CONTACT = {
    "name": "Pat Canary",
    "phone": "+12025550143",
    "company": "Canary Practice",
    "said": {"region": "canary"},
}
CANARIES = ("canary", "Canary", "2025550143")


def applied(events, facts, matched, **more):
    return Reason("events_applied", {"events": events, "facts": facts, "matched": matched, **more})


def forget(world, referral):
    return erase_referral(
        referral,
        by="key-1",
        log_days=30,
        identity_key=world.identity_key,
        stores=world.stores,
        now=world.clock,
        new_id=world.new_id,
    )


def forget_referrer(world, referrer="ana"):
    return erase_referrer(
        referrer, log_days=30, identity_key=world.identity_key, stores=world.stores, now=world.clock
    )


def found(world, *canaries):
    """Return which canaries any table holds."""
    held = repr((world.tables.rows, world.tables.followed, world.tables.totals))
    return [canary for canary in canaries or CANARIES if canary in held]


def hear(world, *events, name):
    """Deliver events in a body that quotes the person, as a CRM's does."""
    body = world.crm.says(*events).decode()
    quoting = f"{body} of Pat Canary"
    world.crm.said[quoting.encode()] = world.crm.said[body.encode()]
    world.stores.inbox.put(Delivery(name, "crm", quoting, world.clock()))
    return apply_delivery(name, deps=world.applying)


@pytest.fixture
def known(world):
    """Give a world with a referral that has facts, events that wait, and a posted credit."""
    world.referral_id = world.referral(
        PAT, contact=CONTACT, attestation="Pat Canary agreed.", click="click-1"
    )
    contact = ObjectRef("crm", "contact", "9")
    world.clock.advance(minutes=1)
    hear(
        world,
        world.event("a canary of a segment", "segment", kind="contact", id="9", emails=(PAT,)),
        name="crm#c1#1",
    )
    hear(world, world.event("demo_attended", emails=(PAT,)), name="crm#d1#1")
    world.clock.advance(minutes=1)
    hear(world, world.event("won", emails=(PAT,)), name="crm#d2#1")
    world.post(world.credit("demo").credit)
    mailbox = f"email#{keyed_hash(world.identity_key, PAT)}"
    hints = (mailbox, f"object#{contact}")
    event = replace(world.event("canary", "segment", kind="contact", id="9"), emails=())
    waiting = [Unmatched(hint, "crm#w1#0", "crm", event, world.clock(), hints) for hint in hints]
    delivery = Delivery("crm#w1", "crm", "Pat Canary waits", world.clock())
    world.stores.inbox.put(delivery)
    world.stores.inbox.applied(delivery, "0 matched")
    world.stores.commit([Insert(row) for row in waiting])
    assert found(world) == list(CANARIES)
    return world


def test_nothing_of_the_person_is_left_in_any_table(known):
    forget(known, known.referral_id)
    assert found(known) == []
    assert known.tables.all(Unmatched) == []
    assert known.kept(known.referral_id).open is False


def test_the_money_is_as_it_was(known):
    before = known.credits(), known.sums(), known.tables.all(LedgerEntry), dict(known.tables.used)
    forget(known, known.referral_id)
    assert (
        known.credits(),
        known.sums(),
        known.tables.all(LedgerEntry),
        dict(known.tables.used),
    ) == before
    assert known.post(known.credit("deal").credit) == "posted"


def test_a_second_erasure_answers_alike_and_changes_nothing(known):
    first = forget(known, known.referral_id)
    commits = known.tables.commits
    known.clock.advance(days=3)
    assert forget(known, known.referral_id) == first
    assert known.tables.commits == commits


def test_the_timeline_says_who_erased_and_no_more(known):
    forget(known, known.referral_id)
    (entry,) = (each for each in known.entries() if each.event.kind == "erased")
    assert (entry.actor, entry.event) == ("key-1", Event("erased"))


def test_the_rows_of_mailbox_and_phone_go_and_the_tombstone_stays(known):
    forget(known, known.referral_id)
    kinds = sorted(each.identity.partition("#")[0] for each in known.tables.all(Identity))
    assert "person" in kinds
    assert not {"alias", "phone"} & set(kinds)


def test_erasing_whoever_gave_no_phone_leaves_the_phones_of_others(world):
    other = world.referral("max@clinic.example")
    world.made(PAT, contact=CONTACT | {"phone": ""})
    (first, *_) = [each for each in world.tables.all(Referral) if each.referral != other]
    forget(world, first.referral)
    assert found(world, "canary", "Canary") == []
    phones = [each for each in world.tables.all(Identity) if each.identity.startswith("phone#")]
    assert [each.owner for each in phones] == [other]


def test_a_mailbox_that_an_earlier_prospect_has_stays_theirs(world):
    first = world.referral("pat@gmail.com")
    second = world.referral("p.a.t@gmail.com")
    forget(world, second)
    assert [
        each.owner for each in world.tables.all(Identity) if each.identity.startswith("alias#")
    ] == [first]


@pytest.mark.parametrize("kind", ["deal", "contact"])
def test_a_later_event_is_dropped_with_the_body_that_brought_it(known, kind):
    forget(known, known.referral_id)
    before = known.tables.all(Fact), known.credits(), known.entries(), known.tables.all(Identity)
    known.clock.advance(days=1)
    result = hear(known, known.event("lost", kind=kind, emails=(PAT,)), name="crm#later#1")
    assert result.args["matched"] == 1
    assert found(known) == []
    assert (
        known.tables.all(Fact),
        known.credits(),
        known.entries(),
        known.tables.all(Identity),
    ) == before


def test_a_later_event_that_names_the_deal_or_our_id_is_dropped_too(known):
    forget(known, known.referral_id)
    known.clock.advance(days=1)
    hear(known, known.event("lost", emails=()), name="crm#later#1")
    hear(
        known,
        known.event("lost", emails=(), id="78", referral=known.referral_id),
        name="crm#later#2",
    )
    assert found(known) == []
    assert known.kept(known.referral_id).stage == "won"
    assert known.tables.all(Unmatched) == []


def test_a_later_event_whose_person_the_crm_names_when_asked_is_dropped(known):
    forget(known, known.referral_id)
    ref = ObjectRef("crm", "contact", "9")
    known.lookup.put(CrmObject(ref, {"segment": "canary"}, known.clock(), emails=(PAT,)))
    hear(
        known,
        known.event("a canary", "segment", kind="contact", id="9", emails=()),
        name="crm#later#1",
    )
    assert found(known) == []


def test_an_erased_referral_is_judged_no_more(known):
    forget(known, known.referral_id)
    commits = known.tables.commits
    evaluate_referral(known.referral_id, deps=known.qualifying)
    assert known.tables.commits == commits


def test_a_delivery_that_was_not_applied_yet_keeps_its_body_until_it_is(known):
    body = known.crm.says(
        known.event("lost", emails=(PAT,)),
        known.event("won", id="5", emails=("kim@other.example",)),
    )
    known.stores.inbox.put(Delivery("crm#late", "crm", body.decode(), known.clock()))
    forget(known, known.referral_id)
    assert known.stores.inbox.get("crm#late").body
    assert apply_delivery("crm#late", deps=known.applying) == applied(2, 2, 1)
    assert known.stores.inbox.get("crm#late").body == ""


def test_an_event_that_is_being_applied_while_the_person_is_erased_leaves_nothing(known):
    """The erasure comes just before the commit of an event that found the referral still whole."""
    known.clock.advance(minutes=1)
    known.tables.meanwhile.append(lambda: forget(known, known.referral_id))
    hear(
        known,
        known.event("canary", "segment", kind="contact", id="9", emails=(PAT,)),
        name="crm#race#1",
    )
    assert found(known) == []


@pytest.mark.parametrize("cut", range(19))
def test_an_erasure_that_was_cut_short_is_finished_by_the_next(known, cut):
    """At each of its reads in turn the first try dies."""
    reads = iter(range(10_000))

    def die(kind):
        if next(reads) == cut:
            known.tables.on_read = None
            raise ConnectionError("the store does not answer")

    known.tables.on_read = die
    with pytest.raises(ConnectionError):
        forget(known, known.referral_id)
    forget(known, known.referral_id)
    assert found(known) == []


def test_what_the_same_prospect_had_before_goes_with_it(world):
    first = world.referral(PAT, contact=CONTACT)
    world.clock.advance(days=366)
    world.qualify(first)
    second = world.referral(PAT, contact=CONTACT)
    assert world.kept(second).earlier == first
    forget(world, first)
    assert found(world) == []
    assert world.kept(second).erased_at == world.clock()


def test_whoever_was_erased_before_anything_was_earned_may_be_introduced_again(world):
    first = world.referral(PAT, contact=CONTACT)
    forget(world, first)
    again = world.made(PAT, contact=CONTACT)
    assert again.new
    assert again.referral.earlier == first
    assert again.referral.flags == ()


def test_whoever_was_erased_after_something_was_earned_earns_nothing_twice(known):
    forget(known, known.referral_id)
    again = known.made(PAT, contact=CONTACT)
    assert not again.new
    assert found(known) == []


def test_a_referral_that_there_is_not_cannot_be_erased(world):
    with pytest.raises(NotFound):
        forget(world, "rf_nobody")
    with pytest.raises(NotFound):
        forget_referrer(world, "nobody")


# --- referrers ------------------------------------------------------------------------------------

MAX = ("Max Kestrel", "max.kestrel@referrer.example", "crm-kestrel")
TRACES = ("Kestrel", "kestrel")


@pytest.fixture
def enrolled(bare):
    bare.program()
    who = Referrer("c-7", "cus_7", *MAX[:2], bare.clock(), crm_id=MAX[2], rep="rep-7", nps=10)
    enroll_referrer(who, "USD", identity_key=bare.identity_key, stores=bare.stores)
    bare.billing.add_customer("cus_7")
    bare.link("c7-link", "c-7", account="cus_7")
    bare.referral_id = bare.referral(referrer="c-7")
    bare.stage("demo_attended")
    assert found(bare, *TRACES) == list(TRACES)
    return bare


def test_nothing_of_the_referrer_is_left_and_their_credits_stay(enrolled):
    before = enrolled.credits(), enrolled.sums("cus_7")
    forget_referrer(enrolled, "c-7")
    assert found(enrolled, *TRACES) == []
    assert (enrolled.credits(), enrolled.sums("cus_7")) == before
    assert enrolled.post(enrolled.credit("demo").credit) == "posted"


def test_a_referrers_links_lead_nowhere_any_more(enrolled):
    forget_referrer(enrolled, "c-7")
    assert [each.paused for each in enrolled.stores.links.list_by_referrer("c-7")] == [True]


def test_a_second_erasure_of_a_referrer_answers_alike(enrolled):
    first = forget_referrer(enrolled, "c-7")
    commits = enrolled.tables.commits
    enrolled.clock.advance(days=1)
    assert forget_referrer(enrolled, "c-7") == first
    assert enrolled.tables.commits == commits


def test_an_address_that_complained_is_sent_no_mail_after_the_erasure_either(enrolled):
    mailbox = mailbox_of(enrolled.identity_key, MAX[1])
    unsubscribe(mailbox, "complained", stores=enrolled.stores)
    forget_referrer(enrolled, "c-7")
    assert why_no_mail(mailbox, stores=enrolled.stores) == "complained"


@pytest.mark.parametrize(
    ("before", "since", "kept"),
    [
        ("unsubscribed", "bounced", "bounced"),
        ("bounced", "complained", "complained"),
        ("complained", "bounced", "complained"),
        ("complained", "complained", "complained"),
    ],
)
def test_of_what_an_address_reported_before_and_after_it_was_a_referrers_the_heavier_stays(
    bare, before, since, kept
):
    mailbox = mailbox_of(bare.identity_key, MAX[1])
    unsubscribe(mailbox, before, stores=bare.stores)
    who = Referrer("c-7", "cus_7", *MAX[:2], bare.clock())
    enroll_referrer(who, "USD", identity_key=bare.identity_key, stores=bare.stores)
    unsubscribe(mailbox, since, stores=bare.stores)
    forget_referrer(bare, "c-7")
    assert why_no_mail(mailbox, stores=bare.stores) == kept


def test_their_address_is_free_and_their_id_is_not(enrolled):
    forget_referrer(enrolled, "c-7")
    seams = {"stores": enrolled.stores, "now": enrolled.clock, "new_id": enrolled.new_id}
    entered = EnteredReferral("c-7", "peers", "verbal", Signup("", "Kim", "kim@other.example"))
    with pytest.raises(NotFound):
        create_referral(
            entered,
            contacts=enrolled.contacts,
            deps=RegisterReferralDeps(enrolled.identity_key, **seams),
        )
    with pytest.raises(NotFound):
        create_link(
            LinkWish("c-7", "peers", "mail"), "one", deps=CreateLinkDeps("", "key", **seams)
        )
    returning = Referrer("c-8", "cus_7", *MAX[:2], enrolled.clock())
    assert enroll_referrer(
        returning, "", identity_key=enrolled.identity_key, stores=enrolled.stores
    )[1]


def test_the_story_of_their_referral_names_nobody(enrolled):
    forget_referrer(enrolled, "c-7")
    result = read_records(enrolled.referral_id, None, stores=enrolled.stores, now=enrolled.clock)
    assert str(result.first_contact).startswith("A customer gave us your name")
