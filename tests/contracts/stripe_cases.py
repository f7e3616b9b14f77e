"""What is asked of the simulation's Stripe and of the twin alike. A case returns what it saw.

The twin is asked over HTTP through the billing that the product uses, with a short time-out of its
own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Protocol

from goodword.billing.rate import TokenBucket
from goodword.billing.stripe_billing import StripeBilling
from goodword.domain.credits.posting import BillingCustomer, Posting
from goodword.domain.errors import NotFound, Unavailable
from goodword.domain.money import Money
from goodword.ports.services import Billing
from infra.twins.stripe import TwinHandle
from tests.simulation.faults import FaultKind, SendKind
from tests.simulation.parts import GatedBilling, Throttled
from tests.simulation.stripe import SimStripe

# The longest that a case waits for a reply that does not come.
TIMEOUT_SECONDS = 0.5
BEFORE = {"429": "rate_limit", "no reply, no effect": "timeout_before_effect"}
RUNNING = {
    "500 no effect": "error_no_effect",
    "500 immediate effect": "error_effect",
    "500 late effect": "error_late_effect",
    "late effect": "in_flight",
}


class StripeSide(Protocol):
    """One side: the port, and what can be done to what is behind it."""

    billing: Billing

    def customer(
        self, account: str, currency: str | None = "USD", *, standing: str = "good"
    ) -> None:
        """Make a customer, or change one."""

    def delete(self, account: str) -> None:
        """Delete a customer."""

    def next_send(self, kind: str) -> None:
        """Let this happen to the next send."""

    def next_read_fails(self) -> None:
        """Let the next read have no answer."""

    def later(self, hours: float) -> None:
        """Let time pass; what was to come by then comes."""

    def finish(self) -> None:
        """Let what is under way be done."""


class SimulatedStripe:
    """The simulation's Stripe behind its gate."""

    def __init__(self) -> None:
        self.at = datetime(2027, 3, 1, 12, tzinfo=UTC)
        self.stripe = SimStripe(Random(1), lambda: self.at, lambda *_: None, lambda _: None)  # noqa: S311
        self.stripe.late_waits = (1790,)
        self.kinds: list[str] = []
        self.reads_failing = 0
        self.billing: Billing = GatedBilling(self.stripe, self._cross, self._kind)

    def _cross(self, port: str, act: Callable[..., object], *, notified: bool = False) -> object:
        if not notified:
            if self.reads_failing:
                self.reads_failing -= 1
                raise Throttled
            return act()
        fault: FaultKind | None = None
        if self.kinds and self.kinds[0] in ("429", "no reply, no effect", "no reply, an effect"):
            faults: dict[str, FaultKind] = {
                "429": "throttle",
                "no reply, no effect": "reply lost before",
                "no reply, an effect": "reply lost after",
            }
            fault = faults[self.kinds.pop(0)]
        return act(fault)

    def _kind(self, _: Posting) -> SendKind:
        return self.kinds.pop(0) if self.kinds else "200"  # type: ignore[return-value]

    def customer(
        self, account: str, currency: str | None = "USD", *, standing: str = "good"
    ) -> None:
        self.stripe.customers[account] = BillingCustomer(account, False, currency, standing)  # type: ignore[arg-type]

    def delete(self, account: str) -> None:
        held = self.stripe.customers[account]
        self.stripe.customers[account] = replace(
            held, deleted=True, currency=None, standing="ended"
        )

    def next_send(self, kind: str) -> None:
        self.kinds.append(kind)

    def next_read_fails(self) -> None:
        self.reads_failing = 1

    def later(self, hours: float) -> None:
        self.at += timedelta(hours=hours)
        self.stripe.settle()

    def finish(self) -> None:
        self.later(0.5)


