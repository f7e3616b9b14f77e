"""Keys of rows: identities and daily counts.

An address or a phone number is in a key only as a keyed hash.
"""

from __future__ import annotations

from datetime import datetime

from goodword.domain.contact import keyed_hash, plain_email
from goodword.domain.record import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """Something that may be known only once. owner: the referral or referrer that it belongs to."""

    identity: str
    owner: str
    revision: int = 1


# --- what may be known only once ------------------------------------------------------------------


def person_identity(identity_key: str, program: str, email: str) -> str:
    """Name the row that says whose referral a prospect is, within one program."""
    return f"person#{program}#{keyed_hash(identity_key, email)}"


def alias_identity(identity_key: str, program: str, email: str) -> str:
    """Name the row that says who first had this mailbox under any of its addresses."""
    return f"alias#{program}#{keyed_hash(identity_key, plain_email(email))}"


def phone_identity(identity_key: str, program: str, phone: str) -> str:
    """Name the row that says who first had this phone number (E.164), within one program."""
    return f"phone#{program}#{keyed_hash(identity_key, phone)}"


def payee_identity(program: str, key: str) -> str:
    """Name the row that says which referral may earn for a company or a deal."""
    return f"payee#{program}#{key}"


def referrer_identity(identity_key: str, email: str) -> str:
    """Name the row that says which referrer has this address."""
    return mailbox_identity(keyed_hash(identity_key, email))


def mailbox_identity(mailbox: str) -> str:
    """Name the row that says which referrer has this mailbox, a keyed hash."""
    return f"referrer#{mailbox}"


def invitation_identity(mailbox: str) -> str:
    """Name the row that says which invitation of a mailbox is the last one."""
    return f"invitation#{mailbox}"


def invitee_identity(referrer: str) -> str:
    """Name the row that says which mailbox an invited person has."""
    return f"invitee#{referrer}"


def no_mail_identity(mailbox: str) -> str:
    """Name the row that says that a mailbox gets no more mail, and why."""
    return f"nomail#{mailbox}"


def later_try_identity(referral: str, marks: str) -> str:
    """Name the row that says that a later introduction is on the timeline. marks: a hash of it."""
    return f"try#{referral}#{marks}"


# --- what is counted ------------------------------------------------------------------------------


def source_of_day(kind: str, subject: str, at: datetime) -> str:
    """Name what a subject did on one day (UTC), as one count of this kind."""
    return f"{kind}#{subject}#{at:%Y-%m-%d}"


def source_of_click(click: str) -> str:
    """Name the signups by one click, as one count."""
    return f"burst#{click}"
