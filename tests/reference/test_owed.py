"""Show what a run adds to a history: the order of commits and the times of sending."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.reference.history import (
    DEAL,
    DISTANT,
    EMAIL,
    Account,
    Associated,
    Change,
    Commit,
    Connection,
    Created,
    Fact,
    History,
    Mapped,
    Milestone,
    Money,
    ObjectId,
    Play,
    Referral,
    Referrer,
    Sending,
    Stage,
    Terms,
)
from tests.reference.owed import SENT_CHANGED, owed

START = datetime(2027, 2, 1, 14, tzinfo=UTC)
PAID = Money(20_000, "USD")
NADIA, VICTOR = (ObjectId("crm", DEAL, each) for each in ("4101", "4102"))


def _history(*more: Fact, limit: int | None = None) -> History:
    """Two prospects of one account, at two companies, each with a deal of their own."""
    facts: list[Fact] = []
    for name, deal, domain in (("nadia", NADIA, "harborview"), ("victor", VICTOR, "fernhill")):
        contact = ObjectId("crm", "contact", name)
        facts += [
            Created(contact, DISTANT),
            Change(contact, EMAIL, f"{name}@{domain}.example", DISTANT),
            Created(deal, START + timedelta(days=2)),
            Associated(contact, deal, START + timedelta(days=2)),
        ]
    terms = Terms(
        program="peers",
        version=1,
        applied_at=DISTANT,
        milestones=(Milestone("deal", (PAID,), Stage("won"), hold_days=2),),
        account_year=(Money(limit, "USD"),) if limit else (),
    )
    return History(
        facts=tuple(sorted((*facts, *more), key=lambda each: each.at)),
        terms=(terms,),
        connections=(
            Connection("crm", DISTANT, frozenset({"peers"}), {("deal", "stage"): Mapped("stage")}),
        ),
        accounts=(Account("cus_RHEA"),),
        referrers=(Referrer("rhea", "cus_RHEA"),),
        referrals=(
            Referral("nadia", "peers", 1, "rhea", "nadia@harborview.example", START),
            Referral("victor", "peers", 1, "rhea", "victor@fernhill.example", START),
        ),
    )


def _day(number: int) -> datetime:
    return START + timedelta(days=number)


def _won(deal: ObjectId, day: int) -> Change:
    return Change(deal, "stage", "won", _day(day))


def test_room_goes_to_the_credit_that_was_committed_first() -> None:
    history = _history(_won(NADIA, 5), _won(VICTOR, 6), limit=20_000)
    heard_late = Play(commits=(Commit(_day(7), "victor", "deal"), Commit(_day(8), "nadia", "deal")))
    for play, first, second in (
        (None, "nadia", "victor"),
        (heard_late, "victor", "nadia"),
    ):
        result = owed(history, _day(40), play)
        statuses = {each.referral: each.status for each in result.credits}
        assert statuses == {first: "posted", second: "over_limit"}


def test_what_a_run_did_not_send_stays_pending() -> None:
    history = _history(_won(NADIA, 5))
    credit = owed(history, _day(40), Play(sendings=())).credit("nadia", "deal")
    assert credit is not None
    assert (credit.status, credit.due) == ("pending", _day(7))


def test_what_was_sent_before_a_loss_was_heard_is_taken_back() -> None:
    history = _history(_won(NADIA, 5), Change(NADIA, "stage", "lost", _day(6)))
    assert owed(history, _day(40)).credits[-1].status == "canceled"
    sent = Play(sendings=(Sending(_day(8), "nadia", "deal", NADIA, PAID),))
    assert owed(history, _day(10), sent).credits[-1].status == "posted"
    assert owed(history, _day(40), sent).credits[-1].status == "reversed"


def test_what_was_sent_for_a_deal_of_another_referral_is_asked_about() -> None:
    history = _history(_won(NADIA, 5))
    sent = Play(sendings=(Sending(_day(8), "victor", "deal", NADIA, PAID),))
    result = owed(history, _day(10), sent)
    assert [(each.kind, each.possible) for each in result.items] == [
        (SENT_CHANGED, frozenset({"nadia", "victor"}))
    ]


def test_a_credit_is_sent_once_although_a_run_says_it_twice() -> None:
    history = _history(_won(NADIA, 5))
    once = Sending(_day(8), "nadia", "deal", NADIA, PAID)
    again = Sending(_day(9), "nadia", "deal", NADIA, PAID)
    result = owed(history, _day(40), Play(sendings=(once, again)))
    assert [each.status for each in result.credits] == ["posted"]
    assert result.notes == {"nadia/deal was sent twice"}
