"""StripeBilling with the real SDK, against the twin over HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import stripe

from goodword.billing.rate import TokenBucket
from goodword.billing.stripe_billing import StripeBilling
from goodword.domain.credits.posting import BillingCustomer, CreditedInvoice, Posting, SendResult
from goodword.domain.errors import NotFound, Unavailable
from goodword.domain.money import Money
from infra.twins.stripe import TwinHandle, start
from tests.vocabulary import check_record

ACCOUNT = "cus_TEST1"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POSTING = Posting(
    account=ACCOUNT,
    amount=Money(5000, "USD"),
    description="Thank you for a referral",
    key="crd_TEST1:credit:1",
    metadata={"credit": "crd_TEST1"},
)


@pytest.fixture
def twin() -> Iterator[TwinHandle]:
    with start(clock=lambda: NOW) as handle:
        handle.switch("customers", id=ACCOUNT, currency="usd", email="ana@example.com")
        yield handle


@pytest.fixture
def billing(twin: TwinHandle) -> StripeBilling:
    return speak(twin)


def speak(
    twin: TwinHandle, *, timeout_seconds: float = 5, key: str = "sk_test_twin"
) -> StripeBilling:
    return StripeBilling(
        key, api_base=twin.url, timeout_seconds=timeout_seconds, bucket=TokenBucket(1_000_000)
    )


class BreaksAtTheSecond(TokenBucket):
    """A bucket that makes the second request lose its reply."""

    def __init__(self, twin: TwinHandle) -> None:
        super().__init__(1)
        self.turns = 0
        self._twin = twin

    def take(self) -> float:
        self.turns += 1
        if self.turns == 2:
            self._twin.switch("faults", kind="lost_reply", on="read")
        return 0


class SaysNothing(BaseHTTPRequestHandler):
    """Something that is not Stripe and answers every POST with an empty object."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        pass


def amounts(twin: TwinHandle, account: str = ACCOUNT) -> list[int]:
    return [each["amount"] for each in twin.state()["transactions"].get(account, [])]


def posts(twin: TwinHandle) -> list[dict[str, object]]:
    return [each for each in twin.state()["requests"] if each["method"] == "POST"]


# What is sent


