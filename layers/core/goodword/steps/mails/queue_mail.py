"""Put a mail that somebody waits for into the queue: it goes out at once.

The sweep is its guarantee.
"""

from __future__ import annotations

from goodword.domain.mails.mail import Mail, MailKind, mail_at
from goodword.ports.services import Clock, NewId


def new_mail(
    recipient: str, kind: MailKind, *, now: Clock, new_id: NewId, locale: str = ""
) -> Mail:
    """Return a mail that is due now; commit it with Insert, then wake its sender with message_of.

    recipient: token#… for what an invitation or a sign-off is about, mailbox#… or staff#… for a
    sign-in. locale: of the page on which it was asked for, where the recipient's own language is
    kept nowhere.
    """
    at = now()
    return Mail(recipient, mail_at(at, new_id("ml")), kind, at, at, locale=locale)


def token_recipient(token: str) -> str:
    """Name the recipient to whom a one-time link is sent.

    The address stands in the token's own row.
    """
    return f"token#{token}"


def message_of(mail: Mail) -> str:
    """Return what a message of the queue says, to wake the sender of this mail."""
    return f"{mail.recipient} {mail.mail}"
