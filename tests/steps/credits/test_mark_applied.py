"""What came off invoices is marked on the credits, as often as one looks."""

from dataclasses import replace

import pytest

from goodword.domain.credits.posting import BalanceTransaction
from goodword.domain.errors import NotFound, Unavailable
from goodword.messages.events import event_sentence
from goodword.ports.writes import Update
from goodword.steps.credits.mark_applied import mark_applied
from tests.world import DEAL


@pytest.fixture
def posted(world):
    """Give a world with 50.00 and then 200.00 USD posted.

    The account's page of the timeline.
    """
    world.referral()
    world.stage("won")
    world.clock.advance(days=30)
    for milestone in ("demo", "deal"):
        assert world.post(world.credit(milestone).credit) == "posted"
        world.clock.advance(minutes=1)
    return world


def mark(world, account="cus_1"):
    return mark_applied(account, deps=world.posting)


def used(world):
    return {name: (each.applied_minor, each.applied_on) for name, each in world.credits().items()}


def lines(world):
    result = ("credit_applied", "credit_returned")
    return [
        str(event_sentence(each.event)) for each in world.entries() if each.event.kind in result
    ]


def test_an_invoice_takes_the_oldest_credit_first_and_says_so(posted):
    posted.billing.bill("cus_1", 12_000, "in_1042")
    assert mark(posted) == "marked"
    assert used(posted) == {"demo": (5_000, "in_1042"), "deal": (7_000, "in_1042")}
    assert lines(posted) == [
        "50.00 USD came off invoice in_1042.",
        "70.00 USD came off invoice in_1042.",
    ]


def test_to_look_again_changes_nothing(posted):
    posted.billing.bill("cus_1", 12_000, "in_1")
    mark(posted)
    commits = posted.tables.commits
    assert mark(posted) == "unchanged"
    assert posted.tables.commits == commits


def test_a_voided_invoice_gives_back_what_it_took(posted):
    posted.billing.bill("cus_1", 12_000, "in_1")
    mark(posted)
    posted.clock.advance(minutes=1)
    posted.billing.void("cus_1", "in_1")
    assert mark(posted) == "marked"
    assert used(posted) == {"demo": (0, ""), "deal": (0, "")}
    assert "70.00 USD came back from a voided invoice." in lines(posted)


def test_another_invoice_of_the_same_amount_is_named(posted):
    posted.billing.bill("cus_1", 5_000, "in_1")
    mark(posted)
    posted.clock.advance(minutes=1)
    posted.billing.void("cus_1", "in_1")
    posted.clock.advance(minutes=1)
    posted.billing.bill("cus_1", 5_000, "in_2")
    assert mark(posted) == "marked"
    assert used(posted)["demo"] == (5_000, "in_2")
    assert lines(posted)[-1] == "50.00 USD came off invoice in_2."


def test_a_manual_debit_applies_without_an_invoice(posted):
    posted.billing.make(
        replace(posted.credit().posting(), amount=replace(posted.credit().amount, minor=-900))
    )
    assert mark(posted) == "marked"
    assert lines(posted) == ["9.00 USD was used."]


def test_only_a_posted_credit_of_this_account_is_marked(posted):
    posted.billing.bill("cus_1", 12_000, "in_1")
    posted.change_credit("deal", status="reversed")
    posted.change_credit("demo", account="cus_2")
    assert mark(posted) == "unchanged"


def test_a_transaction_of_an_unknown_credit_is_ignored(posted):
    first = posted.billing.transactions[0]
    stranger = {"goodword_credit": "cr_gone", "goodword_kind": "credit"}
    posted.billing.transactions.append(replace(first, transaction="cbtxn_9", metadata=stranger))
    assert mark(posted) == "unchanged"


def test_somebody_elses_change_in_between_is_read_again(posted):
    posted.billing.bill("cus_1", 5_000, "in_1")
    posted.tables.meanwhile.append(lambda: posted.change_credit("demo", decided_by="another"))
    assert mark(posted) == "marked"
    assert posted.credit("demo").decided_by == "another"
    assert used(posted)["demo"] == (5_000, "in_1")


def test_where_stripe_does_not_answer_the_message_comes_again(posted):
    posted.billing.down = True
    with pytest.raises(Unavailable):
        mark(posted)


def test_a_referrer_that_stripe_does_not_know_is_no_fault(posted, monkeypatch):
    def list_transactions(account: str) -> tuple[BalanceTransaction, ...]:
        raise NotFound("Stripe has no such referrer.", where="account")

    monkeypatch.setattr(posted.billing, "list_transactions", list_transactions)
    assert mark(posted, "cus_gone") == "no_customer"


def test_a_lost_applied_credit_may_need_a_person(bare):
    bare.program(DEAL, on_applied_credit="review")
    bare.referral()
    bare.stage("won")
    bare.clock.advance(days=30)
    credit = bare.credit("deal").credit
    bare.post(credit)
    bare.billing.bill("cus_1", 1_000, "in_1")
    mark(bare)
    bare.stage("refunded")
    reversal = bare.stores.credits.get(f"{credit}_reversal")
    assert (reversal.status, reversal.hold, reversal.cause) == (
        "held",
        "credit_applied_already",
        "refund",
    )


def test_a_confirmed_refund_is_still_reported_as_refund(bare):
    bare.program(DEAL, on_applied_credit="review")
    bare.referral()
    bare.stage("won")
    bare.clock.advance(days=30)
    credit = bare.credit("deal").credit
    bare.post(credit)
    bare.billing.bill("cus_1", 1_000, "in_1")
    mark(bare)
    bare.stage("refunded")
    held = bare.stores.credits.get(f"{credit}_reversal")
    bare.stores.commit([Update(held.released("finance", bare.clock()))])
    bare.post(held.credit)
    taken_back = bare.credit("deal")
    assert (taken_back.status, taken_back.cause) == ("reversed", "refund")
