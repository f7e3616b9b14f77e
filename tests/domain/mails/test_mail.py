"""A mail is sent at most once; a notice waits for more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.envelope import envelope_of
from goodword.domain.event import Event
from goodword.domain.mails.mail import (
    CLAIM,
    GROUPED,
    KEPT,
    TRIES,
    Mail,
    mail_at,
    makes_notice,
    notice_of,
    subjects_of,
)
from goodword.domain.reason import Reason
from goodword.domain.timeline import entry_for, referral_subject
from goodword.messages.vocabulary import EVENTS

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
THROTTLED = Reason("not_taken", {"code": "Throttling"})
MAIL = Mail("ana", "2027#1", "notice", AT, AT, "rf_1")


def event(kind, at=AT, **data):
    entry = entry_for(referral_subject("rf_1"), "peers", at, "en_1", Event(kind, data))
    return envelope_of(entry, EVENTS)


def test_a_waiting_mail_is_due_from_its_time_on():
    assert MAIL.due(AT)
    assert not MAIL.due(AT - timedelta(seconds=1))
    assert not MAIL.claim_is_over(AT + CLAIM)


def test_a_claimed_mail_is_exclusive_until_its_claim_expires():
    claimed = MAIL.claimed(AT)
    assert not claimed.due(AT + CLAIM)
    assert not claimed.claim_is_over(AT + CLAIM - timedelta(seconds=1))
    assert claimed.claim_is_over(AT + CLAIM)
    assert (claimed.tries, claimed.revision) == (1, 2)


def test_a_sent_or_lost_mail_is_never_open_again():
    claimed = MAIL.claimed(AT)
    sent = claimed.sent("msg-1", AT)
    assert (sent.status, sent.message, sent.sent_at) == ("sent", "msg-1", AT)
    for done in (
        sent,
        claimed.lost(),
        claimed.refused(THROTTLED),
        MAIL.dropped(Reason("notice_too_old")),
    ):
        assert not done.open()
        assert done.revision > claimed.revision - 1


def test_each_try_doubles_the_wait_and_the_last_gives_up():
    waits, mail = [], MAIL
    for _ in range(TRIES):
        mail = mail.claimed(AT).again(THROTTLED, AT)
        waits.append((mail.due_at - AT) / timedelta(minutes=1))
    assert waits[:-1] == [2, 4, 8, 16]
    assert (mail.status, mail.why) == ("given_up", THROTTLED)


def test_a_row_is_forgotten_after_ninety_days():
    assert MAIL.expires_at() == AT + KEPT


@pytest.mark.parametrize(
    "kind",
    [
        *("made", "closed", "credit_pending", "credit_held", "credit_posted", "credit_over_limit"),
        *("credit_applied", "credit_returned", "credit_canceled", "credit_reversed"),
    ],
)
def test_events_about_the_referrers_money_make_a_notice(kind):
    assert makes_notice(event(kind))


@pytest.mark.parametrize(
    "kind", ["stage", "verdict", "flagged", "credit_sending", "reversal_posted", "erased"]
)
def test_our_own_events_make_no_notice(kind):
    assert not makes_notice(event(kind))


def test_an_approval_makes_a_notice_and_a_retry_none():
    assert not makes_notice(event("credit_key_renewed", before="sending"))
    assert makes_notice(event("credit_approved", before="held"))


def test_a_notice_waits_ten_minutes_with_its_referral_and_credit():
    mail = notice_of(event("credit_posted", credit="cr_1"), "ana")
    assert (mail.recipient, mail.kind, mail.due_at) == ("ana", "notice", AT + GROUPED)
    assert (mail.referral, mail.credit) == ("rf_1", "cr_1")
    assert mail == notice_of(event("credit_posted", credit="cr_1"), "ana")


def test_names_sort_by_time():
    assert mail_at(AT, "ml_z") < mail_at(AT + timedelta(microseconds=1), "ml_a")


def test_a_group_names_each_referral_once_with_its_credits():
    rows = [
        replace(MAIL, mail="3", credit="cr_1"),
        replace(MAIL, mail="1"),
        replace(MAIL, mail="2", referral="rf_2", credit="cr_2"),
        replace(MAIL, mail="4", credit="cr_1"),
    ]
    assert subjects_of(rows) == {"rf_1": ("cr_1",), "rf_2": ("cr_2",)}
    assert list(subjects_of(rows)) == ["rf_1", "rf_2"]
