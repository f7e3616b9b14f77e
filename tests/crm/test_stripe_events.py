"""Stripe's events: who sent them, what was refunded, and whose balance may have moved."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from stripe import SignatureVerificationError, WebhookSignature

from goodword.crm.stripe.webhook import StripeEvents, accounts, complete, question
from goodword.domain.credits.posting import CreditedInvoice, RefundQuestion
from goodword.domain.crm_copy.fact import ObjectRef
from goodword.domain.errors import Forged, NotReady, Unreadable
from goodword.ports.services import SecretPair, WebhookRequest
from infra.twins.crm_signing import signed_request

CRM = StripeEvents()
SECRET, OTHER = "whsec_example1", "whsec_example2"
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
URL = "https://example.com/webhooks/stripe"
CHARGE = {
    "id": "ch_1",
    "object": "charge",
    "amount": 12_000,
    "amount_refunded": 12_000,
    "refunded": True,
    "customer": "cus_9",
    "billing_details": {"email": "Robin@example.org"},
    "receipt_email": "billing@example.org",
    "metadata": {},
}
PART = CHARGE | {"amount_refunded": 1_000, "refunded": False}


def event(kind="charge.refunded", said=CHARGE, **more):
    result = {"id": "evt_1", "object": "event", "created": int(NOW.timestamp()), "type": kind}
    return json.dumps(result | {"data": {"object": said}} | more).encode()


def signed(body=b"{}", secret=SECRET, now=NOW):
    headers, body, url = signed_request("stripe", URL, secret, body, now)
    return WebhookRequest("POST", url, headers, body)


def with_signature(value, body=b"{}"):
    return WebhookRequest("POST", URL, {"stripe-signature": value}, body)


def verify(request, pair=None, now=NOW):
    CRM.verify(request, pair or SecretPair(SECRET), now)


def read(body):
    return CRM.read(body, "stripe")


# --- who sent it ----------------------------------------------------------------------------------


def test_the_sdk_accepts_what_we_accept():
    request = signed('{"name": "Zoë"}'.encode(), now=datetime.now(UTC))
    verify(request, now=datetime.now(UTC))
    result = request.headers["stripe-signature"]
    assert WebhookSignature.verify_header(request.body.decode(), result, SECRET, 300)


@pytest.mark.parametrize(
    "change",
    [
        lambda result: result.replace("v1=", "v0="),
        lambda result: result.replace("v1=", "v1=0"),
        lambda result: result.replace("t=", "t=1"),
        lambda result: result.partition(",")[2],
        lambda result: result.partition(",")[0],
    ],
)
def test_the_sdk_refuses_what_we_refuse(change):
    request = signed(now=datetime.now(UTC))
    result = change(request.headers["stripe-signature"])
    with pytest.raises(Forged):
        verify(with_signature(result), now=datetime.now(UTC))
    with pytest.raises(SignatureVerificationError):
        WebhookSignature.verify_header("{}", result, SECRET, 300)


def test_what_the_sdk_signs_is_accepted():
    stamp = int(time.time())
    v1 = WebhookSignature._compute_signature(f'{stamp}.{{"a": 1}}', SECRET)
    verify(with_signature(f"t={stamp},v1={v1}", b'{"a": 1}'), now=datetime.now(UTC))


def test_one_valid_signature_of_several_is_enough():
    held = signed().headers["stripe-signature"].partition(",v1=")[2]
    stamp = int(NOW.timestamp())
    verify(with_signature(f"t={stamp},v1={'0' * 64},v1={held},v0={'1' * 64}"))
    with pytest.raises(Forged):
        verify(with_signature(f"t={stamp},v1={'0' * 64},v0={held}"))


def test_during_a_rotation_both_secrets_hold():
    pair = SecretPair(SECRET, OTHER)
    verify(signed(secret=SECRET), pair)
    verify(signed(secret=OTHER), pair)
    with pytest.raises(Forged):
        verify(signed(secret="whsec_example3"), pair)


@pytest.mark.parametrize("seconds", [-301, 301, 10 * 365 * 86400])
def test_what_was_signed_long_ago_or_for_later_is_refused(seconds):
    with pytest.raises(Forged):
        verify(signed(now=NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize("seconds", [-300, 300])
def test_clocks_may_differ_by_five_minutes(seconds):
    verify(signed(now=NOW + timedelta(seconds=seconds)))


def test_another_body_under_the_same_signature_is_refused():
    with pytest.raises(Forged):
        verify(with_signature(signed(b"{}").headers["stripe-signature"], b"{ }"))


def test_very_many_signatures_are_refused_before_any_is_compared():
    result = signed().headers["stripe-signature"]
    with pytest.raises(Forged):
        verify(with_signature(",".join([result, *(f"v1={'0' * 64}" for _ in range(20))])))


def test_two_times_are_refused():
    result = signed().headers["stripe-signature"]
    with pytest.raises(Forged):
        verify(with_signature(f"t=1,{result}"))


@pytest.mark.parametrize("result", ["", "t=1,v1=", "v1=é", "t=\ud800,v1=ab", "t=,v1=", "nonsense"])
def test_nonsense_in_place_of_a_signature_is_refused(result):
    with pytest.raises(Forged):
        verify(with_signature(result))


def test_an_empty_secret_of_ours_is_ours_to_mend():
    with pytest.raises(NotReady):
        verify(signed(), SecretPair(""))


# --- which delivery -------------------------------------------------------------------------------


def test_a_redelivery_has_the_same_id():
    first = WebhookRequest("POST", URL, {}, event())
    again = WebhookRequest("POST", URL, {}, event(pending_webhooks=3))
    other = WebhookRequest("POST", URL, {}, event(id="evt_2"))
    assert CRM.delivery_id(first) == CRM.delivery_id(again) != CRM.delivery_id(other)


@pytest.mark.parametrize("body", [b"\xff", b"[]", b"{}", b'{"id": 7}', b"[" * 100_000])
def test_what_cannot_be_read_has_an_id_all_the_same(body):
    assert len(CRM.delivery_id(WebhookRequest("POST", URL, {}, body))) == 64


# --- refunds --------------------------------------------------------------------------------------


def test_a_whole_refund_counts_without_another_payment():
    (result,) = read(complete(event(), "", None))
    assert result.object == ObjectRef("stripe", "contact", "cus_9")
    assert (result.property, result.value, result.version) == ("refund", "refunded", NOW)
    assert result.emails == ("robin@example.org", "billing@example.org")
    assert result.referral is None


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_refunded": 11_999, "refunded": False},
        {"amount_refunded": 11_999},
        {"refunded": False},
        {"refunded": "true"},
        {"amount": 0, "amount_refunded": 0},
        {"amount": "12000", "amount_refunded": "12000"},
    ],
)
def test_a_part_of_a_refund_is_not_a_refund_of_all(changes):
    (result,) = read(event(said=CHARGE | changes))
    assert result.value == "partial"


def test_one_refunded_charge_of_several_is_a_part():
    (result,) = read(complete(event(), "", None, still_pays=True))
    assert result.value == "partial"


def test_a_refunded_charge_waits_for_the_other_charges():
    assert read(event()) == ()
    assert (
        read(event(said=CHARGE | {"customer": {"id": "cus_9", "email": "other@example.org"}})) == ()
    )


def test_a_charge_that_carries_our_id_names_its_referral():
    said = PART | {"metadata": {"goodword_referral": "rf_1"}}
    assert read(event(said=said))[0].referral == "rf_1"
    assert StripeEvents("theirs").read(event(said=PART | {"metadata": {"theirs": "rf_2"}}), "s")[
        0
    ].referral == ("rf_2")


def test_a_customer_that_is_expanded_is_named_by_its_id():
    said = PART | {"customer": {"id": "cus_9", "email": "other@example.org"}}
    (result,) = read(event(said=said))
    assert result.object.id == "cus_9"
    assert result.emails[-1] == "other@example.org"


@pytest.mark.parametrize("customer", [None, "", {}, 7])
def test_a_charge_of_no_customer_is_nobodys_fact(customer):
    assert read(event(said=PART | {"customer": customer})) == ()


def credit_note(amount=12_000, invoice="in_1", **more):
    """Return a note's event as Stripe sends it: invoice and customer by their ids."""
    said = {"id": "cn_1", "object": "credit_note", "amount": amount, "customer": "cus_9"}
    return event("credit_note.created", said | {"invoice": invoice} | more)