class TwinStripe:
    """The twin behind the product's own billing."""

    def __init__(self, twin: TwinHandle) -> None:
        twin.switch("reset")
        self.twin = twin
        self.good = StripeBilling(
            "sk_test_parity",
            api_base=twin.url,
            timeout_seconds=TIMEOUT_SECONDS,
            bucket=TokenBucket(100_000.0),
        )
        self.refused = StripeBilling("nobody", api_base=twin.url, bucket=TokenBucket(100_000.0))
        self.billing: Billing = self.good

    def customer(
        self, account: str, currency: str | None = "USD", *, standing: str = "good"
    ) -> None:
        notified = {} if currency is None else {"currency": currency.lower()}
        self.twin.switch("customers", id=account, **notified)
        status = {"good": "active", "past_due": "past_due", "ended": "canceled"}[standing]
        if standing != "good":
            self.twin.switch("subscriptions", customer=account, status=status, currency="usd")

    def delete(self, account: str) -> None:
        self.twin.switch("customers", id=account, deleted=True)

    def next_send(self, kind: str) -> None:
        if kind == "401":
            self.billing = _Once(self, self.refused)
        elif kind != "200":
            name = {**BEFORE, **RUNNING, "no reply, an effect": "lost_reply"}[kind]
            self.twin.switch("faults", kind=name, late_seconds=3600)

    def next_read_fails(self) -> None:
        self.twin.switch("faults", kind="unavailable", on="read")

    def later(self, hours: float) -> None:
        self.twin.switch("advance", seconds=int(hours * 3600))

    def finish(self) -> None:
        self.twin.switch("settle")


class _Once:
    """A billing with a refused key, for one send."""

    def __init__(self, side: TwinStripe, refused: StripeBilling) -> None:
        self.side, self.refused = side, refused

    def __getattr__(self, name: str) -> object:
        self.side.billing = self.side.good
        return getattr(self.refused, name)


# --- what cases do --------------------------------------------------------------------------------


def posting(
    minor: int = 5000, currency: str = "USD", account: str = "cus_A", **more: object
) -> Posting:
    """Make what is sent."""
    made = Posting(
        account,
        Money(minor, currency),
        "Referral credit",
        "cr_1:credit:1",
        {"goodword_credit": "1"},
    )
    return replace(made, **more)  # type: ignore[arg-type]


class Asked:
    """Name transactions by the order in which they were received: each side has its own ids."""

    def __init__(self, side: StripeSide) -> None:
        self.side = side
        self.names: dict[str, int] = {}

    def send(self, given: Posting | None = None) -> tuple[str, int]:
        """Send and return what is known, with the transaction's number or 0."""
        result = self.side.billing.send(given or posting())
        return result.kind, self._number(result.transaction)

    def listed(self, account: str = "cus_A") -> object:
        """Return what stands, or what the list says instead."""
        try:
            found = self.side.billing.list_transactions(account)
        except NotFound:
            return "no such customer"
        except Unavailable:
            return "no answer"
        return [
            (
                self._number(each.transaction),
                str(each.amount),
                sorted(each.metadata.items()),
                each.kind,
            )
            for each in found
        ]

    def read(self, account: str = "cus_A") -> object:
        """Return what is said of the customer: currency and standing, or what is said instead."""
        try:
            found = self.side.billing.read_customer(account)
        except Unavailable:
            return "no answer"
        if found is None:
            return "no such customer"
        return "deleted" if found.deleted else (found.account, found.currency, found.standing)

    def _number(self, transaction: str | None) -> int:
        return self.names.setdefault(transaction, len(self.names) + 1) if transaction else 0


Case = Callable[[StripeSide], object]
CASES: dict[str, Case] = {}


def case(act: Callable[[StripeSide, Asked], object]) -> None:
    """Add a case under the name of its function; it begins with one customer in good standing."""

    def begun(side: StripeSide) -> object:
        side.customer("cus_A")
        return act(side, Asked(side))

    CASES[act.__name__.replace("_", " ")] = begun


# --- one send, and its repeat ---------------------------------------------------------------------


@case
def a_send_stands_once(side: StripeSide, notified: Asked) -> object:
    return notified.send(), notified.listed()


@case
def a_repeat_of_a_200_is_the_same_transaction(side: StripeSide, notified: Asked) -> object:
    return notified.send(), notified.send(), notified.send(), notified.listed()


@case
def a_500_without_effect_is_replayed(side: StripeSide, notified: Asked) -> object:
    side.next_send("500 no effect")
    return notified.send(), notified.send(), notified.listed()


@case
def a_500_with_an_effect_is_replayed_and_stands(side: StripeSide, notified: Asked) -> object:
    side.next_send("500 immediate effect")
    return notified.send(), notified.listed(), notified.send(), notified.listed()


