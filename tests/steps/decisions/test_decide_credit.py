"""A person decides on a credit: lets it go on, cancels it, takes it back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goodword.domain.credits.credit_reason import decided_by_person
from goodword.domain.credits.ledger import is_where_it_should_be
from goodword.domain.errors import BadInput, Conflict, Contended, MissingRecord, NotFound
from goodword.domain.money import Money
from goodword.domain.programs.program import Program
from goodword.domain.referrals.referral import Referral
from goodword.messages.events import event_sentence
from goodword.ports.writes import Reserve, Update
from goodword.steps.decisions.decide_credit import DecideCreditDeps, decide_credit
from tests.credits import altered
from tests.world import DEAL, DEMO


@pytest.fixture
def held(bare):
    bare.program(DEMO, DEAL, posting="approve", limits={"account_year": ["500.00 USD"]})
    bare.referral()
    bare.stage("demo_attended")
    assert bare.credit().status == "held"
    return bare


def decide(world, decision, reason="looked at it", credit=None, by="key-1"):
    return decide_credit(
        credit or world.credit().credit,
        decision,
        reason,
        by=by,
        deps=DecideCreditDeps(
            stores=world.stores, now=world.clock, new_id=world.new_id, enqueue=world.enqueue
        ),
    )


def test_an_approved_credit_continues_and_is_enqueued(held):
    held.clock.advance(days=1)
    credit = decide(held, "approve")
    assert (credit.status, credit.reasons) == ("pending", ())
    assert (credit.decided_by, credit.due_at) == ("key-1", held.clock())
    assert held.credit() == credit
    assert held.enqueue == [credit.credit]
    assert held.sums() == {"pending#USD": 5000}
    assert held.post(credit.credit) == "posted"


def test_an_approved_credit_still_rests_for_its_hold_period(bare):
    bare.program({**DEMO, "hold_days": 5}, posting="approve")
    bare.referral()
    bare.stage("demo_attended")
    due = bare.clock() + timedelta(days=5)
    assert decide(bare, "approve").due_at == due
    assert bare.enqueue == []


@pytest.fixture
def unsaid(bare):
    """Give a credit of an account whose currency became known after it was earned.

    In euros.
    """
    limits = {"account_year": ["100.00 USD", "90.00 EUR"]}
    bare.program(DEMO | {"pays": ["50.00 USD", "45.00 EUR"]}, limits=limits)
    bare.referrer("bob", "cus_2", "")
    bare.referral(referrer="bob")
    bare.stage("demo_attended")
    assert bare.credit().hold == "account_currency_unknown"
    said_in(bare, "EUR")
    return bare


def said_in(world, currency):
    account = world.stores.accounts.get("cus_2")
    world.stores.commit(
        [Update(replace(account, currency=currency, revision=account.revision + 1))]
    )
    world.billing.customers["cus_2"] = replace(world.billing.customers["cus_2"], currency=currency)


def test_a_credit_waiting_for_its_currency_is_approved_in_it(unsaid):
    credit = decide(unsaid, "approve")
    assert (credit.status, credit.amount, credit.decided_by) == (
        "pending",
        Money(4500, "EUR"),
        "key-1",
    )
    assert unsaid.sums("cus_2") == {"pending#EUR": 4500}
    assert {name: used for name, used in unsaid.tables.used.items() if used} == {
        "account#cus_2#peers#EUR#2027": 4500
    }
    assert is_where_it_should_be(credit, unsaid.stores.ledger.list_by_credit(credit.credit))
    result = "50.00 USD was approved as 45.00 EUR by a person: looked at it"
    assert result in unsaid.sentences(credit.referral)
    assert unsaid.post(credit.credit) == "posted"
    assert decide(unsaid, "reverse").amount == Money(-4500, "EUR")


def test_a_limit_in_the_accounts_currency_applies_at_approval(unsaid):
    name = "account#cus_2#peers#EUR#2027"
    unsaid.stores.commit([Reserve(name, 4501, 9000)])
    with pytest.raises(Conflict, match=r"this year's limit of 90.00 EUR") as full:
        decide(unsaid, "approve")
    assert full.value.where == "limit"
    assert unsaid.credit().hold == "account_currency_unknown"


def test_a_concurrent_change_is_not_overwritten_in_another_currency(unsaid):
    commit, raced = unsaid.stores.commit, []

    def race(writes):
        if not raced:
            raced.append(1)
            unsaid.change_credit(tries=1)
        commit(writes)

    object.__setattr__(unsaid.stores, "commit", race)
    assert decide(unsaid, "approve").revision == 3


@pytest.mark.parametrize("currency", ["", "USD", "GBP"])
def test_without_an_amount_in_the_currency_stripe_is_asked_again(unsaid, currency):
    said_in(unsaid, currency)
    credit = decide(unsaid, "approve")
    assert credit.amount == Money(5000, "USD")
    assert unsaid.post(credit.credit) == (
        "posted" if currency == "USD" else "stripe_currency_differs"
    )
    assert unsaid.credit().sent() is (currency == "USD")


def test_what_may_have_reached_stripe_keeps_its_amount(unsaid):
    unsaid.change_credit(sent_at=unsaid.clock())
    assert decide(unsaid, "approve").amount == Money(5000, "USD")


def test_a_canceled_credit_gives_back_its_limits(held):
    credit = decide(held, "cancel", "  not one of ours ")
    assert (credit.status, credit.reason, credit.decided_by) == (
        "canceled",
        decided_by_person("not one of ours"),
        "key-1",
    )
    assert list(held.tables.used.values()) == [0]
    assert held.sums() == {"canceled#USD": 5000}
    assert held.enqueue == []


def test_a_manually_canceled_credit_stays_so_when_the_stage_returns(held):
    decide(held, "cancel")
    held.stage("won")
    assert held.credit("demo").status == "canceled"


@pytest.mark.parametrize("decision", ["approve", "cancel"])
def test_the_reason_and_who_gave_it_are_on_the_timeline(held, decision):
    decide(held, decision, " it is fine ")
    (entry,) = (each for each in held.entries() if each.actor == "key-1")
    assert str(event_sentence(entry.event)).endswith("by a person: it is fine")


def test_what_a_person_typed_is_kept_and_said_as_typed(held):
    typed = "duplicate: see ticket 4411; ask Ana"
    canceled = decide(held, "cancel", typed)
    assert canceled.reason == decided_by_person(typed)
    assert f"50.00 USD was canceled by a person: {typed}" in held.sentences(canceled.referral)


@pytest.mark.parametrize("decision", ["approve", "cancel"])
def test_deciding_the_same_again_changes_nothing(held, decision):
    first = decide(held, decision)
    entries = held.entries()
    assert decide(held, decision) == first
    assert held.entries() == entries


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_decision_needs_a_reason(held, reason):
    with pytest.raises(BadInput) as refused:
        decide(held, "approve", reason)
    assert refused.value.where == "reason"
    assert held.credit().status == "held"


def test_a_credit_that_is_not_there_is_not_found(held):
    with pytest.raises(NotFound):
        decide(held, "approve", credit="cr_unknown")


@pytest.mark.parametrize("status", ["pending", "posted", "over_limit", "canceled", "sending"])
def test_only_a_held_credit_can_be_approved(held, status):
    held.change_credit(status=status)
    with pytest.raises(Conflict, match=f"is {status}, not held"):
        decide(held, "approve")


@pytest.mark.parametrize("status", ["pending", "over_limit", "held"])
def test_what_was_never_sent_can_be_canceled(held, status):
    held.change_credit(status=status)
    assert decide(held, "cancel").status == "canceled"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"status": "sending"}, "is sending"),
        ({"status": "posted"}, "is posted"),
        ({"status": "held", "sent_at": timedelta()}, "has been sent"),
        ({"status": "pending", "sent_at": timedelta()}, "has been sent"),
    ],
)
def test_what_may_have_reached_stripe_cannot_be_canceled(held, change, match):
    if "sent_at" in change:
        change = change | {"sent_at": held.clock()}
    held.change_credit(**change)
    with pytest.raises(Conflict, match=match):
        decide(held, "cancel")


def test_the_second_of_two_concurrent_deciders_finds_it_decided(held):
    held.tables.meanwhile.append(lambda: decide(held, "cancel", by="key-2"))
    with pytest.raises(Conflict, match="is canceled"):
        decide(held, "approve")
    assert held.credit().decided_by == "key-2"


def test_of_two_concurrent_approvals_one_is_recorded(held):
    held.tables.meanwhile.append(lambda: decide(held, "approve", by="key-2"))
    assert decide(held, "approve").decided_by == "key-2"
    assert held.sums() == {"pending#USD": 5000}


def test_a_lost_message_costs_only_time(held):
    held.enqueue.lost = True
    credit = decide(held, "approve")
    assert held.stores.credits.due(held.clock(), 9) == (credit.credit,)


def test_an_approved_credit_canceled_with_its_deal_can_revive(bare):
    bare.program(DEAL, posting="approve")
    bare.referral()
    bare.stage("won")
    decide(bare, "approve", credit=bare.credit("deal").credit)
    bare.stage("lost")
    assert bare.credit("deal").status == "canceled"
    bare.stage("won")
    assert bare.credit("deal").status in ("held", "pending")


# --- taken back -----------------------------------------------------------------------------------


@pytest.fixture
def posted(bare):
    """A deal that was paid."""
    bare.program(DEAL, limits={"account_year": ["200.00 USD"]})
    bare.referral()
    bare.stage("won")
    bare.post(bare.credit("deal").credit)
    bare.enqueue.clear()
    return bare


def reverse(world, reason="paid by mistake", **more):
    return decide(world, "reverse", reason, credit=world.credit("deal").credit, **more)


def change_reversal(world, **changes):
    held = world.reversal("deal")
    world.stores.commit([Update(altered(held, revision=held.revision + 1, **changes))])


def test_a_person_takes_a_posted_credit_back_once(posted):
    reversal = reverse(posted, " paid by mistake ")
    assert reversal == posted.reversal("deal")
    assert (reversal.status, reversal.amount.minor, reversal.decided_by) == (
        "pending",
        -20000,
        "key-1",
    )
    assert (reversal.of, reversal.key) == (
        posted.credit("deal").credit,
        f"{reversal.of}:reversal:1",
    )
    assert posted.credit("deal").reversal == reversal.credit
    assert posted.enqueue == [reversal.credit]
    (entry,) = (each for each in posted.entries() if each.actor == "key-1")
    said = "200.00 USD is taken back by a person: paid by mistake"
    assert str(event_sentence(entry.event)) == said
    assert entry.event.data["credit"] == reversal.credit
    assert reverse(posted, by="key-2") == reversal
    assert posted.post(reversal.credit) == "posted"
    assert (posted.credit("deal").status, posted.billing.balance("cus_1")) == ("reversed", 0)
    assert list(posted.tables.used.values()) == [0]
    assert reverse(posted) == posted.reversal("deal")
    assert len(posted.billing.transactions) == 2


def test_where_the_row_cannot_be_added_nothing_is_written(posted):
    posted.tables.conflicts = 99
    with pytest.raises(Contended):
        reverse(posted)
    assert posted.credit("deal").reversal == ""


@pytest.mark.parametrize(
    "status", ["pending", "held", "sending", "over_limit", "canceled", "reversed"]
)
def test_only_a_posted_credit_can_be_taken_back(posted, status):
    posted.change_credit("deal", status=status)
    with pytest.raises(Conflict, match=f"is {status}, not posted"):
        reverse(posted)


def test_what_takes_a_credit_back_is_not_taken_back_itself(posted):
    reversal = reverse(posted)
    with pytest.raises(Conflict, match="is a reversal itself"):
        decide(posted, "reverse", credit=reversal.credit)


def test_what_the_sale_reversed_is_not_reversed_again(posted):
    posted.stage("lost")
    posted.post(posted.reversal("deal").credit)
    with pytest.raises(Conflict, match="reversed already"):
        reverse(posted)


@pytest.mark.parametrize(
    ("on_applied_credit", "status"), [("review", "held"), ("reverse", "pending")]
)
def test_a_used_credit_may_need_a_second_approval(bare, on_applied_credit, status):
    bare.program(DEAL, on_applied_credit=on_applied_credit)
    bare.referral()
    bare.stage("won")
    bare.post(bare.credit("deal").credit)
    bare.change_credit("deal", applied_minor=1)
    bare.enqueue.clear()
    reversal = reverse(bare)
    assert (reversal.status, bool(reversal.hold)) == (status, status == "held")
    assert bare.enqueue == ([] if status == "held" else [reversal.credit])
    assert reverse(bare) == reversal  # to say it again is no approval
    if status == "held":
        assert decide(bare, "approve", credit=reversal.credit).status == "pending"
    assert bare.post(reversal.credit) == "posted"
    assert bare.billing.balance("cus_1") == 0


@pytest.mark.parametrize("sent", [False, True])
def test_a_manual_reversal_stays_through_later_sale_changes(posted, sent):
    reversal = reverse(posted)
    if sent:
        posted.post(reversal.credit)
    before = (posted.credit("deal"), posted.reversal("deal"))
    for stage in ("won", "lost", "won"):
        posted.stage(stage)
    assert (posted.credit("deal"), posted.reversal("deal")) == before
    (kept,) = posted.tables.all(Referral)
    assert kept.flags == ()


def test_a_person_makes_final_what_the_sale_takes_back(posted):
    posted.stage("lost")
    assert not posted.reversal("deal").ordered
    ordered = reverse(posted)
    assert (ordered.status, ordered.ordered, ordered.decided_by) == ("pending", True, "key-1")
    posted.stage("won")
    assert posted.reversal("deal") == ordered


def test_a_person_can_override_the_won_again_mark(posted):
    posted.stage("lost")
    change_reversal(posted, status="sending", sent_at=posted.clock())
    posted.stage("won")
    assert posted.reversal("deal").taken_back
    assert not reverse(posted).taken_back
    assert posted.reversal("deal").status == "sending"


def test_a_manual_cancellation_can_still_be_reversed(posted):
    reversal = reverse(posted)
    decide(posted, "cancel", credit=reversal.credit)
    assert posted.reversal("deal").status == "canceled"
    posted.stage("lost")
    assert (
        posted.reversal("deal").status == "canceled"
    )  # a manual cancellation of the reversal is final
    again = reverse(posted)
    assert (again.status, again.ordered, again.decided_by) == ("pending", True, "key-1")
    assert posted.post(again.credit) == "posted"
    assert posted.billing.balance("cus_1") == 0


def test_of_two_concurrent_reversals_one_is_recorded(posted):
    posted.tables.meanwhile.append(lambda: reverse(posted, by="key-2"))
    assert reverse(posted).decided_by == "key-2"
    said = "200.00 USD is taken back by a person: paid by mistake"
    assert posted.sentences(posted.credit("deal").referral).count(said) == 1


def test_a_reversal_posted_during_a_decision_is_seen(posted):
    posted.stage("lost")
    posted.tables.meanwhile.append(lambda: posted.post(posted.reversal("deal").credit))
    with pytest.raises(Conflict, match="reversed already"):
        reverse(posted)


def test_a_reversal_posted_between_the_two_reads_is_seen(posted):
    posted.stage("lost")
    reads = []

    def meanwhile(kind):
        reads.append(kind)
        if len(reads) == 2:  # the credit is read, its reversal not yet
            posted.tables.on_read = None
            posted.post(posted.reversal("deal").credit)

    credit = posted.credit("deal").credit
    posted.tables.on_read = meanwhile
    with pytest.raises(Conflict, match="reversed already"):
        decide(posted, "reverse", credit=credit)


def test_a_credit_without_its_terms_is_not_reversed_by_guess(posted):
    posted.tables.rows[Program].clear()
    with pytest.raises(MissingRecord):
        reverse(posted)
    assert posted.credit("deal").reversal == ""