def credited(minor, noted_at=NOW + timedelta(hours=1), email="robin@example.org"):
    return CreditedInvoice("in_1", 12_000, minor, "USD", noted_at, email)


def test_a_credit_note_asks_what_its_invoice_has_left():
    assert read(credit_note()) == ()
    assert question(credit_note()) == RefundQuestion("cus_9", "in_1")


def test_a_note_over_the_whole_invoice_is_a_refund():
    (result,) = read(complete(credit_note(), "office@example.org", credited(12_000)))
    assert (result.value, result.object.id) == ("refunded", "cus_9")
    assert result.emails == ("robin@example.org", "office@example.org")
    assert result.version == NOW + timedelta(hours=1)


def test_notes_that_add_up_to_the_invoice_are_a_refund():
    assert read(complete(credit_note(2_000), "", credited(12_000)))[0].value == "refunded"
    assert read(complete(credit_note(2_000), "", credited(11_999)))[0].value == "partial"


def test_a_note_that_was_voided_meanwhile_gives_nothing_back():
    (result,) = read(complete(credit_note(), "", credited(0, None)))
    assert (result.value, result.version) == ("partial", NOW)


def test_two_notes_of_one_invoice_say_the_same():
    first, second = (
        complete(credit_note(minor), "", credited(12_000)) for minor in (2_000, 10_000)
    )
    assert read(first) == read(second)