def test_a_credit_is_negative_in_a_lower_case_currency(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    result = billing.send(POSTING)
    made = twin.state()["transactions"][ACCOUNT][0]
    assert result == SendResult("posted", made["id"])
    assert (made["amount"], made["currency"]) == (-5000, "usd")
    assert made["description"] == "Thank you for a referral"
    assert made["metadata"] == {"credit": "crd_TEST1"}


def test_a_reversal_is_posted_as_a_positive_amount(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    billing.send(replace(POSTING, amount=Money(-5000, "USD"), key="crd_TEST1:reversal:1"))
    assert amounts(twin) == [5000]


def test_an_amount_in_yen_is_sent_as_it_is(twin: TwinHandle, billing: StripeBilling) -> None:
    twin.switch("customers", id="cus_TESTJPY", currency="jpy")
    posting = replace(POSTING, account="cus_TESTJPY", amount=Money(7500, "JPY"))
    assert billing.send(posting).kind == "posted"
    assert amounts(twin, "cus_TESTJPY") == [-7500]
    assert billing.list_transactions("cus_TESTJPY")[0].amount == Money(7500, "JPY")


def test_the_key_is_the_postings_own(twin: TwinHandle, billing: StripeBilling) -> None:
    billing.send(POSTING)
    assert [each["key"] for each in posts(twin)] == ["crd_TEST1:credit:1"]


def test_the_same_posting_sent_twice_exists_once(twin: TwinHandle, billing: StripeBilling) -> None:
    first, second = billing.send(POSTING), billing.send(POSTING)
    assert first == second
    assert amounts(twin) == [-5000]
    assert [each["replayed"] for each in posts(twin)] == [False, True]


# What comes back


def test_a_time_out_before_the_effect_says_again(twin: TwinHandle) -> None:
    twin.switch("faults", kind="timeout_before_effect")
    billing = speak(twin, timeout_seconds=0.2)
    assert billing.send(POSTING).kind == "again"
    assert amounts(twin) == []
    assert billing.send(POSTING).kind == "posted"
    assert amounts(twin) == [-5000]


def test_a_timeout_after_the_effect_retries_and_finds_it(twin: TwinHandle) -> None:
    twin.switch("faults", kind="timeout_after_effect")
    billing = speak(twin, timeout_seconds=0.2)
    assert billing.send(POSTING) == SendResult("again")
    made = twin.state()["transactions"][ACCOUNT][0]
    assert billing.send(POSTING) == SendResult("posted", made["id"])
    assert amounts(twin) == [-5000]


@pytest.mark.parametrize("kind", ["lost_reply", "garbled_reply"])
def test_a_lost_reply_retries_and_finds_the_effect(
    twin: TwinHandle, billing: StripeBilling, kind: str
) -> None:
    twin.switch("faults", kind=kind)
    assert billing.send(POSTING).kind == "again"
    assert billing.send(POSTING).kind == "posted"
    assert amounts(twin) == [-5000]


def test_a_refused_connection_retries() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    billing = StripeBilling("sk_test_twin", api_base=f"http://127.0.0.1:{port}", timeout_seconds=1)
    assert billing.send(POSTING) == SendResult("again")


def test_a_reply_that_names_no_transaction_says_again() -> None:
    with HTTPServer(("127.0.0.1", 0), SaysNothing) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        result = StripeBilling("sk_test_twin", api_base=address).send(POSTING)
        thread.join()
    assert result == SendResult("again")


@pytest.mark.parametrize(("kind", "status"), [("conflict", 409), ("rate_limit", 429)])
def test_a_conflict_and_a_throttle_say_again(
    twin: TwinHandle, billing: StripeBilling, kind: str, status: int
) -> None:
    twin.switch("faults", kind=kind)
    result = billing.send(POSTING)
    assert result.kind == "again"
    assert result.reason is None
    assert billing.send(POSTING).kind == "posted"


def test_a_repeat_during_the_first_call_retries_and_finds_it(twin: TwinHandle) -> None:
    twin.switch("faults", kind="in_flight")
    billing = speak(twin, timeout_seconds=0.2)
    assert billing.send(POSTING).kind == "again"
    assert billing.send(POSTING) == SendResult("again")
    twin.switch("settle")
    assert billing.send(POSTING).kind == "posted"
    assert amounts(twin) == [-5000]


@pytest.mark.parametrize(
    ("kind", "at_once", "after_settling"),
    [
        ("error_no_effect", [], []),
        ("error_effect", [-5000], [-5000]),
        ("error_late_effect", [], [-5000]),
    ],
)
def test_a_500_stays_suspect_under_its_key(
    twin: TwinHandle,
    billing: StripeBilling,
    kind: str,
    at_once: list[int],
    after_settling: list[int],
) -> None:
    twin.switch("faults", kind=kind)
    assert billing.send(POSTING).kind == "suspect"
    assert amounts(twin) == at_once
    twin.switch("settle")
    assert billing.send(POSTING).kind == "suspect"
    assert amounts(twin) == after_settling


def test_a_503_that_is_not_json_is_suspect(twin: TwinHandle, billing: StripeBilling) -> None:
    twin.switch("faults", kind="unavailable")
    result = billing.send(POSTING)
    assert result == SendResult("suspect")


def test_the_same_key_with_another_amount_is_a_mismatch(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    billing.send(POSTING)
    result = billing.send(replace(POSTING, amount=Money(6000, "USD")))
    assert result.kind == "mismatch"
    assert amounts(twin) == [-5000]


def test_the_same_key_for_another_account_is_a_mismatch(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    twin.switch("customers", id="cus_TEST2", currency="usd")
    billing.send(POSTING)
    assert billing.send(replace(POSTING, account="cus_TEST2")).kind == "mismatch"
    assert amounts(twin, "cus_TEST2") == []


def test_an_account_that_never_was_is_rejected_with_a_reason(billing: StripeBilling) -> None:
    result = billing.send(replace(POSTING, account="cus_TESTNONE"))
    assert result.kind == "rejected"
    assert result.reason is not None
    assert result.reason.code == "stripe_refused"
    assert result.reason.args["http"] == 404
    assert result.reason.args["codes"] == ("invalid_request_error", "resource_missing", "customer")


def test_a_deleted_account_is_rejected(twin: TwinHandle, billing: StripeBilling) -> None:
    twin.switch("customers", id=ACCOUNT, deleted=True)
    assert billing.send(POSTING).kind == "rejected"


def test_a_reason_quotes_nothing_of_what_was_sent(billing: StripeBilling) -> None:
    posting = replace(
        POSTING, metadata={"x" * 41: "ana@example.com"}, description="For Ana Example"
    )
    result = billing.send(posting)
    assert result.kind == "rejected"
    assert "example" not in repr(result.reason).lower()
    assert "Ana" not in repr(result.reason)
    check_record(result.reason)


@pytest.mark.parametrize(("key", "status"), [("sk_live_wrong", 401), ("rk_test_reader", 403)])
def test_a_refused_secret_key_rejects_the_posting_and_posts_nothing(
    twin: TwinHandle, key: str, status: int
) -> None:
    result = speak(twin, key=key).send(POSTING)
    assert result.kind == "rejected"
    assert result.reason is not None
    assert (result.reason.code, result.reason.args["http"]) == ("stripe_key_refused", status)
    assert key not in repr(result.reason)
    assert amounts(twin) == []


@pytest.mark.parametrize(
    "kind",
    ["lost_reply", "conflict", "rate_limit", "unavailable", "error_no_effect", "garbled_reply"],
)
def test_the_sdk_never_sends_a_second_time_by_itself(
    twin: TwinHandle, billing: StripeBilling, kind: str
) -> None:
    twin.switch("faults", kind=kind, count=3)
    billing.send(POSTING)
    assert len(posts(twin)) == 1
    assert len(twin.state()["faults"]) == 2


# What is read


def test_a_customer_is_read_with_its_currency_in_capitals(billing: StripeBilling) -> None:
    assert billing.read_customer(ACCOUNT) == BillingCustomer(ACCOUNT, False, "USD", "good")


def test_a_customer_has_no_currency_before_the_first_transaction(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    twin.switch("customers", id="cus_TESTNEW")
    before = billing.read_customer("cus_TESTNEW")
    billing.send(replace(POSTING, account="cus_TESTNEW", amount=Money(5000, "EUR")))
    after = billing.read_customer("cus_TESTNEW")
    assert before == BillingCustomer("cus_TESTNEW", False, None, "good")
    assert after == BillingCustomer("cus_TESTNEW", False, "EUR", "good")


def test_a_deleted_customer_is_read_as_deleted(twin: TwinHandle, billing: StripeBilling) -> None:
    twin.switch("customers", id=ACCOUNT, deleted=True)
    assert billing.read_customer(ACCOUNT) == BillingCustomer(ACCOUNT, True, None, "ended")


def test_a_customer_that_never_was_is_none(billing: StripeBilling) -> None:
    assert billing.read_customer("cus_TESTNONE") is None


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("active", "good"),
        ("trialing", "good"),
        ("paused", "good"),
        ("past_due", "past_due"),
        ("unpaid", "past_due"),
        ("incomplete", "past_due"),
        ("canceled", "ended"),
        ("incomplete_expired", "ended"),
    ],
)
def test_the_standing_follows_the_subscription(
    twin: TwinHandle, billing: StripeBilling, status: str, standing: str
) -> None:
    twin.switch("subscriptions", customer=ACCOUNT, status=status)
    found = billing.read_customer(ACCOUNT)
    assert found is not None
    assert found.standing == standing


def test_one_subscription_past_due_among_active_ones_is_past_due(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    twin.switch("subscriptions", customer=ACCOUNT, status="past_due")
    for _ in range(12):  # more than the page that comes with the customer
        twin.switch("subscriptions", customer=ACCOUNT, status="active", another=True)
    twin.switch("customers", id=ACCOUNT, delinquent=False)
    found = billing.read_customer(ACCOUNT)
    assert found is not None
    assert found.standing == "past_due"


def test_an_old_canceled_subscription_beside_an_active_one_is_good(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    twin.switch("subscriptions", customer=ACCOUNT, status="canceled")
    twin.switch("subscriptions", customer=ACCOUNT, status="active", another=True)
    found = billing.read_customer(ACCOUNT)
    assert found is not None
    assert found.standing == "good"


def test_a_delinquent_customer_without_subscription_is_past_due(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    twin.switch("customers", id=ACCOUNT, delinquent=True)
    found = billing.read_customer(ACCOUNT)
    assert found is not None
    assert found.standing == "past_due"


# What is listed


def test_every_page_is_listed_newest_first_and_none_twice(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    sent = [
        billing.send(
            replace(POSTING, amount=Money(number, "USD"), key=f"crd_TEST{number}:credit:1")
        )
        for number in range(1, 206)
    ]
    listed = billing.list_transactions(ACCOUNT)
    assert [each.transaction for each in listed] == [each.transaction for each in reversed(sent)]
    assert [each.amount.minor for each in listed] == list(range(205, 0, -1))
    pages = [each for each in twin.state()["requests"] if each["method"] == "GET"]
    assert len(pages) == 3


def test_a_listed_transaction_has_our_sign_time_and_metadata(
    billing: StripeBilling,
) -> None:
    sent = billing.send(POSTING)
    (listed,) = billing.list_transactions(ACCOUNT)
    assert listed.transaction == sent.transaction
    assert listed.account == ACCOUNT
    assert listed.amount == Money(5000, "USD")
    assert listed.created_at == NOW
    assert listed.metadata == {"credit": "crd_TEST1"}


def test_an_account_whose_balance_never_moved_lists_nothing(billing: StripeBilling) -> None:
    assert billing.list_transactions(ACCOUNT) == ()


def test_a_deleted_accounts_history_is_still_listed(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    billing.send(POSTING)
    twin.switch("customers", id=ACCOUNT, deleted=True)
    assert [each.amount.minor for each in billing.list_transactions(ACCOUNT)] == [5000]


def test_an_account_that_never_was_does_not_list_as_empty(billing: StripeBilling) -> None:
    with pytest.raises(NotFound, match="no such customer"):
        billing.list_transactions("cus_TESTNONE")


def test_an_unknown_currency_does_not_break_the_list(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    billing.send(POSTING)
    foreign = Money(1, "USD")
    object.__setattr__(foreign, "currency", "QQQ")
    assert billing.send(replace(POSTING, amount=foreign, key="crd_TEST2:credit:1")).kind == "posted"
    assert [each.amount for each in billing.list_transactions(ACCOUNT)] == [Money(5000, "USD")]


# What cannot be read now


@pytest.mark.parametrize(
    "kind",
    ["lost_reply", "rate_limit", "conflict", "unavailable", "error_no_effect", "garbled_reply"],
)
def test_reading_says_unavailable_when_stripe_has_trouble(
    twin: TwinHandle, billing: StripeBilling, kind: str
) -> None:
    twin.switch("faults", kind=kind, on="read", count=2)
    with pytest.raises(Unavailable):
        billing.read_customer(ACCOUNT)
    with pytest.raises(Unavailable):
        billing.list_transactions(ACCOUNT)
    assert billing.read_customer(ACCOUNT) is not None


def test_reading_says_unavailable_on_a_time_out(twin: TwinHandle) -> None:
    twin.switch("faults", kind="timeout_before_effect", on="read")
    with pytest.raises(Unavailable, match="did not answer"):
        speak(twin, timeout_seconds=0.2).read_customer(ACCOUNT)


def test_a_list_that_fails_on_page_two_is_unavailable(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    for number in range(101):
        billing.send(replace(POSTING, key=f"crd_TEST{number}:credit:1"))

    bucket = BreaksAtTheSecond(twin)
    with pytest.raises(Unavailable):
        StripeBilling("sk_test_twin", api_base=twin.url, bucket=bucket).list_transactions(ACCOUNT)
    assert bucket.turns == 2


def test_a_standing_that_cannot_be_read_is_unavailable(
    twin: TwinHandle,
) -> None:
    bucket = BreaksAtTheSecond(twin)
    with pytest.raises(Unavailable):
        StripeBilling("sk_test_twin", api_base=twin.url, bucket=bucket).read_customer(ACCOUNT)
    assert bucket.turns == 2


def test_a_refused_secret_key_is_unavailable_and_not_quoted(twin: TwinHandle) -> None:
    with pytest.raises(Unavailable, match="the secret key was refused") as caught:
        speak(twin, key="sk_live_wrong").read_customer(ACCOUNT)
    assert "sk_live" not in str(caught.value)


# The rate


def test_every_request_takes_its_turn_in_the_bucket(twin: TwinHandle) -> None:
    class Counting(TokenBucket):
        turns = 0

        def take(self) -> float:
            self.turns += 1
            return 0

    bucket = Counting(1)
    billing = StripeBilling("sk_test_twin", api_base=twin.url, bucket=bucket)
    billing.read_customer(ACCOUNT)
    billing.send(POSTING)
    billing.list_transactions(ACCOUNT)
    assert bucket.turns == len(twin.state()["requests"])
    assert bucket.turns == 4  # the customer, its ended subscriptions, the posting, one page


def test_invoice_transactions_are_listed_with_kind_and_invoice(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    billing.send(POSTING)
    client = stripe.StripeClient("sk_test_twin", base_addresses={"api": twin.url}).v1
    invoice = client.invoices.create({"customer": ACCOUNT, "currency": "usd"})
    line = {"customer": ACCOUNT, "invoice": invoice.id, "amount": 12_000}
    client.invoice_items.create(line)
    client.invoices.finalize_invoice(invoice.id)
    client.invoices.void_invoice(invoice.id)
    shown = [
        (each.kind, each.invoice, each.amount.minor) for each in billing.list_transactions(ACCOUNT)
    ]
    assert shown == [
        ("unapplied_from_invoice", invoice.id, 5_000),
        ("applied_to_invoice", invoice.id, -5_000),
        ("adjustment", "", 5_000),
    ]


def test_a_key_that_is_changed_holds_from_the_next_request(twin):
    keys = ["sk_test_twin"]
    billing = StripeBilling(lambda: keys[-1], api_base=twin.url)
    assert billing.read_customer(ACCOUNT) is not None
    keys.append("unknown")
    with pytest.raises(Unavailable):
        billing.read_customer(ACCOUNT)
    keys.append("sk_test_twin")
    assert billing.read_customer(ACCOUNT) is not None


# What refunds do not show


def invoice(twin: TwinHandle, amount: int = 12_000) -> str:
    """Finalize an invoice of the account's at the twin and return its id."""
    stripe_ = stripe.StripeClient(
        "sk_test_twin", base_addresses={"api": twin.url}, max_network_retries=0
    )
    made = stripe_.v1.invoices.create({"customer": ACCOUNT, "currency": "usd"})
    stripe_.v1.invoice_items.create({"customer": ACCOUNT, "invoice": made.id, "amount": amount})
    stripe_.v1.invoices.finalize_invoice(made.id)
    return made.id


def note(twin: TwinHandle, name: str, amount: int) -> str:
    """Credit a part of an invoice at the twin and return the note's id."""
    stripe_ = stripe.StripeClient(
        "sk_test_twin", base_addresses={"api": twin.url}, max_network_retries=0
    )
    return stripe_.v1.credit_notes.create({"invoice": name, "amount": amount}).id


def test_an_invoice_is_read_with_the_sum_of_its_notes(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    name = invoice(twin)
    assert billing.read_credited(name) == CreditedInvoice(
        name, 12_000, 0, "USD", None, "ana@example.com"
    )
    note(twin, name, 2_000)
    note(twin, invoice(twin), 7)
    note(twin, name, 10_000)
    assert billing.read_credited(name) == CreditedInvoice(
        name, 12_000, 12_000, "USD", NOW, "ana@example.com"
    )


def test_a_note_that_was_voided_gives_nothing_back(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    name = invoice(twin)
    note(twin, name, 500)
    stripe_ = stripe.StripeClient(
        "sk_test_twin", base_addresses={"api": twin.url}, max_network_retries=0
    )
    stripe_.v1.credit_notes.void_credit_note(note(twin, name, 2_000))
    assert billing.read_credited(name).credited_minor == 500


def test_credit_notes_of_an_invoice_are_summed_over_all_pages(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    name = invoice(twin)
    for _ in range(101):
        note(twin, name, 10)
    assert billing.read_credited(name).credited_minor == 1_010


def test_an_invoice_that_never_was_is_not_found(billing: StripeBilling) -> None:
    with pytest.raises(NotFound):
        billing.read_credited("in_UNKNOWN")


def test_a_customers_email_is_read_unless_deleted(twin: TwinHandle, billing: StripeBilling) -> None:
    assert billing.read_email(ACCOUNT) == "ana@example.com"
    assert billing.read_email("cus_UNKNOWN") == ""
    stripe_ = stripe.StripeClient(
        "sk_test_twin", base_addresses={"api": twin.url}, max_network_retries=0
    )
    stripe_.v1.customers.delete(ACCOUNT)
    assert billing.read_email(ACCOUNT) == ""


@pytest.mark.parametrize(
    ("charge", "pays"),
    [
        ({"amount": 100}, True),
        ({"amount": 100, "refunded": 99}, True),
        ({"amount": 100, "refunded": 100}, False),
        ({"amount": 100, "status": "failed"}, False),
        ({"amount": 100, "status": "pending"}, False),
        ({"amount": 100, "captured": False}, False),
    ],
)
def test_a_customer_pays_by_a_charge_that_was_not_refunded(
    twin: TwinHandle, billing: StripeBilling, charge: dict[str, object], pays: bool
) -> None:
    twin.switch("customers", id="cus_OTHER", currency="usd")
    twin.switch("charges", id="ch_OTHER", customer="cus_OTHER", amount=5_000)
    twin.switch("charges", id="ch_1", customer=ACCOUNT, **charge)
    twin.switch("charges", id="ch_2", customer=ACCOUNT, amount=7, refunded=7)
    assert billing.still_pays(ACCOUNT) is pays


def test_a_paying_charge_is_found_on_the_second_page(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    assert not billing.still_pays(ACCOUNT)
    twin.switch("charges", id="ch_FIRST", customer=ACCOUNT, amount=5_000)
    for number in range(100):
        twin.switch("charges", id=f"ch_{number}", customer=ACCOUNT, amount=100, refunded=100)
    assert billing.still_pays(ACCOUNT)


def test_too_many_charges_are_left_to_a_person(
    twin: TwinHandle, billing: StripeBilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodword.billing.stripe_billing._MOST_PAGES", 1)
    for number in range(101):
        twin.switch("charges", id=f"ch_{number}", customer=ACCOUNT, amount=100, refunded=100)
    with pytest.raises(Unavailable, match=r"more than 1,000 charges"):
        billing.still_pays(ACCOUNT)


def test_whether_an_unknown_customer_pays_is_unknown(
    billing: StripeBilling,
) -> None:
    with pytest.raises(NotFound):
        billing.still_pays("cus_UNKNOWN")


def test_a_refund_is_unknown_while_stripe_does_not_answer(
    twin: TwinHandle, billing: StripeBilling
) -> None:
    name = invoice(twin)
    twin.switch("faults", kind="lost_reply", on="read")
    with pytest.raises(Unavailable):
        billing.read_credited(name)
    twin.switch("faults", kind="lost_reply", on="read")
    with pytest.raises(Unavailable):
        billing.read_email(ACCOUNT)
    twin.switch("faults", kind="lost_reply", on="read")
    with pytest.raises(Unavailable):
        billing.still_pays(ACCOUNT)
