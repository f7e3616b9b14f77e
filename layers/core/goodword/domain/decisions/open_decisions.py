"""What a person may decide on a credit as it stands."""

from __future__ import annotations

from goodword.domain.access.staff import Right
from goodword.domain.credits.credit import Credit
from goodword.domain.referrers.referrer import Earns


def open_decisions(
    credit: Credit, reversal: Credit | None = None, earns: Earns = "yes"
) -> tuple[Right, ...]:
    """Return what a person may decide on a credit as it stands, whoever it is.

    reversal: the row that takes the credit back, if there is one. earns: the referrer's; a credit
    that they may not earn is never approved, and what takes one back is. What is sent, or may be,
    is not canceled.
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
