"""One balance is one pool: the oldest credit is used first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.credits.pool import Applied, applied_by_credit, pool_of
from goodword.domain.credits.posting import BalanceTransaction
from goodword.domain.money import Money

AT = datetime(2027, 3, 1, 12, tzinfo=UTC)


class Account:
    """Writes down an account's transactions, a second apart."""

    def __init__(self) -> None:
        self.moves: list[BalanceTransaction] = []

    def move(self, minor, kind="adjustment", invoice="", metadata=None, currency="USD", at=None):
        number = len(self.moves)
        when = at or AT + timedelta(seconds=number)
        name = f"cbtxn_{number:04d}"
        money = Money(minor, currency)
        self.moves.append(
            BalanceTransaction(name, "cus_1", money, when, metadata or {}, kind, invoice)
        )

    def credit(self, name, minor, **more):
        self.move(minor, metadata={"goodword_credit": name, "goodword_kind": "credit"}, **more)

    def reverse(self, name, minor):
        self.move(-minor, metadata={"goodword_credit": name, "goodword_kind": "reversal"})

    def bill(self, invoice, minor):
        """Finalize an invoice: what lies there comes off it, up to its total.

        What is owed goes onto it.
        """
        taken = min(self.balance(), minor)
        if taken:
            self.move(-taken, "applied_to_invoice", invoice)

    def void(self, invoice):
        taken = sum(each.amount.minor for each in self.moves if each.invoice == invoice)
        if taken:
            self.move(-taken, "unapplied_from_invoice", invoice)

    def balance(self, currency="USD"):
        return sum(each.amount.minor for each in self.moves if each.amount.currency == currency)

    def uses(self, currency="USD"):
        return applied_by_credit(self.moves, currency)


def test_the_oldest_credit_comes_off_first():
    account = Account()
    account.credit("a", 5_000)
    account.credit("b", 20_000)
    account.bill("in_1", 12_000)
    assert account.uses() == {"a": Applied(5_000, "in_1"), "b": Applied(7_000, "in_1")}


def test_what_is_not_used_yet_is_reported_as_such():
    account = Account()
    account.credit("a", 5_000)
    assert account.uses() == {"a": Applied()}


def test_a_second_invoice_continues_after_the_first_and_is_named():
    account = Account()
    account.credit("a", 5_000)
    account.bill("in_1", 2_000)
    account.bill("in_2", 2_000)
    assert account.uses() == {"a": Applied(4_000, "in_2")}


def test_foreign_credits_take_their_turn_and_are_not_reported():
    account = Account()
    account.move(3_000)
    account.credit("a", 5_000)
    account.bill("in_1", 4_000)
    assert account.uses() == {"a": Applied(1_000, "in_1")}


def test_a_voided_invoice_gives_back_what_it_took():
    account = Account()
    account.credit("a", 5_000)
    account.bill("in_1", 2_000)
    account.bill("in_2", 3_000)
    account.void("in_2")
    assert account.uses() == {"a": Applied(2_000, "in_1")}
    account.void("in_1")
    assert account.uses() == {"a": Applied()}


def test_returned_credit_is_used_again_in_its_old_turn():
    account = Account()
    account.credit("a", 5_000)
    account.credit("b", 5_000)
    account.bill("in_1", 10_000)
    account.void("in_1")
    account.bill("in_2", 6_000)
    assert account.uses() == {"a": Applied(5_000, "in_2"), "b": Applied(1_000, "in_2")}


def test_a_reversal_takes_from_its_own_credit_first():
    account = Account()
    account.credit("a", 5_000)
    account.credit("b", 5_000)
    account.reverse("b", 5_000)
    account.bill("in_1", 9_000)
    assert account.uses() == {"a": Applied(5_000, "in_1"), "b": Applied()}


def test_a_reversed_used_credit_is_debt_for_the_next():
    account = Account()
    account.credit("a", 5_000)
    account.bill("in_1", 5_000)
    account.reverse("a", 5_000)
    account.credit("b", 8_000)
    account.bill("in_2", 1_000)
    assert account.uses() == {"a": Applied(5_000, "in_1"), "b": Applied(6_000, "in_2")}


def test_a_voided_invoice_lets_a_reversed_credit_cover_its_reversal():
    account = Account()
    account.credit("a", 5_000)
    account.bill("in_1", 5_000)
    account.credit("b", 8_000)
    account.reverse("a", 5_000)
    assert account.uses()["b"] == Applied(5_000, "")
    account.void("in_1")
    assert account.uses() == {"a": Applied(), "b": Applied()}


def test_a_voided_invoice_lets_a_credit_pay_its_reversals_debt():
    account = Account()
    account.credit("a", 5_000)
    account.bill("in_1", 5_000)
    account.reverse("a", 5_000)
    assert account.uses() == {"a": Applied(5_000, "in_1")}
    account.void("in_1")
    assert account.uses() == {"a": Applied()}
    assert pool_of(account.moves, "USD").debts == []


