"""A sentence for each kind of event of the timeline, by audience.

Of several texts the first one counts whose holes are all among the event's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from goodword.domain.event import Event
from goodword.domain.reason import Reason
from goodword.messages.reasons import Texts, sentence_of
from goodword.messages.sentence import Sentence
from goodword.messages.vocabulary import EVENTS, Audience

_LOOKS: Final = "We're checking one detail."
_POSTS: Final = "%(amount)s is being posted."
_GOES_BACK: Final = "%(amount)s is to be taken back."

TEXTS: Final[Mapping[str, Texts]] = {
    # what happens to a referral
    "made": "The referral was received: %(source)s.",
    "flagged": {"staff": "For a person to look at: %(flags)s.", "referrer": _LOOKS},
    "duplicate_referral": "A later introduction was not counted: %(reason)s.",
    "behind": {
        "staff": "An earlier referral has this %(by)s; one deal pays once.",
        "referrer": "This one does not meet the terms for now.",
    },
    "stage": {"staff": "The sale is at “%(stage)s”.", "referrer": "The sale goes on."},
    "verdict": "%(milestone)s: %(answer)s: %(reasons)s.",
    "closed": "The referral closed: %(reason)s.",
    "erased": "The person's data was erased; what was earned stays as it is.",
    # what happens to a credit
    "credit_pending": ("%(amount)s was earned and is due on %(due)s.", "%(amount)s was earned."),
    "credit_held": "%(amount)s is held: %(reasons)s.",
    "credit_over_limit": "%(amount)s was earned and is over a limit: %(reason)s.",
    "credit_approved": {
        "staff": (
            "%(amount)s was approved as %(approved)s by a person: %(typed)s",
            "%(amount)s was approved by a person: %(typed)s",
        ),
        "referrer": "%(amount)s was approved.",
    },
    "credit_sending": {"staff": "%(amount)s is being posted (try %(count)s).", "referrer": _POSTS},
    "credit_searched": {
        "staff": "%(amount)s is looked for at Stripe (try %(count)s).",
        "referrer": _POSTS,
    },
    "credit_unclear": {
        "staff": "Stripe answered 500; %(amount)s is looked for again in 48 hours.",
        "referrer": _POSTS,
    },
    "credit_key_renewed": {
        "staff": "Stripe shows nothing of %(amount)s under the old key; a new one is used.",
        "referrer": _POSTS,
    },
    "credit_posted": "%(amount)s was posted.",
    "credit_applied": ("%(amount)s came off invoice %(invoice)s.", "%(amount)s was used."),
    "credit_returned": "%(amount)s came back from a voided invoice.",
    "credit_canceled": {
        "staff": "%(amount)s is canceled: %(reason)s.",
        "referrer": "%(amount)s was withdrawn.",
    },
    "credit_reversed": "%(amount)s was taken back.",
    "credit_in_question": "%(amount)s may no longer be owed: %(reason)s.",
    "take_back": "%(amount)s is to be taken back: %(reason)s.",
    "let_stand": "%(amount)s stays after all: %(reason)s.",
    # what happens to a reversal; its amount is what is taken back
    "reversal_pending": "%(amount)s is to be taken back: %(reason)s.",
    "reversal_held": (
        "%(amount)s is to be taken back (%(reason)s), which is held: %(reasons)s.",
        "%(amount)s is to be taken back, which is held: %(reasons)s.",
    ),
    "reversal_approved": {
        "staff": "Taking back %(amount)s was approved by a person: %(typed)s",
        "referrer": _GOES_BACK,
    },
    "reversal_ordered": {
        "staff": "%(amount)s is taken back for good: %(reason)s.",
        "referrer": _GOES_BACK,
    },
    "reversal_sending": {
        "staff": "%(amount)s is being taken back (try %(count)s).",
        "referrer": _GOES_BACK,
    },
    "reversal_searched": {
        "staff": "The reversal of %(amount)s is looked for at Stripe (try %(count)s).",
        "referrer": _GOES_BACK,
    },
    "reversal_unclear": {
        "staff": "Stripe answered 500; the reversal of %(amount)s is looked for again in 48 hours.",
        "referrer": _GOES_BACK,
    },
    "reversal_key_renewed": {
        "staff": "Stripe shows nothing of the reversal of %(amount)s under the old key; "
        "a new one is used.",
        "referrer": _GOES_BACK,
    },
    "reversal_posted": "The reversal of %(amount)s was posted.",
    "reversal_canceled": "%(amount)s stays after all: %(reason)s.",
    "reversal_in_question": "%(amount)s may stay after all: %(reason)s.",
}
_BY_PERSON: Final = "decided_by_person"
# What a person decided ends with what they wrote, as they wrote it.
BY_PERSON: Final[Mapping[str, str]] = {
    "credit_canceled": "%(amount)s was canceled by a person: %(typed)s",
    "reversal_pending": "%(amount)s is taken back by a person: %(typed)s",
    "reversal_ordered": "%(amount)s is taken back by a person: %(typed)s",
    "reversal_canceled": "Taking back %(amount)s was called off by a person: %(typed)s",
}


def event_sentence(event: Event, audience: Audience = "staff") -> Sentence:
    """Return the sentence that says an event to an audience."""
    reason, kinds = event.data.get("reason"), EVENTS[event.kind]
    if audience != "referrer" and isinstance(reason, Reason) and reason.code == _BY_PERSON:
        own = BY_PERSON.get(event.kind)
        if own is not None:
            data = {**event.data, "typed": reason.args["typed"]}
            return sentence_of(own, {**kinds, "typed": "text"}, data, audience)
    return sentence_of(TEXTS[event.kind], kinds, event.data, audience)
