"""The kinds of differences; tests/steps/credits/test_audit_ledger.py finds them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from goodword.domain.credits.audit import (
    Audit,
    Books,
    Difference,
    compare,
    named_by,
    row_of,
    still_there,
)
from goodword.domain.credits.credit import Canceled, Credit
from goodword.domain.credits.posting import BalanceTransaction
from goodword.domain.money import Money
from goodword.domain.reason import Reason

AT = datetime(2027, 3, 1, 4, tzinfo=UTC)
CREDIT = Credit(
    *("cr_1", "peers", 1, "demo", "rf_1", "cus_1", "ana"),
    Money(4500, "EUR"),
    Canceled(""),
    AT,
    AT,
)
THERE = BalanceTransaction(
    "cbtxn_1", "cus_1", CREDIT.amount, AT, {"goodword_credit": "cr_1", "goodword_kind": "credit"}
)


def books(credit=CREDIT, transactions=(), counts=None):
    sums = {f"{credit.status}#EUR": credit.amount.minor} if counts is None else counts
    return Books("cus_1", (credit,), {}, sums, tuple(transactions))


def found(account, **named):
    return [each.kind for each in compare(account, {"cr_1": account.credits[0]} | named, AT)]


@pytest.mark.parametrize(
    ("unread", "left", "complete"), [((), 0, True), (("cus_1",), 0, False), ((), 1, False)]
)
def test_an_audit_is_complete_when_every_account_was_compared(unread, left, complete):
    assert Audit("2027-03-01", AT, 1, 1, 0, (), unread, left).complete is complete


def test_a_transaction_names_its_credit_and_kind_or_is_foreign():
    assert named_by(THERE) == ("cr_1", "credit")
    assert named_by(replace(THERE, metadata={"goodword_credit": "cr_1"})) == ("cr_1", "")
    assert named_by(replace(THERE, metadata={"note": "by hand"})) is None


def test_a_reversal_has_a_row_of_its_own():
    assert (row_of("cr_1", "credit"), row_of("cr_1", "reversal")) == ("cr_1", "cr_1_reversal")


def test_what_is_canceled_needs_nothing_anywhere():
    assert found(books()) == []


def test_a_transaction_of_a_canceled_credit_is_unknown():
    assert found(books(transactions=[THERE])) == ["unknown"]


def test_a_canceled_credit_that_the_counts_do_not_know_differs():
    assert found(books(counts={})) == ["sums"]


def test_only_what_two_looks_found_is_there():
    one = Difference(Reason("missing", {"here": CREDIT.amount}), "cus_1", "cr_1", "cbtxn_1")
    later = replace(one, reason=Reason("missing", {"here": Money(1, "EUR")}))
    other = replace(one, credit="cr_2")
    assert still_there([one], [later, other]) == (later,)
    assert still_there([one], []) == ()