@case
def a_500_with_a_late_effect_stands_later(side: StripeSide, notified: Asked) -> object:
    side.next_send("500 late effect")
    seen = [notified.send(), notified.listed()]
    side.later(47.95)
    return *seen, notified.listed()


@case
def a_429_stores_nothing(side: StripeSide, notified: Asked) -> object:
    side.next_send("429")
    return notified.send(), notified.listed(), notified.send(), notified.listed()


@case
def a_refused_secret_key_stores_nothing(side: StripeSide, notified: Asked) -> object:
    side.next_send("401")
    return notified.send(), notified.listed(), notified.send(), notified.listed()


@case
def no_reply_and_no_effect(side: StripeSide, notified: Asked) -> object:
    side.next_send("no reply, no effect")
    return notified.send(), notified.listed(), notified.send(), notified.listed()


@case
def no_reply_but_an_effect(side: StripeSide, notified: Asked) -> object:
    side.next_send("no reply, an effect")
    return notified.send(), notified.listed(), notified.send(), notified.listed()


@case
def two_replies_lost_of_one_key(side: StripeSide, notified: Asked) -> object:
    side.next_send("no reply, an effect")
    first = notified.send()
    side.next_send("no reply, an effect")
    return first, notified.send(), notified.send(), notified.listed()


@case
def a_key_that_is_under_way_conflicts_until_it_is_done(side: StripeSide, notified: Asked) -> object:
    side.next_send("late effect")
    seen = [notified.send(), notified.send(), notified.listed()]
    side.finish()
    return *seen, notified.send(), notified.listed()


@case
def other_parameters_while_the_key_is_under_way(side: StripeSide, notified: Asked) -> object:
    side.next_send("late effect")
    first = notified.send()
    seen = [notified.send(posting(minor=1))]
    side.finish()
    return first, *seen, notified.send(), notified.listed()


# --- other parameters under one key ---------------------------------------------------------------


def _drifts(name: str, **change: object) -> None:
    def act(side: StripeSide, notified: Asked) -> object:
        side.customer("cus_B")
        return (
            notified.send(),
            notified.send(posting(**change)),
            notified.send(),
            notified.listed(),
            notified.listed("cus_B"),
        )  # type: ignore[arg-type]

    act.__name__ = f"another_{name}_under_the_key_is_refused"
    case(act)


_drifts("amount", minor=4999)
_drifts("sign", minor=-5000)
_drifts("currency", currency="EUR")
_drifts("customer", account="cus_B")
_drifts("description", description="Referral credit, edited")
_drifts("metadata", metadata={"goodword_credit": "2"})
_drifts("number of metadata", metadata={"goodword_credit": "1", "more": "1"})


@case
def other_parameters_after_a_500(side: StripeSide, notified: Asked) -> object:
    side.next_send("500 no effect")
    return notified.send(), notified.send(posting(minor=1)), notified.send(), notified.listed()


# --- the age of a key -----------------------------------------------------------------------------


@case
def a_key_is_kept_for_a_day(side: StripeSide, notified: Asked) -> object:
    first = notified.send()
    side.later(23.9)
    return first, notified.send(), notified.listed()


@case
def a_key_of_more_than_a_day_is_forgotten(side: StripeSide, notified: Asked) -> object:
    first = notified.send()
    side.later(24.1)
    return first, notified.send(), notified.listed()


@case
def a_replay_does_not_make_a_key_younger(side: StripeSide, notified: Asked) -> object:
    seen = [notified.send()]
    side.later(20)
    seen.append(notified.send())
    side.later(5)
    return *seen, notified.send(), notified.listed()


@case
def a_forgotten_key_takes_other_parameters(side: StripeSide, notified: Asked) -> object:
    first = notified.send()
    side.later(25)
    return first, notified.send(posting(minor=1)), notified.listed()


@case
def a_500_is_forgotten_after_a_day(side: StripeSide, notified: Asked) -> object:
    side.next_send("500 no effect")
    first = notified.send()
    side.later(25)
    return first, notified.send(), notified.listed()


# --- customers ------------------------------------------------------------------------------------


@case
def a_customer_is_reported_with_its_currency(side: StripeSide, notified: Asked) -> object:
    side.customer("cus_B", "EUR")
    return notified.read(), notified.read("cus_B")


