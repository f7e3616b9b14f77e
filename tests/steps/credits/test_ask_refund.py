"""What a refund's event does not show is asked of Stripe.

The whole of it then comes as every event does.
"""

import json
from dataclasses import replace

import pytest

from goodword.crm.stripe.webhook import StripeEvents, accounts, complete, question
from goodword.domain.credits.posting import CreditedInvoice
from goodword.domain.crm_copy.connection import Connection, PropertyMapping
from goodword.domain.crm_copy.delivery import REFUND_ASKED, Delivery, Unmatched
from goodword.domain.crm_copy.fact import Fact
from goodword.domain.errors import NotFound, Unavailable
from goodword.domain.reason import Reason
from goodword.ports.writes import Insert
from goodword.steps.credits.ask_refund import AskRefundDeps, ask_refund
from goodword.steps.credits.handle_credit_message import handle_credit_message
from goodword.steps.crm_copy.apply_event import apply_delivery
from tests.fakes import FakeRefunds

PAT = "pat@practice.example"


def applied(events, facts, matched, **more):
    return Reason("events_applied", {"events": events, "facts": facts, "matched": matched, **more})


class Refunds:
    """A world whose deal is won, with Stripe's connection.

    What happens to its prospect's invoice.
    """

    def __init__(self, world):
        self.world = world
        world.referral()
        world.stage("won")
        world.clock.advance(minutes=1)
        refunded = {"contact.refund": PropertyMapping("stage", {"refunded": "refunded"})}
        world.stores.commit([Insert(Connection("stripe", 1, "stripe", ("peers",), refunded))])
        self.stripe = FakeRefunds()
        self.stripe.emails["cus_9"] = PAT
        self.noted = 0
        self.asking = AskRefundDeps(
            world.stores.inbox, self.stripe, world.clock, question, complete
        )
        self.messages = []
        self.applying = replace(
            world.applying,
            crm_for=lambda _: StripeEvents(),
            accounts_of=accounts,
            is_question=lambda body: question(body) is not None,
            ask=self.messages.append,
        )

    def note(self, minor, invoice="in_1"):
        """Credit a part of an invoice of 120.00, and hear of it; return the delivery's name."""
        self.noted += minor
        at = self.world.clock()
        self.stripe.invoices[invoice] = CreditedInvoice(invoice, 12_000, self.noted, "USD", at, "")
        said = {"object": "credit_note", "amount": minor, "customer": "cus_9", "invoice": invoice}
        self.world.clock.advance(minutes=1)
        return self.hear("credit_note.created", said)

    def hear(self, kind, said):
        name = f"stripe#{len(self.world.tables.all(Delivery)) + 1}"
        created = int(self.world.clock().timestamp())
        body = json.dumps({"id": name, "type": kind, "created": created, "data": {"object": said}})
        self.world.stores.inbox.put(Delivery(name, "stripe", body, self.world.clock()))
        return name

    def apply(self, name):
        return apply_delivery(name, deps=self.applying)

    def ask(self, name):
        return ask_refund(name, deps=self.asking)

    def all_of(self, name):
        """Apply, ask and apply again: what the stream, the queue and the stream do."""
        assert self.apply(name) == REFUND_ASKED
        message = self.messages.pop()
        assert handle_credit_message(message, deps=self.world.posting, ask=self.ask) == "stored"
        return self.apply(f"{name}+asked")

    def status(self):
        return self.world.credit("deal").status


@pytest.fixture
def refunds(world):
    return Refunds(world)


def test_a_note_over_a_whole_invoice_takes_the_credit_back(refunds):
    assert refunds.all_of(refunds.note(12_000)) == applied(1, 1, 1)
    assert refunds.status() == "canceled"


def test_a_note_over_a_part_leaves_the_credit_and_the_notes_that_make_it_whole_do_not(refunds):
    assert refunds.all_of(refunds.note(11_999)) == applied(1, 0, 0)
    assert refunds.status() == "pending"
    assert refunds.all_of(refunds.note(1)) == applied(1, 1, 1)
    assert refunds.status() == "canceled"


def test_a_charge_without_an_address_finds_its_referral(refunds):
    charge = {
        "object": "charge",
        "customer": "cus_9",
        "amount": 5,
        "amount_refunded": 5,
        "refunded": True,
    }
    assert refunds.all_of(refunds.hear("charge.refunded", charge)) == applied(1, 1, 1)
    assert refunds.status() == "canceled"


CARD_CHECK = {
    "object": "charge",
    "customer": "cus_9",
    "amount": 100,
    "amount_refunded": 100,
    "refunded": True,
}


def test_one_charge_given_back_leaves_the_credit_while_another_stands_and_the_last_one_does_not(
    refunds,
):
    refunds.stripe.paying.add("cus_9")
    assert refunds.all_of(refunds.hear("charge.refunded", CARD_CHECK)) == applied(1, 0, 0)
    assert refunds.status() == "pending"
    refunds.stripe.paying.clear()
    refunds.world.clock.advance(minutes=1)
    last = CARD_CHECK | {"amount": 12_000, "amount_refunded": 12_000}
    assert refunds.all_of(refunds.hear("charge.refunded", last)) == applied(1, 1, 1)
    assert refunds.status() == "canceled"


