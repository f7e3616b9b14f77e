"""What is asked of the fakes and of the local cloud alike: tables, queue and secrets.

Each returns it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from goodword.domain.credits.credit import Credit
from goodword.domain.crm_copy.delivery import Delivery
from goodword.domain.errors import Contended, Failed, NotReady
from goodword.domain.identity import Identity
from goodword.domain.links.click import Kind
from goodword.domain.links.link import Link
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import MilestoneState
from goodword.ports.services import Enqueue, SecretPair, Secrets
from goodword.ports.stores import Page, Stores
from goodword.ports.writes import Check, Increment, Insert, Release, Remove, Reserve, Update, Write
from tests.contracts import test_stores as samples
from tests.credits import altered

AT, HOUR = samples.AT, timedelta(hours=1)
CREDIT, ACCOUNT = samples.CREDIT, samples.ACCOUNT


@dataclass(frozen=True)
class TableSide:
    """One side: the stores, and what only one of the sides can do in its own way.

    again: commit, and repeat the request as a client does that received no reply. under_one_token:
    commit two lists of writes under one token. in_conflict: commit while another transaction is on
    the same item. late: let indexes be late from now on. queue: the message, and what was
    woken by it. secrets: the secrets after these were written.
    """

    stores: Stores
    again: Callable[[list[Write]], None]
    under_one_token: Callable[[list[Write], list[Write]], None]
    in_conflict: Callable[[list[Write]], None]
    late: Callable[[], None]
    enqueue: Enqueue
    enqueued: Callable[[], list[str]]
    lose_the_queue: Callable[[], None]
    secrets: Callable[[dict[str, SecretPair]], Secrets]
    change_secret: Callable[[str, SecretPair], None]

    def commit(self, *writes: Write) -> str:
        """Commit and return the outcome."""
        return said(lambda: self.stores.commit(list(writes)), writes)


def said(act: Callable[[], object], writes: Sequence[Write] = ()) -> str:
    """Do it and return the outcome: each side has its own words for what can never work."""
    try:
        act()
    except Failed as error:
        places = [str(place) for place, each in enumerate(writes) if each is error.write]
        return f"failed at {', '.join(places)}"
    except Contended:
        return "contended"
    except ConnectionError:
        return "no reply"
    except Exception:
        return "refused"
    return "done"


def identity(name: str, owner: str = "rf_1", revision: int = 1) -> Identity:
    """Make a small record."""
    return Identity(name, owner, revision)


def credit(number: int, **changes: Any) -> Credit:
    """Make a credit of the number's hour."""
    at = AT + number * HOUR
    given = {"credit": f"cr_{number}", "status": "pending", "earned_at": at, "due_at": at}
    return altered(CREDIT, **(given | changes))


def ids(page: Page[Any], name: str = "credit") -> tuple[list[str], bool]:
    """Return the ids of a page, and whether there is more."""
    return [getattr(each, name) for each in page.items], page.more is not None


def all_pages(read: Callable[[str | None], Page[Any]], name: str = "credit") -> list[str]:
    """Return the ids of all pages."""
    found, after = [], None
    while True:
        page = read(after)
        found += [getattr(each, name) for each in page.items]
        if page.more is None:
            return found
        after = page.more


Case = Callable[[TableSide], object]
CASES: dict[str, Case] = {}


def case(act: Case) -> Case:
    """Add a case under the name of its function."""
    CASES[act.__name__.replace("_", " ")] = act
    return act


# --- conditions -----------------------------------------------------------------------------------


@case
def a_second_insert_fails_and_the_old_item_stays(side: TableSide) -> object:
    said_ = [
        side.commit(Insert(identity("a", "first"))),
        side.commit(Insert(identity("a", "second"))),
    ]
    return said_, side.stores.identities.get("a")


@case
def an_update_of_the_next_revision_replaces_all_of_it(side: TableSide) -> object:
    side.commit(Insert(replace(ACCOUNT, revision=1)))
    said_ = side.commit(Update(replace(ACCOUNT, currency="JPY", revision=2)))
    return said_, side.stores.accounts.get(ACCOUNT.account)


@case
def an_update_of_an_old_revision_fails_and_the_old_item_stays(side: TableSide) -> object:
    side.commit(Insert(identity("a", revision=5)))
    said_ = [side.commit(Update(identity("a", "thief", revision))) for revision in (1, 5, 7)]
    return said_, side.stores.identities.get("a")


@case
def an_update_of_what_is_not_there_fails(side: TableSide) -> object:
    return [
        side.commit(Update(identity("a", revision=n))) for n in (1, 2)
    ], side.stores.identities.get("a")


@case
def a_check_holds_only_at_its_revision(side: TableSide) -> object:
    side.commit(Insert(identity("a", revision=3)))
    return [side.commit(Check(identity("a", revision=n))) for n in (2, 3, 4)], side.commit(
        Check(identity("b"))
    )


