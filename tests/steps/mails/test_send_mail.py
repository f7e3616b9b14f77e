"""A mail is claimed, then sent at most once, with all of its recipient's waiting notices."""

from dataclasses import replace

import pytest

from goodword.domain.access.token import Token
from goodword.domain.errors import Contended
from goodword.domain.mails.mail import CLAIM, GROUPED, TRIES, Sending
from goodword.domain.reason import Reason
from goodword.ports.writes import Insert, Update
from goodword.steps.mails.send_mail import SendMailDeps, send_mail, sweep_mails

THROTTLED = Reason("not_taken", {"code": "Throttling"})


@pytest.fixture
def result(world):
    """A world with one notice, which is due."""
    world.referral()
    world.notify()
    world.clock.advance(minutes=10)
    return world


def sweep(world, seconds=60.0):
    return sweep_mails(deps=world.post_office, seconds_left=lambda: seconds)


def statuses(world):
    return [each.status for each in world.mails()]


def test_a_notice_that_is_due_is_sent_once(result):
    assert result.send() == ["sent"]
    assert result.send() == ["not_due"]
    (letter,) = result.mailer.letters
    assert (letter.to, letter.subject) == ("ana@referrer.example", "notice en")
    (mail,) = result.mails()
    assert (mail.status, mail.message, mail.sent_at) == ("sent", "msg-1", result.clock())


def test_a_notice_waits_for_more(world):
    world.referral()
    world.notify()
    assert world.send() == ["not_due"]
    world.clock.advance(minutes=9)
    assert world.send() == ["not_due"]


def test_all_that_waits_for_a_referrer_is_one_mail(world):
    world.referral()
    world.clock.advance(minutes=9)
    world.referral("max@clinic.example")
    world.notify()
    world.clock.advance(minutes=2)
    assert sweep(world).came == {"sent": 1}
    ((template, values),) = world.letters.wrote
    assert template == "notice"
    assert len(values["items"]) == 2
    assert statuses(world) == ["sent", "sent"]


def test_several_notices_of_one_referral_report_its_latest_state(world):
    world.referral()
    world.stage("demo_attended")
    world.post(world.credit().credit)
    world.notify()
    world.clock.advance(minutes=15)
    assert sweep(world).came["sent"] == 1
    ((_, values),) = world.letters.wrote
    (item,) = values["items"]
    assert [str(each) for each in item.sentences] == ["50.00 USD comes off your next invoice."]


def test_notices_to_others_are_not_mixed_in(world):
    world.referrer("zoe", "cus_9")
    world.referral()
    world.referral("max@clinic.example", "zoe")
    world.notify()
    world.clock.advance(minutes=10)
    assert sweep(world).came == {"sent": 2}
    assert sorted(each.to for each in world.mailer.letters) == [
        "ana@referrer.example",
        "zoe@referrer.example",
    ]


def test_two_senders_send_one_mail(result):
    def other():
        assert send_mail("ana", result.mails()[0].mail, deps=result.post_office) == "sent"

    result.tables.meanwhile.append(other)
    assert result.send() == ["taken"]
    assert len(result.mailer.letters) == 1


def test_without_an_ses_answer_the_mail_is_lost_for_good(result):
    result.mailer.comes = [
        Sending("unknown", why=Reason("outcome_unknown", {"code": "ReadTimeoutError"}))
    ]
    assert result.send() == ["lost"]
    result.clock.advance(days=1)
    assert result.send() == ["not_due"]
    assert len(result.mailer.letters) == 1


def test_a_sender_crash_after_its_claim_loses_the_mail(result):
    (mail,) = result.mails()
    result.stores.commit([Update(mail.claimed(result.clock()))])
    assert sweep(result).came == {}
    result.clock.now += CLAIM
    assert sweep(result).came == {"lost": 1}
    assert result.mailer.letters == []


def test_of_two_finders_of_a_lost_mail_one_records_it(result):
    (mail,) = result.mails()
    result.stores.commit([Update(mail.claimed(result.clock()))])
    result.clock.now += CLAIM
    result.tables.meanwhile.append(lambda: result.send())
    assert result.send() == ["taken"]
    assert statuses(result) == ["lost"]