@case
def a_customer_that_never_was(side: StripeSide, notified: Asked) -> object:
    gone = posting(account="cus_NONE")
    return notified.read("cus_NONE"), notified.send(gone), notified.listed("cus_NONE")


@case
def standings_are_reported(side: StripeSide, notified: Asked) -> object:
    side.customer("cus_B", standing="past_due")
    side.customer("cus_C", standing="ended")
    return notified.read("cus_B"), notified.read("cus_C")


@case
def a_deleted_customer_is_a_stub_that_takes_nothing(side: StripeSide, notified: Asked) -> object:
    side.delete("cus_A")
    return notified.read(), notified.send()


@case
def the_list_of_a_deleted_customer(side: StripeSide, notified: Asked) -> object:
    first = notified.send()
    side.delete("cus_A")
    return first, notified.listed()


@case
def a_replay_after_the_customer_was_deleted(side: StripeSide, notified: Asked) -> object:
    first = notified.send()
    side.delete("cus_A")
    return first, notified.send()


@case
def a_key_that_met_no_customer_first(side: StripeSide, notified: Asked) -> object:
    later = posting(account="cus_LATE")
    first = notified.send(later)
    side.customer("cus_LATE")
    return first, notified.send(later), notified.listed("cus_LATE")


@case
def what_is_under_way_while_the_customer_is_deleted_never_comes(
    side: StripeSide, notified: Asked
) -> object:
    side.next_send("late effect")
    first = notified.send()
    side.delete("cus_A")
    side.finish()
    return first, notified.send()


@case
def another_currency_than_the_customers_is_taken(side: StripeSide, notified: Asked) -> object:
    side.customer("cus_B", "EUR")
    return notified.send(posting(account="cus_B")), notified.listed("cus_B")


@case
def a_customer_without_a_currency(side: StripeSide, notified: Asked) -> object:
    side.customer("cus_B", None)
    return notified.read("cus_B"), notified.send(posting(account="cus_B")), notified.read("cus_B")


@case
def a_read_without_an_answer_says_so(side: StripeSide, notified: Asked) -> object:
    side.next_read_fails()
    first = notified.read()
    side.next_read_fails()
    return first, notified.listed(), notified.read()


# --- what stands ----------------------------------------------------------------------------------


@case
def a_reversal_has_the_opposite_amount(side: StripeSide, notified: Asked) -> object:
    back = posting(minor=-5000, key="cr_1:reversal:1")
    return notified.send(), notified.send(back), notified.send(back), notified.listed()


@case
def a_list_is_newest_first(side: StripeSide, notified: Asked) -> object:
    sent = [notified.send(posting(minor=place, key=f"k{place}")) for place in (3, 1, 2)]
    return sent, notified.listed()


@case
def a_list_goes_over_all_pages(side: StripeSide, notified: Asked) -> object:
    for place in range(1, 203):
        notified.send(posting(minor=place, key=f"k{place}"))
    found = notified.listed()
    assert isinstance(found, list)
    return len(found), found[0], found[100], found[101], found[-1]


@case
def two_keys_are_two_transactions(side: StripeSide, notified: Asked) -> object:
    return notified.send(), notified.send(posting(key="cr_1:credit:2")), notified.listed()


@case
def metadata_come_back_to_the_letter(side: StripeSide, notified: Asked) -> object:
    metadata = {"a": "ü·紹介·\U0001f600", "b.c": "x&y=z[]", "d": " ", "e": "x" * 500}
    return notified.send(posting(metadata=metadata)), notified.listed()


@case
def currencies_without_minor_units(side: StripeSide, notified: Asked) -> object:
    side.customer("cus_J", "JPY")
    return notified.send(posting(minor=7000, currency="JPY", account="cus_J")), notified.listed(
        "cus_J"
    )


@case
def metadata_longer_than_stripe_takes(side: StripeSide, notified: Asked) -> object:
    return notified.send(posting(metadata={"a": "x" * 501})), notified.listed()


@case
def a_description_longer_than_stripe_takes(side: StripeSide, notified: Asked) -> object:
    return notified.send(posting(description="x" * 351)), notified.listed()


@case
def a_key_longer_than_stripe_takes(side: StripeSide, notified: Asked) -> object:
    return notified.send(posting(key="k" * 256)), notified.listed()