@case
def what_is_removed_can_be_inserted_anew(side: TableSide) -> object:
    first = [side.commit(Remove(identity("a"))), side.commit(Insert(identity("a")))]
    return first, [side.commit(Remove(identity("a"))), side.commit(Insert(identity("a", "new")))]


# --- transactions: which write failed -------------------------------------------------------------


@case
def of_two_inserts_that_fail_the_first_is_named(side: TableSide) -> object:
    side.commit(Insert(identity("a")), Insert(identity("b")))
    return side.commit(Insert(identity("c")), Insert(identity("b")), Insert(identity("a")))


@case
def a_check_that_fails_is_named_before_an_insert_that_stands_earlier(side: TableSide) -> object:
    side.commit(Insert(identity("a")))
    return side.commit(Insert(identity("a")), Increment("s", "b", 1), Check(identity("b")))


@case
def a_stale_update_is_named_before_a_full_limit(side: TableSide) -> object:
    side.commit(Insert(identity("a", revision=4)), Reserve("year", 10, 10))
    return side.commit(Reserve("year", 1, 10), Update(identity("a", revision=4)))


@case
def of_two_full_limits_the_first_is_named(side: TableSide) -> object:
    side.commit(Reserve("year", 10, 10), Reserve("month", 5, 5))
    return [
        side.commit(Reserve("month", 1, 5), Reserve("year", 1, 10)),
        side.commit(Reserve("year", 1, 10), Reserve("month", 1, 5)),
    ]


@case
def where_the_last_write_fails_nothing_is_written(side: TableSide) -> object:
    side.commit(Insert(identity("z")))
    said_ = side.commit(
        Insert(identity("a")), Increment("s", "b", 1), Reserve("year", 5, 10), Insert(identity("z"))
    )
    left = side.commit(Reserve("year", 10, 10))
    return said_, side.stores.identities.get("a"), side.stores.counts.of("s"), left


@case
def an_item_twice_is_refused_whatever_is_done_to_it(side: TableSide) -> object:
    a = identity("a")
    twice: list[list[Write]] = [
        [Insert(a), Check(a)],
        [Insert(a), Remove(a)],
        [Check(a), Update(a)],
    ]
    return [side.commit(*writes) for writes in twice], side.stores.identities.get("a")


@case
def a_hundred_items_are_taken_and_one_more_is_refused(side: TableSide) -> object:
    many: list[Write] = [Insert(identity(f"i{number}")) for number in range(100)]
    refused = side.commit(*many, Increment("s", "b", 1))
    return refused, side.stores.identities.get("i0"), side.commit(*many)


@case
def sums_of_one_counter_are_one_item(side: TableSide) -> object:
    many: list[Write] = [Increment("s", "b", 1) for _ in range(150)]
    return side.commit(*many), side.stores.counts.of("s")


@case
def nothing_to_write(side: TableSide) -> object:
    return side.commit()


# --- tokens, conflicts, late indexes --------------------------------------------------------------


@case
def the_same_request_twice(side: TableSide) -> object:
    writes: list[Write] = [Insert(identity("a")), Increment("s", "b", 1)]
    return said(lambda: side.again(writes), writes), side.stores.counts.of("s")


@case
def one_token_for_two_requests(side: TableSide) -> object:
    return said(lambda: side.under_one_token([Increment("s", "b", 1)], [Increment("s", "b", 2)]))


@case
def a_transaction_that_meets_another(side: TableSide) -> object:
    side.commit(Insert(identity("a")))
    return said(lambda: side.in_conflict([Update(identity("a", "me", 2))]))


@case
def an_index_that_is_late(side: TableSide) -> object:
    side.late()
    side.commit(Insert(credit(1)))
    return side.stores.credits.due(AT + 9 * HOUR, 9)


@case
def a_read_by_key_sees_a_write_at_once(side: TableSide) -> object:
    seen = []
    for revision in range(1, 8):
        record = identity("a", f"owner {revision}", revision)
        side.commit(Insert(record) if revision == 1 else Update(record))
        seen.append(side.stores.identities.get("a"))
    return seen


# --- limits and counters --------------------------------------------------------------------------


@case
def a_limit_is_filled_to_the_unit(side: TableSide) -> object:
    return [side.commit(Reserve("year", minor, 100)) for minor in (60, 41, 40, 1, 0)]


@case
def a_first_reserve_above_the_ceiling_is_refused(side: TableSide) -> object:
    return [side.commit(Reserve("year", minor, 10)) for minor in (11, 10)]


@case
def a_limit_that_was_released_below_nought_takes_more(side: TableSide) -> object:
    first = [side.commit(Release("year", 5)), side.commit(Reserve("year", 16, 10))]
    return first, [side.commit(Reserve("year", 15, 10)), side.commit(Reserve("year", 1, 10))]


