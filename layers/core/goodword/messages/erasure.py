"""The result of an erasure: what was removed from each store, what stays, and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from goodword.domain.crm_copy.delivery import INBOX_KEPT
from goodword.domain.links.visit import KEPT_DAYS
from goodword.domain.record import dataclass

_QUEUES_KEEP: Final = timedelta(days=14)
_STREAMS_KEEP: Final = timedelta(hours=24)
_RECOVERY_KEEPS: Final = timedelta(days=35)
_VISITS_KEEP: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Emptied:
    """One store: what was removed from it, and what stays and why."""

    store: str
    emptied: str
    stays: str = ""


@dataclass(frozen=True, slots=True)
class StillStored:
    """A place that an erasure cannot reach, and until when it keeps the data.

    None if a person must delete it there.
    """

    place: str
    what: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """The result of an erasure; a repeated request gets the same."""

    erased: str
    erased_at: datetime
    stores: tuple[Emptied, ...]
    still_stored: tuple[StillStored, ...]


OF_A_PROSPECT: Final = (
    Emptied(
        "referrals", "name, e-mail, phone, company, what the form said, the attestation, the click"
    ),
    Emptied(
        "identities",
        "the rows of the mailbox and the phone",
        "the keyed hash of the address, as a tombstone: a later event is dropped, "
        "and one person pays once; "
        "the keyed hash of the company, so that one deal pays once",
    ),
    Emptied(
        "search_terms",
        "the search terms of name, company and address, so that no search finds the person",
    ),
    Emptied(
        "facts",
        "all that was said of the contact; "
        "of deals and companies all but stage, value and currency",
        "how far the sale came and what it is worth, since a credit rests on it",
    ),
    Emptied("inbox", "the bodies of the webhook requests in which the facts were received"),
    Emptied("unmatched", "the events that waited for this person"),
    Emptied(
        "timeline", "", "sentences without personal data, and the reasons that your own people gave"
    ),
    Emptied("credits", "", "amounts under ids, as records of money"),
    Emptied("ledger", "", "amounts under ids, as records of money"),
    Emptied("clicks", "", "the click, without a connection to the person"),
    Emptied("visits", "", "keyed hashes of the day on which the person signed up"),
)
OF_A_REFERRER: Final = (
    Emptied("referrers", "name, e-mail, the CRM's id, how likely they are to recommend, the story"),
    Emptied(
        "identities",
        "the row of the e-mail, and of the last invitation",
        "the keyed hash of an address that wants no mail, so that it is sent none",
    ),
    Emptied(
        "search_terms",
        "the search terms of name, company and address, so that no search finds the person",
    ),
    Emptied(
        "links",
        "",
        "the links, paused; their codes, which referrals name, also a code that the referrer chose",
    ),
    Emptied(
        "referrals",
        "",
        "the referrer's id; the attestation, as long as the prospect's own data is kept",
    ),
    Emptied(
        "timeline", "", "sentences without personal data, and the reasons that your own people gave"
    ),
    Emptied("credits", "", "amounts under ids, as records of money"),
    Emptied("ledger", "", "amounts under ids, as records of money"),
    Emptied("accounts", "", "the id of the Stripe customer and its currency"),
    Emptied(
        "tokens",
        "what invitations held, the address of an approver who was asked",
        "ids, until 60 days past the end of a mail's link",
    ),
    Emptied("mails", "", "ids and times of mails, for 90 days; what waits is dropped unsent"),
)


def erasure_of_prospect(referral: str, at: datetime, log_days: int) -> Erasure:
    """Return the result of a prospect's erasure."""
    own = (
        StillStored(
            "inbox",
            "requests of a CRM without new data of a referral, or that could not be applied",
            at + INBOX_KEPT,
        ),
        StillStored("clicks", "the click, without an address", at + timedelta(days=KEPT_DAYS)),
        StillStored("visits", "keyed hashes", at + _VISITS_KEEP),
    )
    crm = StillStored("the CRM", "the contact and its deals: erase them there")
    return Erasure(referral, at, OF_A_PROSPECT, (*own, *_machinery(at, log_days), crm))


def erasure_of_referrer(referrer: str, at: datetime, log_days: int) -> Erasure:
    """Return the result of a referrer's erasure."""
    others = (
        StillStored("Stripe", "the customer and its invoices: erase the person there"),
        StillStored("the CRM", "the contact: erase it there"),
    )
    return Erasure(referrer, at, OF_A_REFERRER, (*_machinery(at, log_days), *others))


def _machinery(at: datetime, log_days: int) -> tuple[StillStored, ...]:
    """Return what AWS keeps of every table, and until when."""
    return (
        StillStored(
            "failure queues", "ids of records, and positions in streams", at + _QUEUES_KEEP
        ),
        StillStored("stream records", "records as they were before", at + _STREAMS_KEEP),
        StillStored(
            "point-in-time recovery", "the tables as they were before", at + _RECOVERY_KEEPS
        ),
        StillStored("logs", "ids, and nothing else of a person", at + timedelta(days=log_days)),
    )