def test_of_several_debts_the_oldest_is_paid_first():
    account = Account()
    account.move(-2_000, "invoice_too_small", "in_1")
    account.move(-2_000, "invoice_too_small", "in_2")
    account.credit("a", 1_000)
    account.credit("b", 1_500)
    assert account.uses() == {"a": Applied(1_000, "in_1"), "b": Applied(1_500, "in_2")}
    assert [(debt.invoice, debt.left) for debt in pool_of(account.moves, "USD").debts] == [
        ("in_2", 1_500)
    ]


def test_a_debt_that_an_invoice_left_names_that_invoice():
    account = Account()
    account.move(-2_000, "invoice_too_small", "in_1")
    account.credit("a", 5_000)
    assert account.uses() == {"a": Applied(2_000, "in_1")}


def test_a_debt_that_went_onto_an_invoice_uses_no_credit():
    account = Account()
    account.move(-2_000)
    account.bill("in_1", 9_000)
    account.credit("a", 5_000)
    assert account.uses() == {"a": Applied()}


def test_manually_used_credit_has_no_invoice():
    account = Account()
    account.credit("a", 5_000)
    account.move(-1_000)
    assert account.uses() == {"a": Applied(1_000, "")}


def test_each_currency_is_a_pool_of_its_own():
    account = Account()
    account.credit("a", 5_000)
    account.credit("b", 5_000, currency="EUR")
    account.bill("in_1", 3_000)
    assert account.uses() == {"a": Applied(3_000, "in_1")}
    assert account.uses("EUR") == {"b": Applied()}


def test_a_credit_in_its_invoices_second_is_always_found():
    account = Account()
    account.move(-5_000, "applied_to_invoice", "in_1", at=AT)
    account.credit("a", 5_000, at=AT)
    assert account.uses() == {"a": Applied(5_000, "in_1")}


def test_credit_returned_for_an_unknown_invoice_belongs_to_no_credit():
    account = Account()
    account.credit("a", 5_000)
    account.move(1_000, "unapplied_from_invoice", "in_9")
    assert account.uses() == {"a": Applied()}
    assert pool_of(account.moves, "USD").balance == 6_000


def test_what_moves_nothing_is_no_use_of_a_credit():
    account = Account()
    account.credit("a", 5_000)
    account.bill("in_1", 2_000)
    account.move(0, "applied_to_invoice", "in_2")
    account.move(0, "unapplied_from_invoice", "in_1")
    account.reverse("a", 0)
    assert account.uses() == {"a": Applied(2_000, "in_1")}
    assert pool_of(account.moves, "USD").balance == 3_000


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["credit", "other", "take", "bill", "void", "reverse"]),
        st.integers(1, 9),
        st.integers(1, 9_000),
    ),
    max_size=25,
)


def play(steps):
    """Play steps as they may come.

    Each credit is reversed once at most, each invoice voided once.
    """
    account, credits, bills, gone = Account(), {}, [], set()
    for kind, which, minor in steps:
        if kind == "credit":
            credits[f"c{len(credits)}"] = minor
            account.credit(f"c{len(credits) - 1}", minor)
        elif kind == "reverse" and credits:
            name = list(credits)[which % len(credits)]
            if name not in gone:
                gone.add(name)
                account.reverse(name, credits[name])
        elif kind == "bill":
            bills.append(f"in_{len(bills)}")
            account.bill(bills[-1], minor)
        elif kind == "void" and bills:
            account.void(bills.pop(which % len(bills)))
        elif kind in ("other", "take"):
            account.move(minor if kind == "other" else -minor)
    return account, credits, gone


@given(STEPS)
def test_nothing_is_lost_and_nothing_is_made(steps):
    account, credits, gone = play(steps)
    pool = pool_of(account.moves, "USD")
    assert pool.balance == account.balance()
    assert not pool.debts or not any(lot.left for lot in pool.lots)
    uses = account.uses()
    assert set(uses) == set(credits)
    for name, minor in credits.items():
        left = sum(lot.left for lot in pool.lots if lot.owner == name)
        assert 0 <= uses[name].applied_minor <= minor - left
        assert uses[name].applied_minor == minor - left or name in gone


@given(STEPS, st.randoms(use_true_random=False))
def test_the_order_in_which_they_are_listed_makes_no_difference(steps, chance):
    account, _, _ = play(steps)
    shuffled = list(account.moves)
    chance.shuffle(shuffled)
    assert applied_by_credit(shuffled, "USD") == account.uses()


@given(STEPS, st.integers(1, 9_000))
def test_a_finalized_and_voided_invoice_leaves_everything_unchanged(steps, minor):
    account, _, _ = play(steps)
    before = account.uses()
    account.bill("in_more", minor)
    account.void("in_more")
    assert account.uses() == before


@given(STEPS)
def test_without_reversals_and_adjustments_used_equals_what_invoices_took(steps):
    account, credits, _ = play([step for step in steps if step[0] in ("credit", "bill", "void")])
    came_off = -sum(each.amount.minor for each in account.moves if each.invoice)
    assert sum(use.applied_minor for use in account.uses().values()) == came_off
    assert sum(credits.values()) - came_off == account.balance()