@case
def a_release_and_a_reserve_in_one_commit_are_counted_together(side: TableSide) -> object:
    side.commit(Reserve("year", 10, 10))
    return side.commit(Release("year", 4), Reserve("year", 5, 10)), side.commit(
        Release("year", 4), Reserve("year", 4, 10)
    )


@case
def of_two_ceilings_the_lower_holds(side: TableSide) -> object:
    return [
        side.commit(Reserve("year", 3, 10), Reserve("year", 3, 5)),
        side.commit(Reserve("year", 3, 10), Reserve("year", 2, 5)),
    ]


@case
def very_large_sums_are_exact(side: TableSide) -> object:
    for by in (2**53, 1, 10**15, 1):
        side.commit(Increment("s", "b", by))
    return side.stores.counts.of("s"), side.commit(Reserve("y", 2**53 + 1, 2**53))


@case
def a_count_of_nought_is_there(side: TableSide) -> object:
    side.commit(Increment("s", "b", 5))
    side.commit(Increment("s", "b", -5), Increment("s", "c", 0))
    return side.stores.counts.of("s"), side.stores.counts.of("t")


# --- lists, pages, cursors, sparse indexes --------------------------------------------------------


@case
def pages_follow_each_other_without_gap(side: TableSide) -> object:
    side.commit(*(Insert(credit(number)) for number in (3, 1, 7, 5, 2, 6, 4)))
    return [all_pages(lambda after: side.stores.credits.list_by_account("cus_1", 3, after))], ids(
        side.stores.credits.list_by_account("cus_1", 3)
    )


@case
def a_page_that_is_just_full(side: TableSide) -> object:
    side.commit(Insert(credit(1)), Insert(credit(2)))
    return ids(side.stores.credits.list_by_account("cus_1", 2))


@case
def what_comes_between_two_pages_moves_neither(side: TableSide) -> object:
    side.commit(*(Insert(credit(number)) for number in (1, 2, 4)))
    first = side.stores.credits.list_by_account("cus_1", 2)
    side.commit(Insert(credit(3)), Insert(credit(9)))
    return ids(first), ids(side.stores.credits.list_by_account("cus_1", 9, first.more))


@case
def credits_of_one_moment(side: TableSide) -> object:
    side.commit(*(Insert(credit(1, credit=name)) for name in ("cr_b", "cr_c", "cr_a")))
    return ids(side.stores.credits.list_by_account("cus_1", 9))


@case
def credits_of_one_moment_are_all_there_page_by_page(side: TableSide) -> object:
    side.commit(
        *(Insert(credit(1, credit=name)) for name in ("cr_b", "cr_c", "cr_a", "cr_d", "cr_e"))
    )
    return sorted(all_pages(lambda after: side.stores.credits.list_by_account("cus_1", 2, after)))


@case
def what_is_not_due_is_not_in_its_index(side: TableSide) -> object:
    statuses = ("pending", "held", "sending", "posted", "over_limit", "canceled", "reversed")
    leased = {"sending": {"lease_until": AT + 2 * HOUR}}
    made = (credit(n, status=each, **leased.get(each, {})) for n, each in enumerate(statuses))
    side.commit(*(Insert(each) for each in made))
    due = side.stores.credits.due
    return due(AT + 9 * HOUR, 99), due(AT + HOUR, 99), due(AT - HOUR, 99), due(AT + 9 * HOUR, 1)


@case
def a_credit_that_is_taken_is_due_again_when_its_lease_is_over(side: TableSide) -> object:
    side.commit(Insert(credit(1, revision=1)))
    seen = [side.stores.credits.due(AT + HOUR, 9)]
    side.commit(Update(credit(1, status="sending", lease_until=AT + 3 * HOUR, revision=2)))
    return [
        *seen,
        side.stores.credits.due(AT + 2 * HOUR, 9),
        side.stores.credits.due(AT + 3 * HOUR, 9),
    ]


@case
def a_closed_referral_leaves_what_is_open(side: TableSide) -> object:
    one = replace(samples.REFERRAL, open=True, revision=1)
    side.commit(Insert(one))
    seen = side.stores.referrals.overdue(one.deadline + HOUR, 9)
    side.commit(Update(replace(one, open=False, revision=2)))
    return (
        seen,
        side.stores.referrals.overdue(one.deadline + HOUR, 9),
        side.stores.referrals.still_open(9),
    )


@case
def a_referral_that_closed_with_a_credit_is_found_until_its_deadline(side: TableSide) -> object:
    state = MilestoneState("deal", "met", credit="cr_1_deal")
    one = replace(samples.REFERRAL, open=False, milestones=(state,), erased_at=None, revision=1)
    side.commit(Insert(one))
    seen = [side.stores.referrals.closed_early(one.deadline + by, 9) for by in (-HOUR, HOUR)]
    return seen, side.stores.referrals.still_open(9)


