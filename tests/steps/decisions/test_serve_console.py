"""The staff's console: what waits, and what a role may do about it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goodword.domain.access.staff import MAY, RIGHTS, ROLES, Role, Staff
from goodword.domain.credits.credit import Credit
from goodword.domain.crm_copy.connection import Connection
from goodword.domain.errors import BadInput, Conflict, Forbidden, NotFound, RateLimited
from goodword.domain.reason import Reason
from goodword.messages.console import why_not_decided
from goodword.ports.writes import Insert, Update
from goodword.steps.decisions import serve_console as module
from goodword.steps.decisions.decide_credit import DecideCreditDeps
from goodword.steps.decisions.serve_console import (
    credits_of_status,
    decide,
    newest_referrals,
    newest_referrers,
    referral_file,
    referral_of_credit,
    referrer_file,
    search,
    staff_member,
    unmatched_events,
    work_that_waits,
)
from goodword.steps.referrals.qualify_referral import qualify_referral
from goodword.steps.referrals.search_records import Found
from tests.credits import altered
from tests.steps.world import World

DECISIONS = [right for right in RIGHTS if right != "look"]


def person(world: World, role: Role = "finance") -> Staff:
    made = Staff("5a" * 20, "sam@example.com", role, world.clock())
    if world.stores.staff.get(made.person) is None:
        world.stores.commit([Insert(made)])
    return made


def held(
    world: World, hold: str = "approval_required", email: str = "pat@practice.example"
) -> Credit:
    """Put a credit that waits for a person."""
    referral = world.referral(email)
    world.stage("demo_attended", emails=(email,), id=email)
    (credit,) = (each for each in world.tables.all(Credit) if each.referral == referral)
    waiting = altered(credit, status="held", hold=hold, revision=credit.revision + 1)
    world.stores.commit([Update(waiting)])
    return waiting


def take(
    world: World, staff: Staff, credit: str, right: str, reason: str = "It is right."
) -> Credit:
    return decide(
        staff,
        credit,
        right,
        lambda: reason,
        deps=DecideCreditDeps(
            stores=world.stores, now=world.clock, new_id=world.new_id, enqueue=world.enqueue
        ),
    )


def file_of(world: World, staff: Staff, referral: str) -> module.ReferralFile:
    return referral_file(staff, referral, None, stores=world.stores, now=world.clock)


def test_each_waiting_credit_is_on_the_list_of_its_kind(world: World) -> None:
    holds = ("approval_required", "sold_again", "several_transactions")
    credits_ = {hold: held(world, hold, f"pat@{hold.replace('_', '-')}.example") for hold in holds}
    work = work_that_waits(person(world), stores=world.stores)
    lists = dict(zip(holds, (work.approve, work.review, work.held), strict=True))
    for hold, waiting in lists.items():
        assert [each.credit.credit for each in waiting] == [credits_[hold].credit]
        assert waiting[0].referral is not None
        assert waiting[0].may == ("approve", "cancel")
    assert work.more == frozenset()


def test_a_long_list_says_that_there_is_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST", 1)
    held(world, email="pat@one.example")
    held(world, email="pat@two.example")
    world.deliver(world.event("won", id="1", emails=()), world.event("won", id="2", emails=()))
    work = work_that_waits(person(world), stores=world.stores)
    assert (len(work.approve), len(work.unmatched)) == (1, 1)
    assert work.more == {"approve", "unmatched"}


def test_a_full_list_hides_no_older_work_of_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST", 1)
    old = held(world, "approval_required", "pat@old.example")
    for number in range(3):
        world.clock.advance(minutes=1)
        new = held(world, "sold_again", f"pat@new{number}.example")
    work = work_that_waits(person(world), stores=world.stores)
    shown = {each.credit.credit for each in (*work.approve, *work.review)}
    assert shown == {old.credit, new.credit}
    assert work.more == {"review"}


def test_a_list_that_just_fits_has_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST", 1)
    held(world)
    world.deliver(world.event("won", id="1", emails=()))
    work = work_that_waits(person(world), stores=world.stores)
    assert (len(work.approve), len(work.unmatched), work.more) == (1, 1, frozenset())


def test_a_credit_that_was_decided_waits_no_more(world: World) -> None:
    credit, staff = held(world, "met_again_late"), person(world)
    assert [each.credit for each in work_that_waits(staff, stores=world.stores).review] == [credit]
    take(world, staff, credit.credit, "approve")
    assert work_that_waits(staff, stores=world.stores).review == ()


def test_an_unmatched_event_says_why(world: World) -> None:
    world.deliver(world.event("won", id="1", emails=("stranger@practice.example",)))
    world.clock.advance(minutes=1)
    world.deliver(world.event("won", id="2", emails=()))
    world.clock.advance(minutes=1)
    world.deliver(world.event("won", id="3", emails=(), referral="rf_gone"))
    found = unmatched_events(person(world), None, stores=world.stores)
    assert [str(each.why) for each in found.items] == [
        "It names referral rf_gone, which is not here.",
        "The deal has no contact with an e-mail address, and no referral knows it.",
        "No person with an e-mail address of this deal was referred.",
    ]
    assert all("stranger" not in repr(each) for each in found.items)


def test_an_event_of_a_connection_that_is_gone_says_so(world: World) -> None:
    world.deliver(world.event("won", emails=()))
    world.tables.rows[Connection].clear()
    (stray,) = unmatched_events(person(world), None, stores=world.stores).items
    assert str(stray.why) == "The connection “crm” is gone."


def test_an_event_whose_prospect_turned_up_waits_no_more(world: World) -> None:
    world.deliver(world.event("won"))
    assert len(unmatched_events(person(world), None, stores=world.stores).items) == 1
    referral = world.referral()
    world.stage("demo_attended")
    qualify_referral(referral, deps=world.applying)
    assert unmatched_events(person(world), None, stores=world.stores).items == ()


def test_a_referrers_page_says_why_each_referral_is_unpaid(
    world: World,
) -> None:
    credit = held(world)
    other = world.referral("other@practice.example")
    result = referrer_file(person(world), "ana", None, stores=world.stores, now=world.clock)
    whys = {line.referral.referral: str(line.why) for line in result.lines.items}
    assert whys[credit.referral].startswith("50.00 USD is earned and not paid: it needs a decision")
    assert whys[other].startswith("Not paid for demo yet")
    assert [each.credit for each in result.credits] == [credit.credit]
    assert result.referrer.referrer == "ana"


def test_lists_come_newest_first(world: World) -> None:
    staff = person(world)
    world.clock.advance(minutes=1)
    world.referrer("bo")
    first = world.referral("one@practice.example")
    world.clock.advance(minutes=1)
    second = world.referral("two@practice.example")
    referrers = newest_referrers(staff, None, stores=world.stores)
    referrals = newest_referrals(staff, None, stores=world.stores, now=world.clock)
    assert [each.referrer for each in referrers.items] == ["bo", "ana"]
    assert [line.referral.referral for line in referrals.items] == [second, first]


def test_credits_of_a_status_come_with_their_referral(world: World) -> None:
    credit = held(world)
    page = credits_of_status(person(world), "held", None, stores=world.stores)
    assert [(each.credit.credit, each.may) for each in page.items] == [
        (credit.credit, ("approve", "cancel"))
    ]
    assert referral_of_credit(credit.credit, stores=world.stores) == credit.referral


def test_the_reason_for_waiting_has_no_flag_names(world: World) -> None:
    credit = held(world)
    flags = Reason("flagged", {"flags": (Reason("same_phone"), Reason("disposable"))})
    world.stores.commit([Update(altered(credit, reasons=(flags,), revision=credit.revision + 1))])
    (waiting,) = credits_of_status(person(world), "held", None, stores=world.stores).items
    assert str(waiting.reason) == (
        "another prospect of the program has this phone number; "
        "the prospect's address is of a provider of throw-away mailboxes"
    )


def test_a_credit_that_does_not_wait_has_no_reason(world: World) -> None:
    world.referral()
    world.stage("demo_attended")
    (waiting,) = credits_of_status(person(world), "pending", None, stores=world.stores).items
    assert waiting.reason is None


def test_a_referrals_file_says_what_a_person_should_look_at(world: World) -> None:
    first = world.referral("max@clinic.example", contact={"phone": "+12025550143"})
    second = world.referral("pat@practice.example", contact={"phone": "+12025550143"})
    staff = person(world)
    assert file_of(world, staff, first).flags == ()
    assert [str(each) for each in file_of(world, staff, second).flags] == [
        "another prospect of the program has this phone number"
    ]


def test_a_referrals_page_shows_a_reversal_beside_its_credit(world: World) -> None:
    world.program()
    referral = world.referral()
    world.stage("demo_attended")
    world.post(world.credit().credit)
    staff = person(world)
    (posted,) = file_of(world, staff, referral).waiting
    assert posted.may == ("reverse",)
    take(world, staff, posted.credit.credit, "reverse")
    credit, reversal = file_of(world, staff, referral).waiting
    assert (credit.may, reversal.credit.kind) == ((), "reversal")


def test_a_decision_is_on_the_timeline_with_decider_and_reason(world: World) -> None:
    credit = held(world)
    staff = person(world)
    decided = take(world, staff, credit.credit, "approve", "Called the practice.")
    assert (decided.status, decided.decided_by) == ("pending", staff.actor)
    result = file_of(world, staff, credit.referral)
    entry = result.story.timeline.items[-1]
    assert entry.actor == f"staff {staff.person}"
    assert entry.event.data["typed"] == "Called the practice."
    assert result.people == {entry.actor: "sam@example.com"}
    assert "sam@example.com" not in repr(result.story.timeline)


@pytest.mark.parametrize("right", DECISIONS)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_decides_what_it_may_and_changes_nothing_else(
    world: World, role: Role, right: str
) -> None:
    credit = held(world)
    if right == "reverse":
        posted = altered(credit, status="posted", revision=credit.revision + 1)
        world.stores.commit([Update(posted)])
    staff = person(world, role)
    before = world.tables.commits
    assert (right in file_of(world, staff, credit.referral).waiting[0].may) is (
        right in MAY[staff.role]
    )
    if right in MAY[staff.role]:
        take(world, staff, credit.credit, right)
        assert world.tables.commits == before + 1
    else:
        with pytest.raises(Forbidden):
            take(world, staff, credit.credit, right)
        assert world.tables.commits == before


def test_removed_and_unknown_staff_have_no_access(world: World) -> None:
    staff = person(world)
    assert staff_member(staff.person, stores=world.stores) == staff
    gone = replace(staff, revoked=True, revision=2)
    world.stores.commit([Update(gone)])
    for name in (staff.person, "unknown"):
        with pytest.raises(Forbidden):
            staff_member(name, stores=world.stores)
    with pytest.raises(Forbidden):
        work_that_waits(gone, stores=world.stores)


def test_a_decision_without_a_reason_or_kind_is_refused(world: World) -> None:
    credit = held(world)
    with pytest.raises(BadInput):
        take(world, person(world), credit.credit, "approve", "  ")
    for right in ("look", "delete", ""):
        with pytest.raises(NotFound):
            take(world, person(world), credit.credit, right)


def test_what_is_not_there_is_not_found(world: World) -> None:
    staff = person(world)
    with pytest.raises(NotFound):
        file_of(world, staff, "rf_none")
    with pytest.raises(NotFound):
        referrer_file(staff, "unknown", None, stores=world.stores, now=world.clock)
    with pytest.raises(NotFound):
        referral_of_credit("cr_none", stores=world.stores)


def test_a_credit_that_the_approver_declined_cannot_be_approved(world: World) -> None:
    credit, finance = held(world, "sign_off_missing"), person(world)
    ana = world.stores.referrers.get("ana")
    assert ana is not None
    world.stores.commit([Update(replace(ana, earns="no", revision=ana.revision + 1))])
    with pytest.raises(Conflict, match="ruled them out") as refused:
        take(world, finance, credit.credit, "approve")
    assert str(why_not_decided(refused.value.where)).endswith(
        "is to receive no credits. Cancel it."
    )
    assert take(world, finance, credit.credit, "cancel").status == "canceled"


def test_a_late_decision_reports_that_the_credit_moved_on(world: World) -> None:
    credit, finance = held(world), person(world)
    take(world, finance, credit.credit, "cancel")
    with pytest.raises(Conflict) as refused:
        take(world, finance, credit.credit, "approve")
    assert str(why_not_decided(refused.value.where)).startswith(
        "Nothing was changed: the status of the credit does not allow it any more"
    )


def look_for(world: World, staff: Staff, text: str) -> Found:
    return search(
        staff, text, identity_key=world.identity_key, stores=world.stores, now=world.clock
    )


def test_removed_staff_cannot_search_by_referral_id(world: World) -> None:
    referral, staff = world.referral(), person(world)
    assert [each.id for each in look_for(world, staff, referral).hits] == [referral]
    with pytest.raises(Forbidden):
        look_for(world, replace(staff, revoked=True), referral)


def test_searches_per_day_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEARCHES_A_DAY", 2)
    staff = person(world)
    for text in ("pat", "ana"):
        look_for(world, staff, text)
    with pytest.raises(RateLimited, match="you search very often today"):
        look_for(world, staff, "pat")
    world.clock.now += timedelta(days=1)
    look_for(world, staff, "pat")


def test_decisions_per_day_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DECISIONS_A_DAY", 2)
    credit, staff = held(world), person(world)
    for _ in range(2):
        take(world, staff, credit.credit, "approve")
    with pytest.raises(RateLimited):
        take(world, staff, credit.credit, "approve")
    world.clock.now += timedelta(days=1)
    take(world, staff, credit.credit, "approve")


def test_a_referrals_file_shows_its_sentence_as_what_it_says(world: World) -> None:
    staff, waiting = person(world), held(world)
    file = file_of(world, staff, waiting.referral)
    assert file.mood == "wait"
    assert replace(file, waiting=()).mood == ""
    assert replace(file, waiting=(), paid=True).mood == "good"