def test_a_charge_whose_receipt_goes_elsewhere_finds_the_referral_by_the_customers_own_address(
    refunds,
):
    charge = CARD_CHECK | {"receipt_email": "billing@example.com"}
    assert refunds.all_of(refunds.hear("charge.refunded", charge)) == applied(1, 1, 1)
    assert refunds.status() == "canceled"


def test_notes_that_come_twice_and_out_of_order_are_one_refund(refunds):
    first, second = refunds.note(2_000), refunds.note(10_000)
    for name in (second, first, second, first):
        refunds.apply(name)
        refunds.ask(name)
    outcomes = [refunds.apply(f"{name}+asked") for name in (second, first, second)]
    assert outcomes == [
        applied(1, 1, 1),
        applied(1, 1, 1),
        None,
    ]
    assert refunds.status() == "canceled"
    assert (
        len(refunds.world.tables.all(Delivery)) == 5
    )  # the stage's, two, and each of the two asked about
    (fact,) = (each for each in refunds.world.tables.all(Fact) if each.property == "refund")
    assert fact.since() == fact.version  # whichever was read, it was whole with the second


def test_a_message_that_comes_twice_tells_once(refunds):
    name = refunds.note(12_000)
    body = refunds.world.stores.inbox.get(name).body
    assert refunds.ask(name) == "stored"
    # As if the worker had died before it emptied the first one.
    refunds.world.tables.rows[Delivery][(name,)] = Delivery(
        name, "stripe", body, refunds.world.clock()
    )
    assert refunds.ask(name) == "stored_before"
    assert refunds.world.stores.inbox.get(name).body == ""


def test_the_refund_of_somebody_unknown_waits_for_them(refunds):
    refunds.stripe.emails["cus_9"] = "nobody@example.org"
    assert refunds.all_of(refunds.note(12_000)) == applied(1, 1, 0)
    waiting = {each.hint for each in refunds.world.tables.all(Unmatched)}
    assert "object#stripe/contact/cus_9" in waiting


def test_while_stripe_does_not_answer_nothing_is_stored_and_the_message_comes_again(refunds):
    name = refunds.note(12_000)
    refunds.stripe.down = True
    with pytest.raises(Unavailable):
        refunds.ask(name)
    assert refunds.world.stores.inbox.get(f"{name}+asked") is None
    refunds.stripe.down = False
    assert refunds.ask(name) == "stored"


def test_an_invoice_that_our_key_does_not_see_is_no_answer(refunds):
    name = refunds.note(12_000)
    del refunds.stripe.invoices["in_1"]
    with pytest.raises(NotFound):
        refunds.ask(name)
    assert refunds.world.stores.inbox.get(f"{name}+asked") is None


def test_a_queue_that_takes_no_message_leaves_the_delivery_to_come_again(refunds):
    def refuse(_):
        raise Unavailable("the queue took no message")

    refunds.applying = replace(refunds.applying, ask=refuse)
    name = refunds.note(12_000)
    with pytest.raises(Unavailable):
        refunds.apply(name)
    assert refunds.world.stores.inbox.get(name).status == "received"


def test_a_connection_to_which_refunds_mean_nothing_asks_nothing(refunds):
    refunds.world.stores.commit([Insert(Connection("stripe", 2, "stripe", ("peers",), {}))])
    assert refunds.apply(refunds.note(12_000)) == applied(0, 0, 0)
    assert refunds.messages == []


def test_the_first_body_is_emptied_once_the_second_holds_all_of_it(refunds):
    name = refunds.note(12_000)
    refunds.apply(name)
    refunds.ask(name)
    assert refunds.world.stores.inbox.get(name).body == ""
    assert refunds.ask(name) == "nothing_to_ask"


def test_a_worker_that_asks_before_the_mark_is_set_leaves_no_body_either(refunds):
    name = refunds.note(12_000)
    refunds.applying = replace(
        refunds.applying, ask=lambda message: refunds.ask(message.removeprefix("refund:"))
    )
    assert refunds.apply(name) == REFUND_ASKED
    first = refunds.world.stores.inbox.get(name)
    assert (first.body, first.status, first.outcome) == ("", "applied", REFUND_ASKED)
    assert refunds.apply(f"{name}+asked") == applied(1, 1, 1)
    assert refunds.apply(name) is None


def test_what_was_asked_lies_where_an_erasure_finds_it(refunds):
    name = refunds.note(12_000)
    refunds.all_of(name)
    (fact,) = (each for each in refunds.world.tables.all(Fact) if each.property == "refund")
    assert fact.deliveries == (f"{name}+asked",)


def test_a_delivery_that_is_gone_asks_nothing(refunds):
    assert refunds.ask("stripe#gone") == "nothing_to_ask"
    assert refunds.stripe.asked == []


def test_a_note_moves_balances_too(refunds):
    refunds.world.referrer("cus", account="cus_9")
    refunds.apply(refunds.note(12_000))
    assert "account:cus_9" in refunds.world.enqueue
