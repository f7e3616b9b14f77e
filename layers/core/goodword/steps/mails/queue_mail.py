"""Enqueue a mail that a person waits for, so that it is sent at once; the sweep is the fallback."""

from __future__ import annotations

from goodword.domain.mails.mail import Mail, MailKind, mail_at
from goodword.ports.services import Clock, NewId


def new_mail(
    recipient: str, kind: MailKind, *, now: Clock, new_id: NewId, locale: str = ""
) -> Mail:
    """Return a mail that is due now: commit it with Insert, then enqueue message_of(mail).

    recipient: token#… for the link of an invitation or a sign-off, mailbox#… or staff#… for a
    sign-in. locale: of the page of the request, if the recipient's own language is not stored.
    """
    at = now()
    return Mail(recipient, mail_at(at, new_id("ml")), kind, at, at, locale=locale)


def message_of(mail: Mail) -> str:
    """Return the queue's message for the sender of this mail."""
    return f"{mail.recipient} {mail.mail}"