def test_a_rejected_mail_is_retried_and_finally_given_up(result):
    result.mailer.comes = [Sending("later", why=THROTTLED)] * TRIES
    came = []
    for _ in range(TRIES):
        came += result.send()
        result.clock.advance(hours=1)
    assert came == ["later"] * (TRIES - 1) + ["given_up"]
    assert result.send() == ["not_due"]
    assert result.mails()[0].why == THROTTLED


def test_a_later_try_sends_it(result):
    result.mailer.comes = [Sending("later", why=THROTTLED)]
    assert result.send() == ["later"]
    result.clock.advance(minutes=2)
    assert result.send() == ["sent"]


def test_what_ses_refuses_is_given_up_at_once(result):
    result.mailer.comes = [
        Sending("refused", why=Reason("refused_by_ses", {"code": "MessageRejected"}))
    ]
    assert result.send() == ["given_up"]
    assert statuses(result) == ["given_up"]


def test_without_a_senders_address_nothing_is_kept_for_later(result):
    deps = SendMailDeps(result.writing, None)
    assert send_mail("ana", result.mails()[0].mail, deps=deps) == "dropped"
    assert result.mails()[0].why == Reason("no_sender_address")


@pytest.mark.parametrize("why", ["unsubscribed", "bounced", "complained"])
def test_an_unsubscribed_recipient_gets_no_mail(result, why):
    ana = result.stores.referrers.get("ana")
    result.stores.commit([Update(replace(ana, mail_off=why, revision=ana.revision + 1))])
    assert result.send() == ["dropped"]
    assert result.mails()[0].why == Reason(why)


def test_a_notice_that_stayed_unsent_for_days_is_dropped(result):
    result.clock.advance(days=4)
    assert result.send() == ["dropped"]
    assert result.mails()[0].why == Reason("notice_too_old")


def test_a_mail_that_is_not_there_is_not_due(world):
    assert send_mail("ana", "nothing", deps=world.post_office) == "not_due"


def test_a_sweep_ends_at_its_deadline_and_counts_overdue_mails(result):
    result.clock.advance(hours=2)
    swept = sweep(result, seconds=0.0)
    assert (swept.came, swept.overdue, swept.failed) == ({}, 1, 0)
    assert sweep(result).overdue == 0


def test_what_was_given_up_or_lost_counts_as_failed(result):
    result.mailer.comes = [
        Sending("refused", why=Reason("refused_by_ses", {"code": "MessageRejected"}))
    ]
    assert sweep(result).failed == 1


def test_a_claim_whose_reply_was_lost_sends_nothing_twice(result):
    result.tables.lost_replies = 1
    with pytest.raises(ConnectionError):
        result.send()
    assert result.send() == ["not_due"]
    result.clock.now += CLAIM
    assert result.send() == ["lost"]
    assert result.mailer.letters == []


def test_a_transaction_conflict_is_left_to_the_caller_to_retry(result):
    result.tables.conflicts = 1
    with pytest.raises(Contended):
        result.send()
    assert result.send() == ["sent"]


def test_more_notices_than_fit_go_in_the_next_mail(world):
    referral = world.referral()
    world.notify()
    (mail,) = world.mails()
    rows = [
        replace(mail, mail=f"{mail.mail}-{number:02d}", referral=referral) for number in range(50)
    ]
    world.stores.commit([Insert(row) for row in rows])
    world.clock.now += GROUPED
    assert sweep(world).came["sent"] == 2
    assert set(statuses(world)) == {"sent"}


def test_a_mail_that_cannot_be_written_holds_up_no_other(result):
    (mail,) = result.mails()
    lost = replace(mail, recipient="token#tk_1", mail="2027", kind="sign_off")
    token = Token(
        "tk_1",
        "sign_off",
        "ana",
        result.clock(),
        result.clock() + GROUPED,
        {"without": "an address"},
    )
    result.stores.commit([Insert(lost), Insert(token)])
    swept = sweep(result)
    ((name, error),) = swept.broken
    assert (swept.came, name, type(error)) == ({"sent": 1}, "2027", KeyError)
