"""What the console says of a decision and of an unmatched CRM event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from goodword.domain.crm_copy.delivery import Unmatched
from goodword.domain.crm_copy.hint import is_email_hint
from goodword.domain.localized_text import LocalizedText
from goodword.messages.labels import status_label
from goodword.messages.sentence import Sentence, say

# After a decision, by the decision.
DECIDED: Final[Mapping[str, Sentence]] = {
    "approve": say("Approved. It is on the timeline."),
    "cancel": say("Canceled. It is on the timeline."),
    "reverse": say("It is being taken back. That is on the timeline."),
}
NO_REASON: Final = say("Say in a few words why, in at most 300 characters.")
_MEANWHILE: Final = say("Nothing was changed: the status of the credit does not allow it any more.")
# By the `where` of the conflict that refused the decision.
_WHY_NOT: Final[Mapping[str, Sentence]] = {
    "earns": say("Nothing was changed: this account is to receive no credits. Cancel it."),
    "limit": say(
        "Nothing was changed: a limit of the program has no room for it. Wait, or cancel it."
    ),
}


def why_not_decided(where: str) -> Sentence:
    """Say why a decision was refused, by the conflict's `where`.

    Any other conflict is a credit that moved on meanwhile.
    """
    return _WHY_NOT.get(where, _MEANWHILE)


def why_unmatched(event: Unmatched, *, gone: bool) -> Sentence:
    """Say why a CRM event fits no referral; gone: its connection is."""
    change, kind = event.change, status_label(event.change.object.kind)
    if gone:
        return say("The connection “%(connection)s” is gone.", connection=event.connection)
    if change.referral:
        return say(
            "It names referral %(referral)s, which is not here.",
            referral=LocalizedText(change.referral),
        )
    if any(map(is_email_hint, event.hints)):
        return say("No person with an e-mail address of this %(kind)s was referred.", kind=kind)
    return say(
        "The %(kind)s has no contact with an e-mail address, and no referral knows it.",
        kind=kind,
    )