def test_a_note_that_carries_our_id_names_its_referral():
    said = credit_note(metadata={"goodword_referral": "rf_1"})
    assert read(complete(said, "", credited(12_000)))[0].referral == "rf_1"


@pytest.mark.parametrize("total", [True, 0, -5, None, "12000"])
def test_a_note_on_an_invoice_of_nothing_says_nothing(total):
    assert read(credit_note(invoice={"id": "in_1", "total": total})) == ()


def test_what_was_asked_once_is_not_asked_again():
    assert question(complete(credit_note(), "", credited(0, None, ""))) is None
    assert question(complete(event(said=BARE), "", None)) is None


BARE = CHARGE | {"billing_details": {"email": None}, "receipt_email": None}


def test_a_charge_that_shows_no_address_asks_whose_it_is():
    assert question(event(said=BARE)) == RefundQuestion("cus_9")
    (result,) = read(complete(event(said=BARE), "robin@example.org", None))
    assert (result.value, result.emails, result.version) == (
        "refunded",
        ("robin@example.org",),
        NOW,
    )


def test_a_charge_asks_for_its_customers_own_address():
    assert question(event()) == RefundQuestion("cus_9")
    (result,) = read(complete(event(), "pat@example.com", None))
    assert result.emails == ("robin@example.org", "billing@example.org", "pat@example.com")
    assert question(complete(event(), "pat@example.com", None)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        event("invoice.paid", {"customer": "cus_9", "invoice": "in_1"}),
        event("refund.created", {"id": "re_1", "charge": "ch_1", "amount": 12_000}),
        event("charge.refunded", BARE | {"customer": None}),
        event("charge.refunded", BARE | {"customer": "a/b"}),
        credit_note(invoice=None),
        credit_note(invoice="../in_1"),
        credit_note(customer=None),
    ],
)
def test_what_tells_of_no_refund_or_names_nobody_asks_nothing(body):
    assert question(body) is None


def test_a_refund_by_itself_is_ignored():
    assert read(event("refund.created", {"id": "re_1", "charge": "ch_1", "amount": 12_000})) == ()


def test_every_other_event_is_no_fact():
    assert read(event("invoice.paid", {"customer": "cus_9"})) == ()
    assert read(event("a.kind.of.tomorrow", {})) == ()


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"[]",
        event(type=7),
        event(data=[]),
        event(data={"object": 7}),
        event(said=PART, created="soon"),
        event(said=PART | {"customer": "a/b"}),
        event(said=PART | {"metadata": {"goodword_referral": ["rf_1"]}}),
    ],
)
def test_what_is_not_of_stripes_shape_is_unreadable(body):
    with pytest.raises(Unreadable):
        read(body)


# --- whose balance --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["invoice.finalized", "invoice.voided", "invoice.paid", "credit_note.created"]
)
def test_an_invoices_events_concern_its_customer(kind):
    assert accounts(event(kind, {"id": "in_1", "customer": "cus_9"})) == ("cus_9",)
    assert accounts(event(kind, {"id": "in_1", "customer": {"id": "cus_9"}})) == ("cus_9",)


@pytest.mark.parametrize("kind", ["customer.updated", "customer.deleted"])
def test_a_customers_events_concern_that_customer(kind):
    assert accounts(event(kind, {"id": "cus_9", "object": "customer"})) == ("cus_9",)


def test_a_balance_transactions_events_concern_its_customer():
    said = {"id": "cbtxn_1", "customer": "cus_9"}
    assert accounts(event("customer_balance_transaction.created", said)) == ("cus_9",)


@pytest.mark.parametrize(
    "body",
    [
        event(),
        event("customer.created", {"id": "cus_9"}),
        event("invoice.paid", {"customer": None}),
        event("invoice.paid", {"customer": "a/b"}),
        event("customer.updated", {}),
        b"nonsense",
        b"{}",
    ],
)
def test_what_moves_no_balance_concerns_nobody(body):
    assert accounts(body) == ()
