"""The sentences for a prospect when a landing page cannot be shown."""

from __future__ import annotations

from datetime import date

from goodword.domain.reason import Reason
from goodword.messages.sentence import Sentence, say

# The sentences of each error, and the label of its button.
INCOMPLETE = (say("Part of the address is missing"), say("Open the whole link again."))
TOO_LONG = (
    say("This page has expired"),
    say("You opened the link a long time ago. Open it again, then sign up."),
)
AGAIN = say("Open the link again")


def closed_sentences(closed: Reason) -> tuple[Sentence, ...]:
    """Return heading and sentences that say why a program accepts no referrals, and what to do."""
    day = closed.args.get("day")
    if not isinstance(day, date):
        again = say("Keep the link, and open it again in a few weeks.")
        return say("This offer is paused"), again
    if closed.code == "program_not_begun":
        begins = say("It starts on %(day)s. Keep the link, and open it again then.", day=day)
        return say("This offer has not started yet"), begins
    if closed.code == "program_ended":
        ask = say(
            "If you would still like to talk to us, ask the person who gave you the link how "
            "to reach us."
        )
        return say("This offer has ended"), ask
    again = say("It continues on %(day)s. Keep the link, and open it again then.", day=day)
    return say("This offer is paused"), again