@case
def names_sort_by_their_bytes(side: TableSide) -> object:
    codes = ("zeta", "Zeta", "alpha", "ällf", "éa", "紹介", "\U0001f600a", "a-b", "a_b", "a0")
    side.commit(*(Insert(replace(samples.LINK, code=code)) for code in codes))
    return [link.code for link in side.stores.links.list_by_referrer("c-1")]


@case
def a_timeline_is_in_order_and_pages(side: TableSide) -> object:
    names = (
        "2027-03-01T09:00:00.000001Z#b",
        "2027-03-01T09:00:00.000001Z#a",
        "2027-03-01T08:59:59.9Z#c",
    )
    side.commit(*(Insert(replace(samples.ENTRY, entry=name)) for name in names))
    return all_pages(
        lambda after: side.stores.timeline.list_by_subject("referral#rf_1", 2, after), "entry"
    )


# --- what a record may hold -----------------------------------------------------------------------


@case
def texts_come_back_to_the_letter(side: TableSide) -> object:
    texts = ("", " ", "ü·紹介·\U0001f600", "a\tb\nc", "x" * 5000, "\u202eabc", "%00", '{"a": 1}')
    side.commit(*(Insert(identity(f"i{place}", text)) for place, text in enumerate(texts)))
    return [side.stores.identities.get(f"i{place}") for place in range(len(texts))]


@case
def an_empty_key(side: TableSide) -> object:
    return side.commit(Insert(identity("")))


@case
def a_delivery_as_large_as_may_be(side: TableSide) -> object:
    large = Delivery("crm#d", "crm", "x" * 256 * 1024, AT)
    return side.stores.inbox.put(large), side.stores.inbox.get("crm#d") == large


@case
def a_delivery_larger_than_an_item(side: TableSide) -> object:
    return said(lambda: side.stores.inbox.put(Delivery("crm#d", "crm", "x" * 401 * 1024, AT)))


@case
def a_delivery_is_stored_once_whoever_sends_it(side: TableSide) -> object:
    result = [Delivery("crm#d", "crm", body, AT) for body in ("one", "two", "one")]
    put = [side.stores.inbox.put(each) for each in result]
    side.stores.inbox.applied(result[0], Reason("refund_asked"))
    side.stores.inbox.forget("crm#d")
    side.stores.inbox.applied(result[0], Reason("connection_missing"))
    return (
        put,
        side.stores.inbox.get("crm#d"),
        side.stores.inbox.put(Delivery("crm#d", "crm", "x", AT)),
    )


@case
def a_click_is_counted_once(side: TableSide) -> object:
    batch: list[tuple[int, Kind]] = [(3, "person"), (10**40 - 1, "machine")]
    later: list[tuple[int, Kind]] = [(2, "person"), (3, "person"), (4, "uncertain")]
    counted = [
        side.stores.counts.add_clicks("spring", "2027-03-01", shard, clicks)
        for shard, clicks in (
            ("s1", later[:1]),
            ("s1", batch),
            ("s1", batch),
            ("s2", later),
            ("s2", later[1:]),
        )
    ]
    return counted, side.stores.counts.of("link#spring")


@case
def links_keep_what_they_are(side: TableSide) -> object:
    link: Link = replace(samples.LINK, mailed_at=None, paused=False)
    side.commit(Insert(link))
    return side.stores.links.get(link.code) == link, side.stores.links.get(link.code.upper())


# --- queue and secrets ----------------------------------------------------------------------------


@case
def who_is_called_twice_is_woken_twice(side: TableSide) -> object:
    for name in ("cr_1", "cr_2", "cr_1"):
        side.enqueue(name)
    return sorted(side.enqueued())


@case
def a_call_to_a_queue_that_is_gone_is_lost_in_silence(side: TableSide) -> object:
    side.lose_the_queue()
    side.enqueue("cr_1")
    return side.enqueued()


@case
def a_secret_that_is_missing_is_ours_to_mend(side: TableSide) -> object:
    secrets = side.secrets({})
    try:
        secrets.pair("connections/crm")
    except NotReady:
        return "not ready"
    return "there"


@case
def a_pair_of_secrets_is_read_together(side: TableSide) -> object:
    secrets = side.secrets({"one": SecretPair("new", "old"), "two": SecretPair("new")})
    return secrets.pair("one"), secrets.pair("two")


@case
def a_secret_that_changes(side: TableSide) -> object:
    secrets = side.secrets({"one": SecretPair("first")})
    seen = [secrets.pair("one")]
    side.change_secret("one", SecretPair("second", "first"))
    return [*seen, secrets.pair("one")]
