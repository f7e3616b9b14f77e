"""Keys of rows: identities, recipients of mails, repeated requests, and counts.

An address or a phone number is in a key only as a keyed hash.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from goodword.domain.contact import keyed_hash, plain_email
from goodword.domain.record import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """A row that makes a value unique.

    owner: the referral or referrer that it belongs to.
    """

    identity: str
    owner: str
    revision: int = 1


# --- unique values -------------------------------------------------------------------------------


def person_identity(identity_key: str, program: str, email: str) -> str:
    """Name the row of the referral that a prospect belongs to, within one program."""
    return f"person#{program}#{keyed_hash(identity_key, email)}"


def alias_identity(identity_key: str, program: str, email: str) -> str:
    """Name the row of the first holder of this mailbox under any of its addresses."""
    return f"alias#{program}#{keyed_hash(identity_key, plain_email(email))}"


def phone_identity(identity_key: str, program: str, phone: str) -> str:
    """Name the row of the first holder of this phone number (E.164), within one program."""
    return f"phone#{program}#{keyed_hash(identity_key, phone)}"


def payee_identity(program: str, key: str) -> str:
    """Name the row of the referral that may earn for a company or a deal."""
    return f"payee#{program}#{key}"


def referrer_identity(identity_key: str, email: str) -> str:
    """Name the row of the referrer who has this address."""
    return mailbox_identity(keyed_hash(identity_key, email))


def mailbox_identity(mailbox: str) -> str:
    """Name the row of the referrer who has this mailbox, a keyed hash."""
    return f"referrer#{mailbox}"


def invitation_identity(mailbox: str) -> str:
    """Name the row of a mailbox's latest invitation."""
    return f"invitation#{mailbox}"


def invitee_identity(referrer: str) -> str:
    """Name the row of the mailbox of an invited person."""
    return f"invitee#{referrer}"


def no_mail_identity(mailbox: str) -> str:
    """Name the row of a mailbox that gets no more mail, with the reason."""
    return f"nomail#{mailbox}"


def later_try_identity(referral: str, marks: str) -> str:
    """Name the row that marks a later introduction as recorded.

    marks: a hash of it.
    """
    return f"try#{referral}#{marks}"


# --- recipients of mails -------------------------------------------------------------------------


def token_recipient(token: str) -> str:
    """Name the recipient of a one-time link; the address is in the token's own row."""
    return f"token#{token}"


def mailbox_recipient(mailbox: str) -> str:
    """Name the recipient of a mail to a mailbox, a keyed hash."""
    return f"mailbox#{mailbox}"


def staff_recipient(person: str) -> str:
    """Name the recipient of a mail to a member of the staff, a keyed hash."""
    return f"staff#{person}"


def recipient_id(recipient: str) -> str:
    """Return the token, mailbox or person that a recipient names."""
    return recipient.rpartition("#")[2]


# --- requests that may come again ----------------------------------------------------------------


def key_request(request: str) -> str:
    """Name the row of a request for a bearer key. request: the caller's Idempotency-Key."""
    return f"key#{_digest(request)}"


def link_request(referrer: str, request: str) -> str:
    """Name the row of a referrer's request for a link. request: the caller's Idempotency-Key."""
    return f"link#{referrer}#{_digest(request)}"


def _digest(request: str) -> str:
    return hashlib.sha256(request.encode()).hexdigest()


# --- counts --------------------------------------------------------------------------------------


def source_of_day(kind: str, subject: str, at: datetime) -> str:
    """Name the count of a subject's actions of this kind on one day (UTC)."""
    return f"{kind}#{subject}#{at:%Y-%m-%d}"


def source_of_click(click: str) -> str:
    """Name the count of signups by one click."""
    return f"burst#{click}"


def source_of_codes(source: str) -> str:
    """Name the count of different links that a source followed."""
    return f"codes#{source}"


def source_of_sign_in(recipient: str, hour: str, source: str) -> str:
    """Name the count of a source's requests of one hour for mails to one recipient."""
    return f"sign-in#{recipient}#{hour}#{source}"
