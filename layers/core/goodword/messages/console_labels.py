"""The labels of the console: statuses, columns, captions and empty lists."""

from __future__ import annotations

from typing import Final

from goodword.messages.sentence import say

STATUS_PENDING: Final = say("Waiting for its date")
STATUS_HELD: Final = say("Needs a decision")
STATUS_SENDING: Final = say("On its way")
STATUS_POSTED: Final = say("On the balance")
STATUS_OVER_LIMIT: Final = say("Over the limit")
STATUS_CANCELED: Final = say("Canceled")
STATUS_REVERSED: Final = say("Taken back")
MET: Final = say("Met")
NOT_MET: Final = say("Not met")
NOT_YET: Final = say("Not yet")
CANNOT_BE_MET: Final = say("Cannot be met")
REFERRER: Final = say("Referrer")
REFERRAL: Final = say("Referral")
CREDIT: Final = say("Credit")
ERASED_PERSON: Final = say("A person whose data was erased")
MISSING_REFERRAL: Final = say("A referral that is gone")
NOT_ASSIGNED: Final = say("not assigned")
PROSPECT: Final = say("Prospect")
COMPANY: Final = say("Company")
AMOUNT: Final = say("Amount")
REASON: Final = say("Reason")
EARNED: Final = say("Earned")
BILLING_ACCOUNT: Final = say("Billing account")
OWNER: Final = say("Owner")
SINCE: Final = say("Since")
RECEIVED: Final = say("Received")
STATUS: Final = say("Status")
RECORD: Final = say("Record")
PROPERTY: Final = say("Property")
CONNECTION: Final = say("Connection")
NAME: Final = say("Name")
KIND: Final = say("Kind")
DETAILS: Final = say("Details")
VALUE: Final = say("Value")
DAY: Final = say("Day")
NOTHING_TO_DECIDE: Final = say("Nothing to decide")
NO_CREDITS_WITH_THIS_STATUS: Final = say("No credits with this status")
CHOOSE_ANOTHER_STATUS: Final = say("Choose another status above.")
CREDITS_NEWEST_FIRST: Final = say("Credits, newest first")
NO_REFERRERS_YET: Final = say("No referrers yet")
REFERRERS_APPEAR_HERE: Final = say(
    "Referrers are listed here as soon as they are invited or enrolled."
)
REFERRERS_NEWEST_FIRST: Final = say("Referrers, newest first")
NO_REFERRALS_YET: Final = say("No referrals yet")
REFERRALS_APPEAR_HERE: Final = say(
    "A referral is listed here as soon as a prospect signs up or is entered by hand."
)
REFERRALS_NEWEST_FIRST: Final = say("Referrals, newest first")
UNMATCHED_EVENTS: Final = say("CRM events without a referral")
TO_APPROVE: Final = say("To approve")
IN_REVIEW: Final = say("In review")
HELD: Final = say("Held")
NO_CREDITS_YET: Final = say("No credits yet")
CREDITS_OF_THE_BILLING_ACCOUNT: Final = say("Credits of the billing account")
SEARCH_HELP: Final = say(
    "Try the beginning of the name or of the company, the full email address, or an ID. A "
    "person whose data was erased is found only by the ID."
)
SEARCH_TOO_SHORT: Final = say("Enter at least three letters of a name, or a short name in full.")
NOTHING_FOUND: Final = say("Nothing found")
SEARCH_RESULTS: Final = say("Search results")
CRM_FACTS: Final = say("What the CRM says")
LATER_EVENTS: Final = say("Later events")
