"""Erasing a person: what is taken out of each record, and what stays.

A credit, its ledger and its sums are records of money: they name a referral and a referrer by id,
and no person, so they stay as they are. The row that says whose referral an address is stays too,
as a tombstone: a keyed hash that leads to an emptied referral. Without it the next event of the CRM
would be stored for a future prospect, and one person could be the source of a credit twice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from goodword.domain.contact import Contact
from goodword.domain.crm_copy.fact import Fact
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrers.referrer import Referrer

BECAUSE: Final = Reason("person_erased")
# What says how far a sale is and what it is worth; all else that a CRM said may describe the
# person.
_OF_THE_SALE = ("stage", "value", "currency")


def erase_prospect(referral: Referral) -> Referral:
    """Return the referral without the person; its terms, its stage and its credits stay."""
    return replace(
        referral, prospect=Contact("", ""), attestation="", click="", revision=referral.revision + 1
    )


def close_for_erasure(referral: Referral, at: datetime) -> Referral:
    """Return the referral as erased: it gets no more events, and keeps its credits."""
    because = BECAUSE if referral.open else referral.closed_because
    return replace(
        referral, open=False, closed_because=because, erased_at=at, revision=referral.revision + 1
    )


def erase_fact(fact: Fact) -> Fact | None:
    """Return the fact with nothing that may describe the person, or None where all of it does."""
    if fact.object.kind == "contact":
        return None
    of_the_sale = fact.attribute in _OF_THE_SALE
    value, changes = (fact.value, fact.changes) if of_the_sale else ("", ())
    emptied = replace(fact, raw="", value=value, changes=changes)
    return fact if emptied == fact else replace(emptied, revision=fact.revision + 1)


def erase_referrer(referrer: Referrer, at: datetime) -> Referrer:
    """Return the referrer without the person; the id stays, which credits and referrals name."""
    return replace(
        referrer,
        name="",
        email="",
        crm_id="",
        nps=None,
        shown="nothing",
        signed_off_by="",
        signed_shown="nothing",
        signed_story="",
        asked="",
        story="",
        story_shown=False,
        erased_at=at,
        revision=referrer.revision + 1,
    )
