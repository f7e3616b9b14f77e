"""A credit is posted to Stripe once, for any answer of Stripe."""

from datetime import timedelta

import pytest

from goodword.domain.credits.credit import (
    KEY_LIFE,
    KEYS,
    LEASE,
    QUIET,
    QUIET_AFTER_500,
    TRIES,
    Mark,
)
from goodword.domain.errors import Contended, MissingRecord, NotFound
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from goodword.messages.events import event_sentence
from goodword.ports.writes import Update
from goodword.steps.credits.follow_credit import LOOK_AGAIN
from goodword.steps.credits.sweep_credits import sweep_credits
from goodword.steps.decisions.decide_credit import DecideCreditDeps, decide_credit
from goodword.steps.referrals.expire_referrals import expire_referrals
from tests.world import DEAL


@pytest.fixture
def due(world):
    world.referral()
    world.stage("demo_attended")
    world.enqueue.clear()
    return world


def post(world):
    return world.post(world.credit().credit)


def lapse(world):
    """Let the lease run out."""
    world.clock.now += LEASE


def approve(world):
    return decide_credit(
        world.credit().credit,
        "approve",
        "looked at it",
        by="key-1",
        deps=DecideCreditDeps(
            stores=world.stores, now=world.clock, new_id=world.new_id, enqueue=world.enqueue
        ),
    )


# --- once -----------------------------------------------------------------------------------------


def test_a_due_credit_is_posted(due):
    assert post(due) == "posted"
    credit = due.credit()
    assert (credit.status, credit.transaction, credit.posted_at) == (
        "posted",
        "cbtxn_1",
        due.clock(),
    )
    assert credit.lease_until is None
    assert due.billing.balance("cus_1") == 5000
    assert due.sums() == {"posted#USD": 5000}


def test_what_is_sent_says_whose_it_is(due):
    post(due)
    (sent,) = due.billing.sent
    credit = due.credit()
    assert (sent.account, sent.amount, sent.description) == (
        "cus_1",
        Money(5000, "USD"),
        credit.description,
    )
    assert sent.key == f"{credit.credit}:credit:1"
    assert sent.metadata["goodword_credit"] == credit.credit
    assert sent.metadata["goodword_kind"] == "credit"
    assert sent.metadata["goodword_referral"] == credit.referral


def test_a_posted_credit_is_not_posted_again(due):
    post(due)
    assert post(due) == "not_due"
    assert len(due.billing.sent) == 1


def test_a_credit_that_is_not_there_is_not_due(due):
    assert due.post("cr_nobody") == "not_due"


def test_a_credit_before_its_time_is_not_due(due):
    due.change_credit(due_at=due.clock() + timedelta(seconds=1))
    assert post(due) == "not_due"
    assert due.billing.sent == []


@pytest.mark.parametrize("status", ["held", "over_limit", "canceled", "posted"])
def test_a_credit_of_another_status_is_not_due(due, status):
    due.change_credit(status=status)
    assert post(due) == "not_due"


def test_while_one_worker_has_it_no_other_takes_it(due):
    due.billing.script.append("again")
    assert post(due) == "again"
    assert post(due) == "not_due"
    assert len(due.billing.sent) == 1


def test_two_workers_at_once_send_once(due):
    due.tables.meanwhile.append(lambda: post(due))
    assert post(due) == "taken"
    assert len(due.billing.sent) == 1
    assert due.billing.balance("cus_1") == 5000


def test_every_step_is_on_the_timeline(due):
    post(due)
    said = [str(event_sentence(each.event)) for each in due.entries()]
    assert "50.00 USD is being posted (try 1)." in said
    assert "50.00 USD was posted." in said


# --- nobody knows ---------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["again", "again+effect"])
def test_an_unknown_outcome_is_repeated_and_pays_once(due, outcome):
    due.billing.script.append(outcome)
    assert post(due) == "again"
    assert due.credit().status == "sending"
    lapse(due)
    assert post(due) == "posted"
    first, second = due.billing.sent
    assert first == second
    assert due.billing.balance("cus_1") == 5000
    assert due.credit().attempt.tries == 2


def test_a_lost_lease_reply_is_read_by_token(due):
    due.tables.lost_replies = 1
    assert post(due) == "posted"
    assert len(due.billing.sent) == 1
    assert due.billing.balance("cus_1") == 5000


