"""The decisions that the state of a credit allows."""

from __future__ import annotations

from goodword.domain.access.staff import Right
from goodword.domain.credits.credit import Credit
from goodword.domain.referrers.referrer import Earns


def open_decisions(
    credit: Credit, reversal: Credit | None = None, earns: Earns = "yes"
) -> tuple[Right, ...]:
    """Return the decisions that a credit's state allows, before any person's rights are checked.

    reversal: the row that takes the credit back, if there is one. earns: the referrer's value. A
    credit is not approved if the referrer may not earn it; a reversal is. A credit that was sent,
    or may have been, is not canceled.
    """
    found: list[Right] = []
    if credit.status == "held" and (credit.kind == "reversal" or earns != "no"):
        found.append("approve")
    unsent = not credit.sent() or credit.nothing_stands()
    if credit.status in ("pending", "held", "over_limit") and unsent:
        found.append("cancel")
    taken_back = reversal is not None and reversal.status != "canceled"
    if credit.kind == "credit" and credit.status == "posted" and not taken_back:
        found.append("reverse")
    return tuple(found)
