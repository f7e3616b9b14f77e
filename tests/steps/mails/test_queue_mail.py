"""A mail that a person waits for is due at once."""

from goodword.domain.identity import token_recipient
from goodword.steps.mails.queue_mail import message_of, new_mail


def test_a_new_mail_is_due_now_and_enqueued(world):
    mail = new_mail(token_recipient("tk_1"), "invitation", now=world.clock, new_id=world.new_id)
    assert mail.due(world.clock())
    assert message_of(mail) == f"token#tk_1 {mail.mail}"
    assert " " not in mail.mail