def test_a_lease_that_failed_sends_nothing(due):
    def broken():
        raise ConnectionError

    due.tables.meanwhile.append(broken)
    with pytest.raises(ConnectionError):
        post(due)
    assert due.billing.sent == []
    assert due.credit().status == "pending"
    assert post(due) == "posted"


def test_a_worker_that_dies_after_stripes_answer_is_harmless(due):
    billing_send = due.billing.send

    def send(posting):
        due.tables.conflicts = 1
        return billing_send(posting)

    due.billing.send = send
    with pytest.raises(Contended):
        post(due)
    due.billing.send = billing_send
    assert due.credit().status == "sending"
    lapse(due)
    assert post(due) == "posted"
    assert due.billing.balance("cus_1") == 5000
    assert len(due.billing.transactions) == 1


def test_a_slow_write_eats_the_lease_and_nothing_is_sent(due):
    due.tables.meanwhile.append(lambda: due.clock.advance(seconds=21))
    assert post(due) == "again"
    assert due.billing.sent == []
    lapse(due)
    assert post(due) == "posted"


def test_a_posted_answer_without_an_id_is_not_believed(due):
    due.billing.make = lambda _: ""
    assert post(due) == "again"
    assert due.credit().status == "sending"


def age(world):
    """Let a key bring no answer until it is too old, and its quiet time go by."""
    world.billing.script.append("again")
    assert post(world) == "again"
    world.clock.now += KEY_LIFE + QUIET + LEASE


def test_after_several_keys_without_an_answer_a_person_is_asked(due):
    for key in range(1, KEYS + 1):
        assert due.credit().attempt.generation == key
        age(due)
        assert post(due) == ("again" if key < KEYS else "keys_unanswered")
    assert due.billing.transactions == []
    approve(due)
    assert (due.credit().status, due.credit().attempt.generation) == ("pending", KEYS + 1)
    assert post(due) == "posted"
    assert due.billing.balance("cus_1") == 5000


@pytest.mark.parametrize(("left", "status"), [("again", "canceled"), ("again+effect", "posted")])
def test_a_reopened_deal_keeps_only_a_credit_at_stripe(deal, left, status):
    deal.billing.script.append(left)
    deal.post(deal.credit("deal").credit)
    deal.stage("proposal")
    deal.clock.now += LEASE + QUIET
    deal.post(deal.credit("deal").credit)
    credit = deal.credit("deal")
    assert (credit.status, credit.attempt.generation, credit.mark) == (status, 1, None)
    assert len(deal.billing.sent) == 1
    assert credit.cause == ("not_met" if status == "canceled" else "")


def test_tries_of_one_key_are_bounded(due):
    due.change_credit(status="sending", sent_at=due.clock(), lease_until=due.clock(), tries=TRIES)
    assert post(due) == "tries_unanswered"
    assert due.billing.sent == []


def test_a_500_without_a_readable_list_ends_held(due):
    due.billing.script.append("suspect")
    post(due)
    due.clock.now += QUIET_AFTER_500 + timedelta(hours=1, seconds=1)
    due.billing.down = True
    assert sweep_credits(stores=due.stores, now=due.clock, enqueue=due.enqueue).overdue == 1
    came = []
    for _ in range(TRIES):
        came.append(post(due))
        assert (
            came[-1] != "again"
            or sweep_credits(stores=due.stores, now=due.clock, enqueue=due.enqueue).overdue
        )
        due.clock.advance(minutes=5)
    assert came == ["again"] * (TRIES - 1) + ["tries_unanswered"]


def test_a_person_buys_as_many_keys_again(due):
    for _ in range(KEYS):
        age(due)
        post(due)
    approve(due)
    for _ in range(KEYS - 1):
        age(due)
        assert post(due) == "again"
    age(due)
    assert post(due) == "keys_unanswered"


def test_what_nothing_stands_of_after_several_keys_can_be_canceled(due):
    for _ in range(KEYS):
        age(due)
        post(due)
    decide_credit(
        due.credit().credit,
        "cancel",
        "nobody wants it any more",
        by="key-1",
        deps=DecideCreditDeps(
            stores=due.stores, now=due.clock, new_id=due.new_id, enqueue=due.enqueue
        ),
    )
    assert due.credit().status == "canceled"


