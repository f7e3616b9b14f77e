"""What becomes of a credit as its sale is lost, won again, or not met any more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goodword.domain.credits.credit import Credit, Mark
from goodword.domain.days import last_moment
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import EARNS_NO_CREDIT, Referral
from goodword.ports.writes import Update
from goodword.steps.decisions.decide_credit import DecideCreditDeps, decide_credit
from tests.credits import altered
from tests.steps.world import World, limited
from tests.world import DEAL, DEMO

# --- taken back, and revived ----------------------------------------------------------------------

DEAL_LOST = Reason("deal_at_stage", {"stage": "lost"})


def test_a_lost_deal_cancels_its_credit_and_frees_limits(world):
    world = limited(DEAL, account_year=["200.00 USD"])
    referral = world.referral()
    world.stage("won")
    assert list(world.tables.used.values()) == [20000]
    world.stage("lost")
    credit = world.credit("deal")
    assert (credit.status, credit.reason, credit.limits) == ("canceled", DEAL_LOST, ())
    assert list(world.tables.used.values()) == [0]
    assert world.sums() == {"canceled#USD": 20000}
    assert "200.00 USD is canceled: the deal is at “lost”." in world.sentences(referral)


def test_a_canceled_credit_revives_when_the_deal_is_won_again(world):
    world = limited(DEAL, account_year=["200.00 USD"])
    world.referral()
    for stage in ("won", "lost", "won"):
        world.stage(stage)
    credit = world.credit("deal")
    assert (credit.status, credit.reason, credit.due_at) == ("pending", None, world.clock())
    assert list(world.tables.used.values()) == [20000]
    assert world.enqueue == [credit.credit, credit.credit]
    assert world.sums() == {"pending#USD": 20000}


def test_a_revived_credit_may_be_over_limit(world):
    world = limited(DEAL, account_year=["200.00 USD"])
    world.referral()
    world.stage("won")
    world.stage("lost")
    world.referral("sam@clinic.example")
    world.stage("won", id="78", emails=("sam@clinic.example",))
    world.stage("won")
    assert sorted(each.status for each in world.credits().values()) == ["over_limit", "pending"]


def test_an_attended_demo_stays_paid_after_a_loss(world):
    world.referral()
    world.stage("demo_attended")
    world.stage("lost")
    assert world.credit().status == "pending"


def test_a_deal_lost_before_judging_earns_nothing(world):
    world.referral()
    world.deliver(
        world.event("lost"), world.event("won", version=world.clock() - timedelta(hours=1))
    )
    assert sorted(world.credits()) == ["demo"]


def test_a_milestone_met_while_lost_waits(bare):
    bare.program({**DEMO, "taken_back_on": ["lost"]})
    bare.referral()
    bare.deliver(
        bare.event("lost"), bare.event("demo_attended", version=bare.clock() - timedelta(hours=1))
    )
    assert bare.credits() == {}


@pytest.mark.parametrize("status", ["held", "over_limit"])
def test_a_held_or_over_limit_credit_is_canceled_too(world, status):
    world.referral()
    world.stage("won")
    world.change_credit("deal", status=status)
    world.stage("lost")
    assert world.credit("deal").status == "canceled"


def test_a_credit_being_sent_is_marked_once(world):
    referral = world.referral()
    world.stage("won")
    world.change_credit("deal", status="sending", sent_at=world.clock())
    world.stage("lost")
    assert (world.credit("deal").status, world.credit("deal").taken_back) == ("sending", True)
    marked = world.credit("deal")
    world.stage("refunded")
    assert world.credit("deal") == marked
    assert world.kinds(referral).count("take_back") == 1


def test_a_credit_being_sent_has_days_of_grace():
    world = limited()
    world.program(DEAL, reversal_grace_days=14)
    referral = world.referral()
    world.stage("won")
    world.change_credit("deal", status="sending", sent_at=world.clock())
    world.stage("lost")
    assert world.credit("deal").mark == Mark("not_met")
    again = world.kept(referral).look_again_at
    assert again is not None
    assert again - world.clock() > timedelta(days=14)
    world.clock.now = again
    world.qualify(referral)
    assert world.credit("deal").mark == Mark("taken_back")


def test_the_mark_goes_when_the_deal_is_won_again(world):
    referral = world.referral()
    world.stage("won")
    world.change_credit("deal", status="sending", sent_at=world.clock())
    world.stage("lost")
    world.stage("won")
    assert not world.credit("deal").taken_back
    assert world.kinds(referral).count("let_stand") == 1


# --- reversed, and let stand ----------------------------------------------------------------------


@pytest.fixture
def lost(bare):
    """A deal that was paid, and is lost since."""
    bare.program(DEAL, limits={"account_year": ["200.00 USD"]})
    bare.referral()
    bare.stage("won")
    bare.post(bare.credit("deal").credit)
    bare.enqueue.clear()
    bare.stage("lost")
    return bare


def change_reversal(world, **changes):
    held = world.reversal("deal")
    world.stores.commit([Update(altered(held, revision=held.revision + 1, **changes))])


def test_a_lost_deal_gets_one_reversal(lost):
    reversal = lost.reversal("deal")
    assert (reversal.status, reversal.amount, reversal.of) == (
        "pending",
        Money(-20000, "USD"),
        lost.credit("deal").credit,
    )
    assert lost.credit("deal").reversal == reversal.credit
    assert lost.enqueue == [reversal.credit]
    before = (lost.reversal("deal"), lost.credit("deal"))
    lost.stage("refunded")
    assert (lost.reversal("deal"), lost.credit("deal")) == before


@pytest.mark.parametrize(
    ("on_applied_credit", "status"), [("review", "held"), ("reverse", "pending")]
)
def test_the_program_decides_about_applied_credits(bare, on_applied_credit, status):
    bare.program(DEAL, on_applied_credit=on_applied_credit)
    bare.referral()
    bare.stage("won")
    bare.post(bare.credit("deal").credit)
    bare.change_credit("deal", applied_minor=1)
    bare.enqueue.clear()
    bare.stage("lost")
    assert bare.reversal("deal").status == status
    assert bare.enqueue == ([bare.reversal("deal").credit] if status == "pending" else [])


def test_an_unsent_reversal_is_canceled_by_a_new_win(lost):
    lost.stage("won")
    assert lost.reversal("deal").status == "canceled"
    assert lost.credit("deal").status == "posted"
    lost.stage("won")
    assert lost.reversal("deal").status == "canceled"


def test_a_canceled_reversal_revives_when_the_deal_is_lost_again(lost):
    lost.stage("won")
    lost.enqueue.clear()
    lost.stage("lost")
    assert (lost.reversal("deal").status, lost.reversal("deal").reason) == ("pending", DEAL_LOST)
    assert lost.enqueue == [lost.reversal("deal").credit]
    assert lost.post(lost.reversal("deal").credit) == "posted"
    assert lost.billing.balance("cus_1") == 0


def test_a_reversal_being_sent_follows_the_deal(lost):
    change_reversal(lost, status="sending", sent_at=lost.clock())
    lost.stage("won")
    assert lost.reversal("deal").taken_back
    marked = lost.reversal("deal")
    lost.stage("won")
    assert lost.reversal("deal") == marked
    lost.stage("lost")
    assert (lost.reversal("deal").status, lost.reversal("deal").taken_back) == ("sending", False)


@pytest.fixture
def sold_again(lost):
    """A deal that was paid, lost and taken back, and is won again since."""
    lost.post(lost.reversal("deal").credit)
    assert list(lost.tables.used.values()) == [0]
    lost.enqueue.clear()
    lost.stage("won")
    return lost


def test_a_reversal_posted_between_two_reads_counts(lost):
    """The credit is read as one that stands, and what takes it back a moment later."""
    reads = iter(("the credit", "its reversal"))

    def post(kind):
        if kind is Credit and next(reads) == "its reversal":
            lost.tables.on_read = None
            assert lost.post(lost.reversal("deal").credit) == "posted"

    lost.tables.on_read = post
    lost.stage("won")
    assert (lost.credit("deal").status, lost.reversal("deal").status) == ("reversed", "posted")
    assert not lost.reversal("deal").taken_back
    assert lost.again("deal").hold == "sold_again"
    assert lost.billing.balance("cus_1") == 0


def decide(world, credit, decision):
    decide_credit(
        credit,
        decision,
        "looked at it",
        by="key-1",
        deps=DecideCreditDeps(
            stores=world.stores, now=world.clock, new_id=world.new_id, enqueue=world.enqueue
        ),
    )


def test_a_deal_won_after_a_reversal_waits_once(sold_again):
    again = sold_again.again("deal")
    assert (again.status, again.hold, again.follows) == (
        "held",
        "sold_again",
        sold_again.credit("deal").credit,
    )
    assert sold_again.credit("deal").status == "reversed"
    assert list(sold_again.tables.used.values()) == [20000]
    assert sold_again.enqueue == []
    sold_again.stage("won")
    assert sold_again.again("deal") == again
    (referral,) = sold_again.tables.all(Referral)
    assert referral.credits() == (sold_again.credit("deal").credit, again.credit)


def test_a_person_may_pay_a_deal_won_again(sold_again):
    decide(sold_again, sold_again.again("deal").credit, "approve")
    assert sold_again.post(sold_again.again("deal").credit) == "posted"
    assert sold_again.billing.balance("cus_1") == 20000
    assert sold_again.sums() == {"posted#USD": 20000, "reversed#USD": 20000}


def test_a_deal_a_person_refused_stays_unpaid(sold_again):
    decide(sold_again, sold_again.again("deal").credit, "cancel")
    sold_again.stage("lost")
    sold_again.stage("won")
    assert sold_again.again("deal").status == "canceled"
    assert [each.credit for each in sold_again.tables.all(Credit) if each.follows] == [
        sold_again.again("deal").credit
    ]


def test_each_win_after_a_reversal_has_its_credit(sold_again):
    first = sold_again.credit("deal").credit
    for number in (2, 3):
        again = sold_again.again("deal")
        assert again.credit == f"{first}_{number}"
        decide(sold_again, again.credit, "approve")
        sold_again.post(again.credit)
        sold_again.stage("lost")
        assert sold_again.post(f"{again.credit}_reversal") == "posted"
        assert sold_again.billing.balance("cus_1") == 0
        sold_again.stage("won")
    assert sold_again.again("deal").credit == f"{first}_4"


def test_each_revival_after_a_reversal_waits(sold_again):
    sold_again.stage("lost")
    assert sold_again.again("deal").status == "canceled"
    sold_again.stage("won")
    assert (sold_again.again("deal").status, sold_again.again("deal").hold) == (
        "held",
        "sold_again",
    )


def test_an_approved_then_reversed_credit_waits_too(bare):
    bare.program(DEAL, posting="approve")
    bare.referral()
    bare.stage("won")
    decide(bare, bare.credit("deal").credit, "approve")
    bare.post(bare.credit("deal").credit)
    bare.stage("lost")
    bare.post(bare.reversal("deal").credit)
    bare.stage("won")
    assert bare.again("deal").status == "held"


def test_what_a_person_took_back_is_not_earned_again(lost):
    decide(lost, lost.credit("deal").credit, "reverse")
    lost.post(lost.reversal("deal").credit)
    lost.stage("won")
    assert lost.credits() == {"deal": lost.credit("deal")}


# --- not met any more -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["pending", "held", "over_limit"])
def test_a_reopened_deal_earns_nothing_until_won(bare, status):
    bare.program(DEAL, limits={"account_year": ["200.00 USD"]})
    referral = bare.referral()
    bare.stage("won")
    bare.change_credit("deal", status=status)
    bare.stage("proposal")
    credit = bare.credit("deal")
    assert (credit.status, credit.cause) == ("canceled", "not_met")
    assert credit.reason == Reason(
        "no_longer_met", {"reasons": (Reason("stage_went_back", {"stage": "proposal"}),)}
    )
    assert list(bare.tables.used.values()) == [0]
    assert (
        "200.00 USD is canceled: no longer met: the sale went back to “proposal made”."
        in bare.sentences(referral)
    )
    bare.stage("won")
    assert (bare.credit("deal").status, bare.credit("deal").cause) == ("pending", "")
    assert list(bare.tables.used.values()) == [20000]


def test_a_deal_found_too_small_earns_nothing(bare):
    bare.program(
        {**DEAL, "qualifies": {"all": [{"stage": "won"}, {"minimum_value": ["900.00 USD"]}]}}
    )
    bare.referral()
    bare.deliver(bare.event("1000.00 USD", property="amount"), bare.event("won"))
    assert bare.credit("deal").status == "pending"
    bare.deliver(
        bare.event("500.00 USD", property="amount", version=bare.clock() + timedelta(hours=1))
    )
    assert bare.credit("deal").status == "canceled"


def test_what_is_posted_stays_when_a_deal_is_reopened(bare):
    bare.program(DEAL)
    bare.referral()
    bare.stage("won")
    posted = bare.change_credit(
        "deal", sent_at=bare.clock(), status="posted", transaction="cbtxn_1"
    )
    bare.stage("proposal")
    assert bare.credit("deal") == posted


@pytest.mark.parametrize("status", ["pending", "held", "sending"])
def test_a_possibly_sent_credit_follows_a_reopened_deal(bare, status):
    bare.program(DEAL)
    referral = bare.referral()
    bare.stage("won")
    bare.change_credit("deal", sent_at=bare.clock(), status=status)
    bare.stage("proposal")
    assert (bare.credit("deal").status, bare.credit("deal").mark) == (status, Mark("not_met"))
    marked = bare.credit("deal")
    bare.stage("contacted")
    assert bare.credit("deal") == marked
    bare.stage("won")
    assert bare.credit("deal").mark is None
    assert (
        bare.kinds(referral).count("credit_in_question")
        == bare.kinds(referral).count("let_stand")
        == 1
    )


def recommends_without_earning(world):
    referrer = world.stores.referrers.get("ana")
    world.stores.commit([Update(replace(referrer, earns="no", revision=referrer.revision + 1))])


@pytest.mark.parametrize("between", ["proposal", "lost"])
def test_a_credit_does_not_revive_for_a_non_earner(bare, between):
    bare.program({**DEAL, "hold_days": 30})
    referral = bare.referral()
    bare.stage("won")
    bare.stage(between)
    recommends_without_earning(bare)
    bare.stage("won")
    assert bare.credit("deal").status == "canceled"
    assert bare.kept(referral).milestone("deal").refused == EARNS_NO_CREDIT


def test_a_second_win_pays_no_non_earner(lost):
    lost.post(lost.reversal("deal").credit)
    recommends_without_earning(lost)
    lost.stage("won")
    assert not [each for each in lost.tables.all(Credit) if each.follows]


def test_a_milestone_met_again_late_waits_for_a_person(bare):
    bare.program({**DEAL, "qualifies": {"stage": "won", "within_days": 30}})
    bare.referral()
    bare.stage("won")
    bare.stage("lost")
    bare.clock.advance(days=40)
    bare.stage("won")
    assert (bare.credit("deal").status, bare.credit("deal").hold) == ("held", "met_again_late")


def test_a_deal_that_can_never_be_met_is_withdrawn(bare):
    bare.program({**DEAL, "qualifies": {"stage": "won", "within_days": 30}})
    referral = bare.referral()
    bare.stage("won")
    bare.clock.advance(days=40)
    bare.stage("proposal")
    assert (bare.credit("deal").status, bare.credit("deal").cause) == ("canceled", "")
    assert bare.kept(referral).milestone("deal").answer == "never"


@pytest.mark.parametrize("status", ["pending", "held"])
def test_a_possibly_sent_credit_is_marked(world, status):
    world.referral()
    world.stage("won")
    world.change_credit("deal", status=status, sent_at=world.clock())
    world.stage("lost")
    assert (world.credit("deal").status, world.credit("deal").taken_back) == (status, True)


@pytest.mark.parametrize(
    ("change", "again"),
    [({"sent_at": World().clock()}, ["held"]), ({"decided_by": "key-1"}, [])],
    ids=["was sent", "by a person"],
)
def test_a_sent_or_decided_cancellation_stays(world, change, again):
    world.referral()
    world.stage("won")
    world.stage("lost")
    world.change_credit("deal", **change)
    world.stage("won")
    assert world.credit("deal").status == "canceled"
    assert [each.status for each in world.tables.all(Credit) if each.follows] == again


def test_a_revived_credit_is_held_again(bare):
    bare.program(DEAL, posting="approve")
    bare.referral()
    for stage in ("won", "lost", "won"):
        bare.stage(stage)
    assert (bare.credit("deal").status, bare.credit("deal").hold) == ("held", "approval_required")


def test_a_posted_credit_of_a_won_deal_stays(world):
    world.referral()
    world.stage("won")
    posted = world.change_credit("deal", status="posted", transaction="cbtxn_1")
    world.stage("won")
    assert world.credit("deal") == posted


# --- several deals --------------------------------------------------------------------------------


def won_twice(hold_days=14, **terms):
    """Return a world with two won deals, of which 77 was won first."""
    world = World()
    world.program({**DEAL, "hold_days": hold_days}, **terms)
    world.referrer()
    world.connection()
    world.referral()
    world.stage("won")
    world.clock.advance(days=4)
    world.stage("won", id="78")
    return world


def test_an_unsent_credit_moves_to_the_other_win():
    world = won_twice()
    before = world.credit("deal")
    world.stage("lost")
    after = world.credit("deal")
    assert (before.deal, after.deal, after.status) == ("crm/deal/77", "crm/deal/78", "pending")
    assert after.due_at == world.clock() + timedelta(days=14)
    assert after.met_at == world.clock() - timedelta(minutes=1)


def test_a_held_credit_stays_held_on_the_other_deal():
    world = won_twice(posting="approve")
    world.stage("lost")
    assert (world.credit("deal").status, world.credit("deal").deal) == ("held", "crm/deal/78")


def test_a_moved_credit_takes_from_the_new_period():
    world = World()
    world.program({**DEAL, "hold_days": 90}, limits={"account_year": ["200.00 USD"]})
    world.referrer()
    world.connection()
    world.clock.now = world.clock.now.replace(month=12, day=20)
    world.referral()
    year = world.clock.now.year
    world.stage("won")
    world.clock.advance(days=20)
    world.stage("won", id="78")
    assert world.credit("deal").limits == (f"account#cus_1#peers#USD#{year}",)
    world.stage("lost")
    assert world.credit("deal").limits == (f"account#cus_1#peers#USD#{year + 1}",)


def test_a_limit_that_stays_the_same_is_taken_from_once():
    budget = {"amounts": ["500.00 USD"], "period": "total"}
    world = limited({**DEAL, "hold_days": 90}, account_year=["200.00 USD"], budget=budget)
    world.clock.now = world.clock.now.replace(month=12, day=20)
    world.referral()
    world.stage("won")
    world.clock.advance(days=20)
    world.stage("won", id="78")
    world.stage("lost")
    assert world.credit("deal").deal == "crm/deal/78"
    assert world.tables.used["program#peers#USD#total"] == 20_000
    world.stage("lost", id="78")
    assert world.tables.used["program#peers#USD#total"] == 0


def test_a_posted_credit_stays_while_another_deal_is_won():
    world = won_twice(hold_days=0)
    world.change_credit("deal", status="posted", transaction="cbtxn_1")
    world.stage("lost")
    credit = world.credit("deal")
    assert (credit.status, credit.deal, credit.reversal) == ("posted", "crm/deal/77", "")


def test_a_posted_credit_is_reversed_after_the_days_of_grace(bare):
    bare.program(DEAL, reversal_grace_days=14)
    referral = bare.referral()
    bare.stage("won")
    bare.change_credit("deal", status="posted", transaction="cbtxn_1")
    bare.stage("lost")
    again = bare.kept(referral).look_again_at
    assert again is not None
    assert bare.credit("deal").reversal == ""
    zone = bare.stores.programs.latest("peers").zone
    assert again == last_moment(bare.clock(), 14, zone) + timedelta(microseconds=1)
    bare.clock.now = again
    bare.qualify(referral)
    assert bare.credit("deal").reversal == bare.reversal("deal").credit


def test_a_deal_won_again_in_grace_keeps_its_credit(bare):
    bare.program(DEAL, reversal_grace_days=14)
    referral = bare.referral()
    bare.stage("won")
    bare.change_credit("deal", status="posted", transaction="cbtxn_1")
    bare.stage("lost")
    bare.clock.advance(days=7)
    bare.stage("won")
    assert bare.credit("deal").reversal == ""
    assert bare.kept(referral).look_again_at is None


def test_a_milestone_met_before_the_referral_waits_for_a_person(bare):
    bare.program(DEAL)
    bare.referral()
    bare.deliver(bare.event("won", version=bare.clock() - timedelta(days=1)))
    assert (bare.credit("deal").status, bare.credit("deal").hold) == (
        "held",
        "met_before_referral",
    )
