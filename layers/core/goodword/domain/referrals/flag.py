"""Flags: reasons to review a referral before its credit is posted, never reasons to drop it.

A flag is a reason, and none says whose data gave rise to it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from goodword.domain.contact import FREE_MAIL, Contact, domain_of, plain_email
from goodword.domain.reason import Reason, Vocabulary
from goodword.domain.record import dataclass
from goodword.domain.referrals.evidence import Sale
from goodword.domain.referrers.referrer import Referrer

# A referrer at a conference may enter twenty contacts in a day; more are reviewed.
A_DAY: Final = 20
# Colleagues forward an address with its token to one another, in ones and twos.
A_CLICK: Final = 3
# More prospects than this by one link in a day are held against the clicks of people on it in a
# week. A click is counted a minute or two after it was made, which a handful who sign up together
# may outrun.
A_LINK: Final = 10
CLICK_DAYS: Final = 7
# People report a conversation a day or two late, and then enter it as a referral.
DEAL_LEAD: Final = timedelta(days=2)

# Why a person should look. count: how many are usual, or the days.
FLAGS: Final[Vocabulary] = {
    "self_referral": {},
    "same_company": {},
    "same_person": {},
    "same_phone": {},
    "existing_referrer": {},
    "disposable": {},
    "velocity": {"count": "count"},
    "burst": {"count": "count"},
    "unclicked": {"count": "count"},
    "open_deal": {"count": "count"},
}


@dataclass(frozen=True, slots=True)
class Signs:
    """What else is known about an introduction when it is made.

    internal_only: it came by a link for sharing inside the company, of a referrer who may not share
    elsewhere yet. disposable: the address is of a provider of throw-away mailboxes. same_mailbox,
    same_phone: another prospect of the program has them. enrolled: the prospect is a referrer.
    of_day: how many different prospects the referrer introduced today; of_click: how many signed up
    by the same click; of_link: by the same link today; all with this one. clicks: those of people
    on that link in a week, looked up only where it is busy.
    """

    internal_only: bool = False
    disposable: bool = False
    same_mailbox: bool = False
    same_phone: bool = False
    enrolled: bool = False
    of_day: int = 1
    of_click: int = 1
    of_link: int = 1
    clicks: int = 0


def flags_for(contact: Contact, referrer: Referrer, signs: Signs) -> tuple[Reason, ...]:
    """Return the flags of an introduction; none in most cases."""
    own = plain_email(contact.email) == plain_email(referrer.email)
    domain = domain_of(contact.email)
    company = not own and domain == domain_of(referrer.email) and domain not in FREE_MAIL
    raised = {
        "self_referral": own,
        "same_company": company and not signs.internal_only,
        "same_person": signs.same_mailbox,
        "same_phone": signs.same_phone,
        "existing_referrer": signs.enrolled and not own,
        "disposable": signs.disposable,
        "velocity": signs.of_day > A_DAY,
        "burst": signs.of_click > A_CLICK,
        "unclicked": is_busy(signs.of_link) and signs.clicks < signs.of_link,
    }
    most = {"velocity": A_DAY, "burst": A_CLICK, "unclicked": A_LINK}
    return tuple(
        Reason(code, {"count": most[code]} if code in most else {})
        for code, is_so in raised.items()
        if is_so
    )


def is_busy(of_link: int) -> bool:
    """Say whether so many prospects by one link in a day ask for as many clicks of people."""
    return of_link > A_LINK


def open_deal(sale: Sale, created_at: datetime) -> Reason | None:
    """Return the flag of a referral whose sale was in the CRM days before the referral."""
    known = [run.since for each in (sale.own, *sale.deals.values()) for run in each.progress.runs]
    if not known or min(known) >= created_at - DEAL_LEAD:
        return None
    return Reason("open_deal", {"count": DEAL_LEAD.days})