# --- a person is asked ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "hold", "args"),
    [
        ({"deleted": True}, "stripe_customer_missing", {}),
        ({"currency": None}, "stripe_currency_unset", {}),
        ({"currency": "EUR"}, "stripe_currency_differs", {"billed": "EUR", "currency": "USD"}),
        ({"standing": "past_due"}, "subscription_not_current", {"standing": "past_due"}),
        ({"standing": "ended"}, "subscription_not_current", {"standing": "ended"}),
    ],
)
def test_a_wrong_stripe_customer_is_held(due, change, hold, args):
    due.billing.update_referrer("cus_1", **change)
    assert post(due) == hold
    assert due.credit().reasons == (Reason(hold, args),)
    assert due.billing.sent == []
    assert due.sums() == {"held#USD": 5000}


def test_a_stripe_customer_who_never_was_asks_for_a_person(due):
    due.billing.customers.clear()
    assert post(due) == "stripe_customer_missing"
    assert due.credit().hold == "stripe_customer_missing"


def test_once_mended_and_approved_it_is_posted(due):
    due.billing.update_referrer("cus_1", standing="past_due")
    post(due)
    due.billing.update_referrer("cus_1", standing="good")
    approve(due)
    assert post(due) == "posted"


def test_an_unreadable_customer_sends_nothing(due):
    due.billing.down = True
    assert post(due) == "again"
    assert due.credit().status == "pending"
    due.billing.down = False
    assert post(due) == "posted"


@pytest.mark.parametrize(
    ("outcome", "code"), [("mismatch", "key_reused"), ("rejected", "stripe_refused")]
)
def test_what_stripe_refuses_for_good_asks_for_a_person(due, outcome, code):
    due.billing.script.append(outcome)
    assert post(due) == code
    assert due.credit().reasons == (Reason(code),)


def test_after_a_refusal_a_decision_starts_a_new_key(due):
    due.billing.script.append("rejected")
    post(due)
    approve(due)
    assert post(due) == "posted"
    assert due.billing.sent[-1].key.endswith(":credit:2")


def test_after_a_mismatch_stripe_is_searched_before_anything_is_sent(due):
    due.billing.script.append("mismatch")
    post(due)
    approve(due)
    due.billing.make(due.billing.sent[0])
    assert post(due) == "posted"
    assert len(due.billing.sent) == 1
    assert due.billing.balance("cus_1") == 5000


# --- 500: suspect ---------------------------------------------------------------------------------


def test_after_a_500_it_rests_for_48_hours(due):
    due.billing.script.append("suspect")
    assert post(due) == "suspect"
    assert due.credit().attempt.suspect
    due.clock.now += QUIET_AFTER_500 - timedelta(seconds=1)
    assert post(due) == "not_due"
    assert len(due.billing.sent) == 1


def test_a_500_that_took_effect_is_found_and_adopted(due):
    due.billing.script.append("suspect+effect")
    post(due)
    due.clock.now += QUIET_AFTER_500
    assert post(due) == "posted"
    assert due.credit().transaction == "cbtxn_1"
    assert len(due.billing.sent) == 1
    assert due.billing.balance("cus_1") == 5000


def test_a_search_alone_is_not_reported_as_posting(due):
    due.billing.script.append("suspect")
    post(due)
    due.clock.now += QUIET_AFTER_500
    post(due)
    said = [str(event_sentence(each.event)) for each in due.entries()]
    assert "50.00 USD is looked for at Stripe (try 2)." in said
    assert "50.00 USD is being posted (try 2)." not in said


def test_a_500_without_a_transaction_waits_for_a_person(due):
    due.billing.script.append("suspect")
    post(due)
    due.clock.now += QUIET_AFTER_500
    assert post(due) == "server_error_unresolved"
    assert due.credit().hold == "server_error_unresolved"
    approve(due)
    assert post(due) == "posted"
    assert due.billing.sent[-1].key.endswith(":credit:2")
    assert due.billing.balance("cus_1") == 5000


def test_an_approval_adopts_what_a_500_left(due):
    due.billing.script.append("suspect")
    post(due)
    due.clock.now += QUIET_AFTER_500
    post(due)
    approve(due)
    due.billing.make(due.billing.sent[0])
    assert post(due) == "posted"
    assert len(due.billing.sent) == 1
    assert due.billing.balance("cus_1") == 5000


