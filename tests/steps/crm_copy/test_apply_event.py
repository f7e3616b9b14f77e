"""Events find their referrals; facts are recorded; what fits nobody is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goodword.domain.crm_copy.connection import Connection, PropertyMapping
from goodword.domain.crm_copy.delivery import Delivery, Unmatched, is_unread
from goodword.domain.crm_copy.fact import (
    ASSOCIATION,
    MERGED_INTO,
    CrmEvent,
    CrmObject,
    Fact,
    ObjectRef,
)
from goodword.domain.errors import Contended, Unavailable, Unreadable
from goodword.domain.reason import Reason
from goodword.ports.writes import Insert
from goodword.steps.crm_copy.apply_event import apply_delivery

DEAL_77 = ObjectRef("crm", "deal", "77")
COMPANY_9 = ObjectRef("crm", "company", "9")
PAT = ("pat@practice.example",)


def applied(events, facts, matched, **more):
    return Reason("events_applied", {"events": events, "facts": facts, "matched": matched, **more})


def outcome(world, name):
    return world.stores.inbox.get(name).outcome


# --- deliveries -----------------------------------------------------------------------------------


def test_a_delivery_is_applied_once_and_says_what_came_of_it(world):
    world.referral()
    event = world.event("demo_attended")
    other = world.event("blue", property="color")
    assert world.deliver(event, other, name="d1") == Reason(
        "events_applied", {"events": 2, "facts": 1, "matched": 1}
    )
    assert outcome(world, "d1") == applied(2, 1, 1)
    assert apply_delivery("d1", deps=world.applying) is None


def test_a_delivery_that_is_not_there_is_no_fault(world):
    assert apply_delivery("nobody", deps=world.applying) is None


def test_a_delivery_that_cannot_be_read_is_marked_and_not_tried_for_ever(world):
    world.stores.inbox.put(Delivery("d1", "crm", "nonsense", world.clock()))
    assert apply_delivery("d1", deps=world.applying) == Reason("body_unreadable", {"path": "body"})
    assert world.stores.inbox.get("d1").status == "applied"


def test_an_event_that_cannot_be_read_harms_no_other_of_its_delivery(world):
    world.referral()
    bad, worse = (
        Unreadable("This must be an object's id.", where="objectId"),
        Unreadable("No such time."),
    )
    said = applied(1, 1, 1, unreadable=2, path="objectId")
    assert world.deliver(bad, world.event("demo_attended"), worse, name="d1") == said
    assert (outcome(world, "d1"), world.stores.inbox.get("d1").status) == (said, "applied")
    assert sorted(world.credits()) == ["demo"]


@pytest.mark.parametrize(
    "email", ["PAT@Practice.example ", "Pat <pat@practice.example>", "mailto:pat@practice.example"]
)
def test_an_address_in_another_spelling_finds_its_referral(world, email):
    world.referral()
    assert world.deliver(world.event("demo_attended", emails=(email,))) == applied(1, 1, 1)
    assert sorted(world.credits()) == ["demo"]


def test_a_value_that_cannot_be_read_is_counted_with_its_property(world):
    world.referral()
    ambiguous = world.event("1,234", property="amount")
    own = replace(ambiguous, own=True)
    said = applied(3, 2, 2, unreadable=1, path="deal.amount")
    assert world.deliver(world.event("demo_attended"), ambiguous, own, name="d1") == said
    assert is_unread(outcome(world, "d1"))


def test_a_delivery_of_a_connection_that_is_gone_is_marked(world):
    world.stores.inbox.put(Delivery("d1", "gone", "[]", world.clock()))
    assert apply_delivery("d1", deps=world.applying) == Reason("connection_missing")
    assert outcome(world, "d1") == Reason("connection_missing")


def test_a_delivery_that_failed_half_way_is_applied_again_as_a_whole(world):
    world.referral()
    world.lookup.down = True
    first = world.event("demo_attended")
    stranger = world.event("won", id="78", emails=())
    with pytest.raises(Unavailable):
        world.deliver(first, stranger, name="d1")
    assert world.stores.inbox.get("d1").status == "received"
    world.lookup.down = False
    assert apply_delivery("d1", deps=world.applying) == applied(2, 2, 1)
    assert sorted(world.credits()) == ["demo"]


def test_contention_without_end_leaves_the_delivery_for_another_try(world):
    world.referral()
    world.tables.conflicts = 6
    with pytest.raises(Contended):
        world.deliver(world.event("demo_attended"), name="d1")
    assert world.stores.inbox.get("d1").status == "received"
    apply_delivery("d1", deps=world.applying)
    assert world.credit().status == "pending"


# --- what counts ----------------------------------------------------------------------------------


def test_events_of_our_own_writes_are_dropped(world):
    world.referral()
    assert world.deliver(world.event("demo_attended", own=True)) == applied(1, 0, 0)
    assert world.credits() == {}


@pytest.mark.parametrize(
    "event",
    [
        {"value": "crm unreceived-of"},
        {"property": "color", "value": "blue"},
        {"kind": "company"},
    ],
)
def test_what_means_nothing_here_is_neither_recorded_nor_kept(world, event):
    referral = world.referral()
    given = replace(world.event("demo_attended"), **{k: v for k, v in event.items() if k != "kind"})
    if "kind" in event:
        given = replace(given, object=COMPANY_9)
    world.deliver(given)
    assert world.stores.facts.list_by_referral(referral) == ()
    assert world.tables.all(Unmatched) == []


def test_an_older_event_changes_nothing_but_first_times(world):
    referral = world.referral()
    world.stage("won")
    world.deliver(world.event("lost", version=world.clock() - timedelta(hours=1)))
    assert world.kept(referral).stage == "won"
    assert sorted(world.credits()) == ["deal", "demo"]


# --- finding the referral -------------------------------------------------------------------------


def test_an_event_finds_its_referral_by_our_id_first(world):
    other = world.referral("sam@clinic.example")
    world.referral()
    world.deliver(world.event("demo_attended", referral=other))
    assert world.credit().referral == other
    assert world.lookup.asked == []


def test_an_event_finds_its_referral_by_email(world):
    referral = world.referral()
    world.deliver(world.event("demo_attended", emails=(" PAT@practice.example",)))
    assert world.credit().referral == referral
    assert world.lookup.asked == []


def test_an_event_finds_its_referral_through_the_deals_contacts(world):
    referral = world.referral()
    world.lookup.put(CrmObject(DEAL_77, {}, world.clock(), emails=("x@example.com", *PAT)))
    world.deliver(world.event("demo_attended", emails=()))
    assert world.credit().referral == referral
    assert world.lookup.asked == [DEAL_77]


@pytest.mark.parametrize("property", ["goodword_referral", "their_name"])
def test_an_event_finds_its_referral_by_our_id_on_the_object(world, property):
    referral = world.referral()
    world.connection(referral_property="" if property == "goodword_referral" else property)
    world.lookup.put(CrmObject(DEAL_77, {property: referral}, world.clock()))
    world.deliver(world.event("demo_attended", emails=()))
    assert world.credit().referral == referral


def test_an_event_finds_its_referral_by_the_id_that_the_object_carries(world):
    referral = world.referral()
    world.lookup.put(CrmObject(DEAL_77, {}, world.clock(), referral=referral))
    world.deliver(world.event("demo_attended", emails=()))
    assert world.credit().referral == referral


def test_an_event_finds_its_referral_by_a_deal_that_it_holds_already(world):
    referral = world.referral()
    world.stage("contacted")
    world.stage("demo_attended", emails=())
    assert world.credit().referral == referral


def test_an_event_of_a_company_finds_the_referral_that_holds_it(world):
    referral = world.referral()
    world.stage("contacted", company=COMPANY_9)
    world.lookup.asked.clear()
    world.deliver(world.event("20", property="size", kind="company", id="9", emails=()))
    assert {fact.attribute for fact in world.stores.facts.list_by_referral(referral)} == {
        "stage",
        "company_size",
    }
    assert world.lookup.asked == []


def test_a_deal_of_a_company_that_is_known_is_not_taken_for_its_referrals(world):
    referral = world.referral()
    world.stage("contacted", company=COMPANY_9)
    assert world.stage("won", id="78", emails=(), company=COMPANY_9).args["matched"] == 0
    assert world.kept(referral).stage == "contacted"


def test_an_event_of_a_contact_finds_its_referral_by_the_deal_that_it_names(world):
    referral = world.referral()
    world.stage("contacted")
    world.lookup.asked.clear()
    world.deliver(
        world.event("practice", property="segment", kind="contact", id="5", emails=(), deal=DEAL_77)
    )
    assert {fact.attribute for fact in world.stores.facts.list_by_referral(referral)} == {
        "stage",
        "segment",
    }
    assert world.lookup.asked == []


def test_an_event_of_a_deal_of_two_prospects_concerns_both(world):
    first = world.referral()
    world.clock.advance(minutes=1)
    second = world.referral("sam@clinic.example")
    assert world.stage("contacted", emails=("sam@clinic.example", *PAT)).args["matched"] == 2
    assert world.kept(first).stage == world.kept(second).stage == "contacted"


def test_an_id_that_is_not_ours_is_looked_past(world):
    referral = world.referral()
    world.deliver(world.event("demo_attended", referral="rf_theirs"))
    assert world.credit().referral == referral


@pytest.mark.parametrize("by", ["referral", "email", "deal"])
def test_a_referral_of_a_program_that_the_connection_does_not_serve_is_not_concerned(world, by):
    world.program(program="others")
    referral = world.referral(program="others")
    more = (
        {"referral": referral, "emails": ()}
        if by == "referral"
        else {"emails": PAT if by == "email" else ()}
    )
    world.deliver(world.event("demo_attended", **more))
    assert world.kept(referral).stage == "new"


def test_a_deal_is_asked_for_once_a_delivery_however_many_of_its_properties_changed(world):
    result = [
        world.event(value, name, emails=()) for value, name in (("won", "stage"), ("9", "amount"))
    ]
    world.deliver(
        *result, *(replace(each, object=ObjectRef("crm", "deal", "78")) for each in result)
    )
    assert [each.id for each in world.lookup.asked] == ["77", "78"]
    world.deliver(*result)
    assert [each.id for each in world.lookup.asked] == ["77", "78", "77"]


def test_where_the_crm_must_be_asked_and_does_not_answer_the_event_is_tried_again(world):
    world.lookup.down = True
    with pytest.raises(Unavailable):
        world.deliver(world.event("won", emails=()), name="d1")
    assert world.tables.all(Unmatched) == []


def test_an_identity_whose_referral_is_gone_finds_nobody(world):
    referral = world.referral()
    del world.tables.rows[type(world.kept(referral))][(referral,)]
    assert world.deliver(world.event("won")).args["matched"] == 0
    assert len(world.tables.all(Unmatched)) == 2


# --- what an event ties together ------------------------------------------------------------------


def test_a_deal_and_a_company_that_an_event_names_belong_to_the_referral(world):
    referral = world.referral()
    world.stage("contacted", company=COMPANY_9)
    assert world.kept(referral).keys[1:] == ("deal:crm/deal/77", "company:crm/company/9")
    for key in world.kept(referral).keys[1:]:
        assert world.stores.identities.get(f"payee#peers#{key}").owner == referral


def test_an_event_of_a_deal_that_names_the_deal_again_is_applied(world):
    referral = world.referral()
    world.stage("demo_attended", deal=DEAL_77)
    assert world.kept(referral).keys.count("deal:crm/deal/77") == 1
    assert world.credit().status == "pending"


def test_the_first_referral_made_claims_the_deal_whatever_the_order_of_addresses(world):
    first = world.referral()
    world.clock.advance(minutes=1)
    world.referral("sam@clinic.example")
    world.stage("contacted", emails=("sam@clinic.example", *PAT))
    assert world.stores.identities.get("payee#peers#deal:crm/deal/77").owner == first


def test_what_waited_under_a_deal_is_applied_when_the_deal_is_known(world):
    world.deliver(world.event("won", emails=()))
    referral = world.referral()
    world.deliver(world.event("practice", property="segment", kind="contact", id="5", deal=DEAL_77))
    assert world.kept(referral).stage == "won"
    assert sorted(world.credits()) == ["deal", "demo"]


def tied(world, one, other):
    return CrmEvent(one, f"{ASSOCIATION}:{other.kind}:{other.id}", "true", world.clock())


CONTACT_5 = ObjectRef("crm", "contact", "5")


@pytest.mark.parametrize("turn", [False, True])
def test_a_deal_that_waited_is_applied_once_its_contact_is_tied_to_it(world, turn):
    """As in HubSpot: the deal is made at its stage first.

    Says nothing more when it gets its contact.
    """
    referral = world.referral()
    world.deliver(world.event("demo_attended", emails=()))
    assert world.credits() == {}
    world.lookup.put(CrmObject(DEAL_77, {}, world.clock(), emails=PAT))
    one, other = (CONTACT_5, DEAL_77) if turn else (DEAL_77, CONTACT_5)
    world.deliver(tied(world, one, other), name="tie")
    assert world.credit().referral == referral
    assert "deal:crm/deal/77" in world.kept(referral).keys
    assert world.tables.all(Unmatched) == []


def test_a_deal_that_waited_is_applied_once_it_is_merged_into_a_known_one(world):
    referral = world.referral()
    world.deliver(world.event("demo_attended", emails=(), id="70"))
    world.stage("contacted", version=world.clock() - timedelta(days=1))
    merged = CrmEvent(ObjectRef("crm", "deal", "70"), MERGED_INTO, "77", world.clock())
    world.deliver(merged)
    assert world.credit().referral == referral
    assert world.tables.all(Unmatched) == []


def test_a_tie_whose_recording_failed_is_taken_up_again_with_its_delivery(world):
    referral = world.referral()
    world.deliver(world.event("demo_attended", emails=()))
    world.lookup.down = True
    with pytest.raises(Unavailable):
        world.deliver(tied(world, DEAL_77, CONTACT_5), name="tie")
    assert world.stores.inbox.get("tie").status == "received"
    world.lookup.down = False
    world.lookup.put(CrmObject(DEAL_77, {}, world.clock(), emails=PAT))
    apply_delivery("tie", deps=world.applying)
    assert world.credit().referral == referral
    assert world.tables.all(Unmatched) == []


def test_where_nothing_waits_a_tie_asks_nobody(world):
    world.referral()
    world.deliver(tied(world, DEAL_77, CONTACT_5))
    assert world.lookup.asked == []


@pytest.mark.parametrize("change", [{"value": None}, {"own": True}])
def test_what_is_untied_or_tied_by_ourselves_frees_nothing(world, change):
    world.referral()
    world.deliver(world.event("demo_attended", emails=()))
    world.lookup.put(CrmObject(DEAL_77, {}, world.clock(), emails=PAT))
    world.deliver(replace(tied(world, DEAL_77, CONTACT_5), **change))
    assert world.credits() == {}
    assert len(world.tables.all(Unmatched)) == 1


# --- equal versions -------------------------------------------------------------------------------


@pytest.fixture
def tie(world):
    """Two stages of one version; the CRM says which is there now."""
    world.tie = (world.event("won"), world.event("contacted"))
    world.clock.advance(hours=1)
    world.name = world.referral()
    return world


@pytest.mark.parametrize("turn", [False, True])
@pytest.mark.parametrize("there", ["won", "contacted"])
def test_equal_versions_are_read_again_from_the_crm(tie, turn, there):
    first, second = reversed(tie.tie) if turn else tie.tie
    tie.lookup.put(CrmObject(DEAL_77, {"stage": f"crm {there}"}, first.version))
    tie.deliver(first)
    tie.deliver(second)
    assert tie.kept(tie.name).stage == there
    assert tie.lookup.asked == [DEAL_77]


def test_the_same_event_twice_is_no_contradiction(tie):
    tie.deliver(tie.tie[0])
    tie.deliver(tie.tie[0])
    assert tie.lookup.asked == []


@pytest.mark.parametrize(
    "properties",
    [None, {"amount": "1"}, {"stage": "crm unreceived-of"}],
    ids=["gone", "without the property", "at a stage that is not mapped"],
)
@pytest.mark.parametrize("turn", [False, True])
def test_where_the_crm_cannot_tell_the_outcome_does_not_depend_on_the_order(tie, properties, turn):
    first, second = reversed(tie.tie) if turn else tie.tie
    if properties is not None:
        tie.lookup.put(CrmObject(DEAL_77, properties, tie.clock()))
    tie.deliver(first)
    tie.deliver(second)
    assert tie.kept(tie.name).stage == "won"


def test_a_later_event_outweighs_what_was_read_again(tie):
    tie.lookup.put(CrmObject(DEAL_77, {"stage": "crm won"}, tie.tie[0].version))
    for event in tie.tie:
        tie.deliver(event)
    tie.stage("lost")
    assert tie.kept(tie.name).stage == "lost"


# --- what fits nobody -----------------------------------------------------------------------------


def test_an_event_that_fits_nobody_is_kept_under_every_hint_without_its_addresses(world):
    world.lookup.put(CrmObject(DEAL_77, {}, world.clock(), emails=("sam@clinic.example",)))
    world.deliver(world.event("won", referral="rf_later"), name="d1")
    kept = world.tables.all(Unmatched)
    assert sorted(each.hint.partition("#")[0] for each in kept) == [
        "email",
        "email",
        "object",
        "referral",
    ]
    assert {each.event for each in kept} == {"d1#0"}
    assert "@" not in repr(kept)


def test_an_event_whose_referral_appears_while_it_is_kept_is_on_record_before_it_is_forgotten(
    world,
):
    def appears():
        world.referral()

    def fails():
        raise ConnectionError

    nothing = [
        lambda: None
    ] * 3  # the referral's own commit, the second hint, and what comes first then
    world.tables.meanwhile += [appears, *nothing, fails]
    with pytest.raises(ConnectionError):
        world.deliver(world.event("won"))
    assert [each.value for each in world.tables.all(Fact)] == ["won"]


def test_the_same_delivery_again_keeps_nothing_twice(world):
    event = world.event("won")
    world.deliver(event, name="d1")
    world.tables.rows[Delivery].clear()
    world.deliver(event, name="d1")
    assert len(world.tables.all(Unmatched)) == 2


def test_two_events_of_one_delivery_are_kept_apart(world):
    world.deliver(world.event("won"), world.event("lost"), name="d1")
    assert {each.event for each in world.tables.all(Unmatched)} == {"d1#0", "d1#1"}


def test_a_very_long_id_of_theirs_is_cut(world):
    world.deliver(world.event("won", referral="x" * 5000, emails=()))
    assert max(len(each.hint) for each in world.tables.all(Unmatched)) < 100


# --- Stripe's own events --------------------------------------------------------------------------


def stripe_says(world, *said, name="s1"):
    """Apply a delivery of Stripe.

    Its events are facts, its texts are the accounts that it names.
    """
    refund = PropertyMapping("stage", {"refunded": "refunded"})
    held = Connection("stripe", 1, "stripe", ("peers",), {"contact.refund": refund})
    if world.stores.connections.latest("stripe") is None:
        world.stores.commit([Insert(held)])
    events = [each for each in said if isinstance(each, CrmEvent)]
    named = tuple(each for each in said if isinstance(each, str))
    body = world.crm.says(*events).decode()
    world.stores.inbox.put(Delivery(name, "stripe", body, world.clock()))
    return apply_delivery(name, deps=replace(world.applying, accounts_of=lambda _: named))


def test_an_account_whose_balance_moved_is_looked_at(world):
    assert stripe_says(world, "cus_1", "cus_of_nobody") == applied(0, 0, 0)
    assert world.enqueue == ["account:cus_1"]


def test_a_crms_events_name_no_accounts(world):
    body = world.crm.says().decode()
    world.stores.inbox.put(Delivery("d1", "crm", body, world.clock()))
    apply_delivery("d1", deps=replace(world.applying, accounts_of=lambda _: ("cus_1",)))
    assert world.enqueue == []


def test_a_prospects_refund_takes_the_credit_back(world):
    world.referral()
    world.stage("won")
    world.clock.advance(minutes=1)
    refund = CrmEvent(
        ObjectRef("stripe", "contact", "cus_9"), "refund", "refunded", world.clock(), None, PAT
    )
    assert stripe_says(world, refund) == applied(1, 1, 1)
    assert world.credit("deal").status == "canceled"


def test_a_part_of_a_refund_leaves_the_credit(world):
    world.referral()
    world.stage("won")
    world.clock.advance(minutes=1)
    refund = CrmEvent(
        ObjectRef("stripe", "contact", "cus_9"), "refund", "partial", world.clock(), None, PAT
    )
    assert stripe_says(world, refund) == applied(1, 0, 0)
    assert world.credit("deal").status == "pending"
