"""The daily audit: what the ledger and Stripe say of each other.

Every way in which they differ.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from goodword.domain.credits.audit import NAMED
from goodword.domain.credits.credit import Credit
from goodword.domain.credits.ledger import LedgerEntry
from goodword.domain.errors import NotFound, Unavailable
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from goodword.steps.credits import audit_ledger as audit_step
from goodword.steps.credits.audit_ledger import AuditLedgerDeps, audit_ledger
from goodword.steps.credits.mark_applied import mark_applied
from goodword.steps.credits.read_records import latest_audit
from tests.world import DEMO

BUDGET = timedelta(minutes=5)


@pytest.fixture
def posted(world):
    """Give a world with 50.00 and 200.00 USD posted."""
    world.referral()
    world.stage("won")
    world.clock.advance(days=30)
    for milestone in ("demo", "deal"):
        assert world.post(world.credit(milestone).credit) == "posted"
    world.enqueue.clear()
    return world


def audit(world, budget=BUDGET):
    return audit_ledger(
        budget, deps=AuditLedgerDeps(world.stores, world.billing, world.clock, world.enqueue)
    )


def kinds(world):
    return [each.kind for each in audit(world).differences]


def change_transaction(world, place=0, **changes):
    held = world.billing.transactions
    held[place] = replace(held[place], **changes)


def prospect(world, name, referrer="ana"):
    """Let a prospect of another practice attend a demo."""
    email = f"{name}@{name}.example"
    world.referral(
        email, referrer, contact={"phone": f"+1202555{100 + sum(map(ord, name)) % 100:04d}"}
    )
    world.stage("demo_attended", emails=(email,), id=f"deal-{name}")


def reverse(world):
    world.stage("refunded")
    credit = world.stores.credits.get(f"{world.tables.all(Credit)[0].credit}")
    reversal = world.stores.credits.get(credit.reversal)
    assert world.post(reversal.credit) == "posted"


# --- nothing differs ------------------------------------------------------------------------------


def test_books_that_agree_have_no_difference(posted):
    found = audit(posted)
    assert (found.accounts, found.credits, found.count, found.differences) == (1, 2, 0, ())
    assert found.complete
    assert found.day == f"{posted.clock():%Y-%m-%d}"


def test_the_audit_is_kept_and_the_newest_one_reported(posted):
    with pytest.raises(NotFound):
        latest_audit(stores=posted.stores)
    first = audit(posted)
    assert latest_audit(stores=posted.stores) == first
    posted.clock.advance(days=1)
    assert latest_audit(stores=posted.stores) != audit(posted) == latest_audit(stores=posted.stores)


def test_a_reversal_and_its_credit_agree_with_both_transactions(posted):
    reverse(posted)
    assert kinds(posted) == []


def test_credits_of_every_other_status_agree(world):
    world.program(DEMO, limits={"account_year": ["50.00 USD"]})
    for name in ("a", "b"):
        prospect(world, name)
    assert sorted(each.status for each in world.tables.all(Credit)) == ["over_limit", "pending"]
    assert kinds(world) == []


def test_a_credit_being_sent_may_be_at_stripe(world):
    world.referral()
    world.stage("demo_attended")
    world.billing.script.append("again+effect")
    world.post(world.credit().credit)
    assert world.credit().status == "sending"
    assert kinds(world) == []
    world.billing.transactions.clear()
    assert kinds(world) == []


def test_transactions_that_are_not_ours_are_nobodys_business(posted):
    posted.billing.bill("cus_1", 3_000, "in_1")
    posted.billing.make(replace(posted.credit().posting(), metadata={"note": "by hand"}))
    assert kinds(posted) == []


# --- every way in which they may differ -----------------------------------------------------------


def test_a_posted_credit_that_stripe_does_not_have_is_missing(posted):
    del posted.billing.transactions[0]
    (found,) = audit(posted).differences
    assert (found.kind, found.credit, found.transaction) == (
        "missing",
        posted.credit().credit,
        "cbtxn_1",
    )
    assert found.reason == Reason("missing", {"here": Money(5000, "USD")})


def test_an_account_unknown_to_stripe_misses_all_posted(posted, monkeypatch):
    def list_transactions(account):
        raise NotFound("Stripe has no such referrer.", where="account")

    monkeypatch.setattr(posted.billing, "list_transactions", list_transactions)
    assert kinds(posted) == ["missing", "missing"]


def test_a_transaction_of_an_unposted_credit_is_unknown(world):
    world.referral()
    world.stage("demo_attended")
    world.billing.make(world.credit().posting())
    (found,) = audit(world).differences
    assert (found.kind, found.transaction) == ("unknown", "cbtxn_1")
    assert found.reason.args["status"] == "pending"


def test_a_transaction_of_no_credit_is_unknown(posted):
    stranger = replace(
        posted.credit().posting(), metadata={"goodword_credit": "cr_x", "goodword_kind": "credit"}
    )
    posted.billing.make(stranger)
    (found,) = audit(posted).differences
    assert (found.kind, found.credit) == ("unknown", "cr_x")
    assert found.reason == Reason("unknown", {"there": found.reason.args["there"]})


def test_two_transactions_of_one_credit_are_double_and_said_once(posted):
    posted.billing.make(posted.credit().posting())
    (found,) = audit(posted).differences
    assert (found.kind, found.credit) == ("double", posted.credit().credit)
    assert found.reason.args["transactions"] == ("cbtxn_1", "cbtxn_3")


def test_two_reversals_of_one_credit_are_double(posted):
    reverse(posted)
    made = posted.billing.transactions[-1]
    posted.billing.transactions.append(replace(made, transaction="cbtxn_9"))
    assert kinds(posted) == ["double"]


def test_another_amount_is_named(posted):
    change_transaction(posted, amount=Money(5_001, "USD"))
    (found,) = audit(posted).differences
    both = {"here": Money(5000, "USD"), "there": Money(5001, "USD")}
    assert found.reason == Reason("amount", both)


def test_another_currency_is_named(posted):
    change_transaction(posted, amount=Money(5_000, "EUR"))
    assert kinds(posted) == ["currency"]


def test_a_transaction_of_another_accounts_is_named_on_both_sides(posted):
    posted.referrer("bo", account="cus_2")
    prospect(posted, "other", "bo")
    change_transaction(posted, account="cus_2")
    assert sorted(kinds(posted)) == ["account", "missing"]


def test_metadata_that_was_edited_is_named(posted):
    change_transaction(posted, metadata={"goodword_credit": "", "note": "tidied up"})
    (found,) = audit(posted).differences
    assert (found.kind, found.transaction) == ("metadata", "cbtxn_1")


def test_ledger_entries_that_end_elsewhere_are_named(posted):
    credit = posted.credit().credit
    entry = LedgerEntry(
        credit, "999999", posted.clock(), "cus_1", "stripe", "program", 5_000, "USD"
    )
    posted.tables.rows[LedgerEntry][(credit, "999999")] = entry
    (found,) = audit(posted).differences
    assert found.reason == Reason("ledger", {"here": Money(5000, "USD"), "status": "posted"})


def test_a_credit_without_its_entries_is_named(posted):
    posted.tables.rows[LedgerEntry].clear()
    assert kinds(posted) == ["ledger", "ledger"]


def test_counts_that_are_not_the_sums_are_named(posted):
    posted.tables.totals["account#cus_1", "posted#USD"] += 100
    (found,) = audit(posted).differences
    assert found.kind == "sums"
    sums = {"counted": Money(25100, "USD"), "summed": Money(25000, "USD")}
    assert found.reason == Reason("sums", {"status": "posted", **sums})


def test_a_credit_due_for_over_a_day_is_overdue(world):
    world.referral()
    world.stage("demo_attended")
    world.clock.advance(hours=24)
    assert kinds(world) == []
    world.clock.advance(seconds=1)
    assert kinds(world) == ["overdue"]


def test_a_500_is_overdue_a_day_after_its_wait(world):
    world.referral()
    world.stage("demo_attended")
    world.billing.script.append("suspect")
    world.post(world.credit().credit)
    world.clock.advance(hours=48)
    assert kinds(world) == []
    world.clock.advance(hours=25)
    assert kinds(world) == ["overdue"]


def test_a_held_credit_is_not_overdue(bare):
    bare.program(posting="approve")
    bare.referral()
    bare.stage("demo_attended")
    bare.clock.advance(days=30)
    assert kinds(bare) == []


# --- how it goes about it -------------------------------------------------------------------------


def test_it_moves_nothing_and_sends_nothing(posted):
    del posted.billing.transactions[0]
    sent, commits = len(posted.billing.sent), posted.tables.commits
    audit(posted)
    assert (len(posted.billing.sent), posted.tables.commits) == (sent, commits)


def test_what_was_only_on_its_way_is_no_difference(posted, monkeypatch):
    """Posted between the two reads of the first look; the second finds both sides."""
    late = posted.billing.transactions.pop()
    read = posted.billing.list_transactions

    def list_transactions(account):
        found = read(account)
        if late not in posted.billing.transactions:
            posted.billing.transactions.append(late)
        return found

    monkeypatch.setattr(posted.billing, "list_transactions", list_transactions)
    assert kinds(posted) == []


def test_a_late_index_makes_no_difference_of_a_status(world):
    world.referral()
    world.stage("demo_attended")
    world.tables.freeze_indexes()
    world.post(world.credit().credit)
    assert kinds(world) == []


def two_accounts(world):
    for name, account in (("bo", "cus_2"), ("cy", "cus_3")):
        world.referrer(name, account=account)
        prospect(world, f"of-{name}", name)


def test_an_unreadable_account_holds_up_no_other(posted, monkeypatch):
    two_accounts(posted)
    read = posted.billing.list_transactions

    def list_transactions(account):
        if account == "cus_2":
            raise Unavailable("Stripe does not answer")
        return read(account)

    monkeypatch.setattr(posted.billing, "list_transactions", list_transactions)
    found = audit(posted)
    assert (found.accounts, found.unread, found.complete) == (2, ("cus_2",), False)


def test_an_account_without_time_is_first_next_day(posted, monkeypatch):
    two_accounts(posted)
    read, asked = posted.billing.list_transactions, []

    def list_transactions(account):
        asked.append(account)
        posted.clock.advance(minutes=3)
        return read(account)

    monkeypatch.setattr(posted.billing, "list_transactions", list_transactions)
    first = audit(posted)
    assert (asked, first.left, first.complete) == (["cus_1", "cus_2"], 1, False)
    asked.clear()
    audit(posted, timedelta(minutes=30))
    assert asked == ["cus_3", "cus_1", "cus_2"]


def test_many_differences_are_all_counted_and_the_first_named(posted):
    for number in range(NAMED + 5):
        result = {"goodword_credit": f"cr_{number}", "goodword_kind": "credit"}
        posted.billing.make(replace(posted.credit().posting(), metadata=result))
    found = audit(posted)
    assert (found.count, len(found.differences)) == (NAMED + 5, NAMED)


def test_an_account_whose_use_is_not_marked_is_enqueued(posted):
    posted.billing.bill("cus_1", 12_000, "in_1")
    assert kinds(posted) == []
    assert posted.enqueue == ["account:cus_1"]
    mark_applied("cus_1", deps=posted.posting)
    posted.enqueue.clear()
    audit(posted)
    assert posted.enqueue == []


def test_lists_of_many_pages_are_read_to_their_end(posted, monkeypatch):
    two_accounts(posted)
    monkeypatch.setattr(audit_step, "PAGE", 1)
    found = audit(posted)
    assert (found.accounts, found.credits, found.count) == (3, 4, 0)


def test_without_time_for_a_second_look_the_first_one_counts(posted, monkeypatch):
    del posted.billing.transactions[0]
    read = posted.billing.list_transactions

    def list_transactions(account):
        posted.clock.advance(minutes=6)
        return read(account)

    monkeypatch.setattr(posted.billing, "list_transactions", list_transactions)
    assert kinds(posted) == ["missing"]


def test_a_failed_second_read_names_the_account(posted, monkeypatch):
    del posted.billing.transactions[0]
    read, looks = posted.billing.list_transactions, []

    def list_transactions(account):
        looks.append(account)
        if len(looks) > 1:
            raise Unavailable("Stripe does not answer")
        return read(account)

    monkeypatch.setattr(posted.billing, "list_transactions", list_transactions)
    found = audit(posted)
    assert ([each.kind for each in found.differences], found.unread) == (["missing"], ("cus_1",))