def test_a_second_worker_adopts_what_a_500_left(due):
    due.billing.script.append("suspect")
    post(due)
    due.clock.now += QUIET_AFTER_500
    post(due)
    approve(due)
    due.billing.make(due.billing.sent[0])
    whole = due.billing.list_transactions

    def list_transactions(account):
        due.billing.list_transactions = whole
        due.tables.meanwhile += [
            lambda: None,
            died,
        ]  # the credit is taken, and not adopted any more
        return whole(account)

    def died():
        raise ConnectionError

    due.billing.list_transactions = list_transactions
    with pytest.raises(ConnectionError):
        post(due)
    assert due.credit().status == "sending"
    lapse(due)
    assert post(due) == "posted"
    assert len(due.billing.sent) == 1
    assert due.billing.balance("cus_1") == 5000


# --- an old key -----------------------------------------------------------------------------------


def old(world, outcome):
    """Send once, and let the key grow too old to be sent again."""
    world.billing.script.append(outcome)
    assert post(world) == "again"
    world.clock.now += KEY_LIFE + timedelta(seconds=1)
    world.billing.keys.clear()


def test_an_old_key_is_never_sent_again_but_looked_for(due):
    old(due, "again+effect")
    assert post(due) == "posted"
    assert len(due.billing.sent) == 1
    assert due.billing.balance("cus_1") == 5000


def test_an_old_key_without_a_transaction_is_replaced(due):
    old(due, "again")
    assert post(due) == "again"
    assert (due.credit().status, due.credit().attempt.generation) == ("pending", 2)
    assert due.sums() == {"pending#USD": 5000}
    assert post(due) == "posted"
    assert [each.key[-2:] for each in due.billing.sent] == [":1", ":2"]


def test_two_empty_searches_allow_a_new_key(due, monkeypatch):
    """What Stripe answered is lost with the worker: a 500 that nobody knows of is no suspect."""
    taken = due.credit().taken(due.clock(), "tk_dead")
    due.billing.script.append("suspect")
    due.billing.send(taken.posting())
    due.stores.commit([Update(taken)])
    looks = []
    stands = due.billing.list_transactions
    monkeypatch.setattr(
        due.billing, "list_transactions", lambda name: (looks.append(name), stands(name))[1]
    )
    due.clock.now += KEY_LIFE + timedelta(seconds=1)
    assert post(due) == "again"
    assert post(due) == "posted"
    assert (due.credit().attempt.generation, looks) == (2, ["cus_1", "cus_1"])


def test_a_500_is_resolved_within_its_keys_life(due):
    taken = due.credit().taken(due.clock(), "tk_dead")
    due.billing.script.append("suspect")
    due.billing.send(taken.posting())
    due.stores.commit([Update(taken)])
    due.clock.now += KEY_LIFE - timedelta(seconds=1)
    assert post(due) == "suspect"


def test_an_old_key_with_a_fresh_try_waits(due):
    due.billing.script.extend(["again", "again+effect"])
    post(due)
    due.clock.now += KEY_LIFE
    assert post(due) == "again"
    due.clock.now += LEASE
    assert post(due) == "not_due"
    due.clock.now += QUIET - timedelta(seconds=1)
    assert post(due) == "not_due"
    due.clock.advance(seconds=1)
    assert post(due) == "posted"
    assert len(due.billing.sent) == 2
    assert due.billing.balance("cus_1") == 5000


def test_a_key_in_its_life_is_sent_again(due):
    due.billing.script.append("again")
    post(due)
    due.clock.now += KEY_LIFE
    assert post(due) == "posted"
    assert len(due.billing.sent) == 2


@pytest.mark.parametrize("amounts", [(5000, 5000), (4000,)])
def test_several_or_another_amount_ask_for_a_person(due, amounts):
    old(due, "again")
    posting = due.billing.sent[0]
    for amount in amounts:
        due.billing.make(
            type(posting)(posting.account, Money(amount, "USD"), "", "", posting.metadata)
        )
    assert post(due) == "several_transactions"
    assert due.credit().hold == "several_transactions"


def test_what_others_left_on_the_balance_is_not_ours(due):
    old(due, "again")
    posting = due.billing.sent[0]
    for metadata in (
        {},
        {"goodword_credit": "cr_other", "goodword_kind": "credit"},
        posting.metadata | {"goodword_kind": "reversal"},
    ):
        due.billing.make(type(posting)("cus_1", Money(5000, "USD"), "", "", metadata))
    assert post(due) == "again"
    assert due.credit().attempt.generation == 2


def test_where_the_balance_cannot_be_read_nothing_new_is_sent(due):
    old(due, "again+effect")
    due.billing.down = True
    assert post(due) == "again"
    due.billing.down = False
    due.clock.now += QUIET + LEASE
    assert post(due) == "posted"
    assert len(due.billing.sent) == 1


def test_a_customer_deleted_before_a_search_is_held(due, monkeypatch):
    def gone(account):
        raise NotFound(f"there is no referrer {account}", where="account", remedy="Look at Stripe.")

    old(due, "again+effect")
    monkeypatch.setattr(due.billing, "list_transactions", gone)
    assert post(due) == "stripe_customer_missing"
    assert (due.credit().status, due.credit().hold) == ("held", "stripe_customer_missing")
    assert len(due.billing.sent) == 1


# --- the deal is lost meanwhile -------------------------------------------------------------------


@pytest.fixture
def deal(bare):
    bare.program(DEAL)
    bare.referral()
    bare.stage("won")
    return bare


def test_a_deal_lost_before_the_first_send_is_never_sent(deal):
    deal.stage("lost")
    assert deal.post(deal.credit("deal").credit) == "not_due"
    assert deal.billing.sent == []


def while_sending(world, *stages):
    """Let the CRM report these stages while Stripe is being called."""
    send = world.billing.send

    def called(posting):
        world.billing.send = send
        result = send(posting)
        for stage in stages:
            world.stage(stage)
        return result

    world.billing.send = called


def test_a_credit_posted_while_lost_is_reversed(deal):
    """The worker holds the outcome, and the mark that the deal was lost must not make it forget."""
    while_sending(deal, "lost")
    assert deal.post(deal.credit("deal").credit) == "posted"
    assert (deal.credit("deal").status, deal.credit("deal").transaction) == ("posted", "cbtxn_1")
    assert deal.reversal("deal").amount == Money(-20000, "USD")
    assert deal.post(deal.reversal("deal").credit) == "posted"
    assert (deal.credit("deal").status, deal.reversal("deal").status) == ("reversed", "posted")
    assert deal.billing.balance("cus_1") == 0
    assert deal.sums() == {"reversed#USD": 20000}


def test_a_deal_lost_and_won_while_posting_keeps_it(deal):
    while_sending(deal, "lost", "won")
    assert deal.post(deal.credit("deal").credit) == "posted"
    assert not deal.credit("deal").taken_back
    assert deal.billing.balance("cus_1") == 20000


def test_a_worker_without_the_lease_writes_nothing(deal):
    credit = deal.credit("deal").credit
    send = deal.billing.send

    def slow(posting):
        deal.billing.send = send
        result = send(posting)
        deal.clock.now += LEASE
        assert deal.post(credit) == "posted"
        return result

    deal.billing.send = slow
    assert deal.post(credit) == "taken"
    assert deal.billing.balance("cus_1") == 20000
    assert len(deal.billing.transactions) == 1


def test_a_deal_lost_before_the_send_is_canceled(deal):
    deal.change_credit("deal", mark=Mark("taken_back"))
    assert deal.post(deal.credit("deal").credit) == "canceled"
    assert deal.credit("deal").reason == Reason("deal_lost")
    assert deal.billing.sent == []


# --- taken back -----------------------------------------------------------------------------------


@pytest.fixture
def posted(deal):
    deal.post(deal.credit("deal").credit)
    deal.enqueue.clear()
    return deal


def test_a_reversal_is_a_row_of_its_own(posted):
    posted.stage("lost")
    reversal = posted.reversal("deal")
    assert posted.enqueue == [reversal.credit]
    assert posted.post(reversal.credit) == "posted"
    assert posted.credit("deal").status == "reversed"
    assert posted.billing.balance("cus_1") == 0
    assert [each.key.partition(":")[2] for each in posted.billing.sent] == [
        "credit:1",
        "reversal:1",
    ]
    assert posted.post(reversal.credit) == "not_due"


def test_a_reversal_with_a_lost_reply_is_found(posted):
    posted.stage("lost")
    posted.billing.script.append("again+effect")
    assert posted.post(posted.reversal("deal").credit) == "again"
    posted.clock.now += KEY_LIFE + timedelta(seconds=1)
    posted.billing.keys.clear()
    assert posted.post(posted.reversal("deal").credit) == "posted"
    assert posted.billing.balance("cus_1") == 0
    assert len(posted.billing.transactions) == 2


def test_a_deal_won_during_its_reversal_is_held(posted):
    posted.stage("lost")
    while_sending(posted, "won")
    assert posted.post(posted.reversal("deal").credit) == "posted"
    assert posted.credit("deal").status == "reversed"
    posted.clock.now += LOOK_AGAIN + timedelta(seconds=1)
    assert expire_referrals(deps=posted.qualifying) == (1, ())
    again = posted.again("deal")
    assert (again.status, again.hold, again.follows) == (
        "held",
        "sold_again",
        posted.credit("deal").credit,
    )
    posted.clock.now += LOOK_AGAIN + timedelta(seconds=1)
    assert expire_referrals(deps=posted.qualifying) == (0, ())


def test_what_becomes_of_a_reversal_is_looked_at_every_hour(posted):
    posted.stage("lost")
    posted.billing.script.append("suspect")
    posted.post(posted.reversal("deal").credit)
    posted.stage("won")
    for _ in range(3):
        before = posted.kept(posted.credit("deal").referral)
        assert expire_referrals(deps=posted.qualifying) == (0, ())
        posted.clock.now += LOOK_AGAIN + timedelta(seconds=1)
        assert expire_referrals(deps=posted.qualifying) == (1, ())
        assert posted.kept(before.referral).look_again_at == posted.clock() + LOOK_AGAIN
    posted.clock.now += QUIET_AFTER_500
    assert posted.post(posted.reversal("deal").credit) == "server_error_unresolved"
    decide_credit(
        posted.reversal("deal").credit,
        "cancel",
        "Stripe shows nothing",
        by="key-1",
        deps=DecideCreditDeps(
            stores=posted.stores, now=posted.clock, new_id=posted.new_id, enqueue=posted.enqueue
        ),
    )
    expire_referrals(deps=posted.qualifying)
    assert posted.kept(before.referral).look_again_at is None
    assert posted.credit("deal").status == "posted"


def test_a_reversal_without_a_transaction_is_canceled(posted):
    posted.stage("lost")
    posted.billing.script.append("again")
    posted.post(posted.reversal("deal").credit)
    posted.stage("won")
    posted.clock.now += LEASE + QUIET
    assert posted.post(posted.reversal("deal").credit) == "canceled"
    assert posted.reversal("deal").reason == Reason("deal_won_again")
    assert posted.credit("deal").status == "posted"
    assert posted.billing.balance("cus_1") == 20000


def test_a_reversal_without_its_credit_raises(posted):
    posted.stage("lost")
    reversal = posted.reversal("deal")
    del posted.tables.rows[type(reversal)][(reversal.of,)]
    with pytest.raises(MissingRecord, match="credit"):
        posted.post(reversal.credit)


# --- lost while nobody knew -----------------------------------------------------------------------


def test_a_deal_turned_while_posted_can_be_approved(deal):
    credit = deal.credit("deal").credit
    deal.billing.script.append("again")
    deal.post(credit)
    deal.stage("lost")
    deal.stage("won")
    deal.clock.now += LEASE
    for _ in range(2):
        if deal.credit("deal").status == "held":
            decide_credit(
                credit,
                "approve",
                "won again",
                by="key-1",
                deps=DecideCreditDeps(
                    stores=deal.stores, now=deal.clock, new_id=deal.new_id, enqueue=deal.enqueue
                ),
            )
        deal.post(credit)
    assert deal.credit("deal").status == "posted"
    assert deal.billing.balance("cus_1") == 20000


def test_a_deal_lost_while_nobody_knew_is_not_sent_again(deal):
    credit = deal.credit("deal").credit
    deal.billing.script.append("again")
    deal.post(credit)
    deal.stage("lost")
    deal.clock.now += LEASE
    deal.post(credit)
    assert len(deal.billing.sent) == 1
    assert deal.billing.balance("cus_1") == 0
