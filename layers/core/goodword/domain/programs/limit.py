"""Limits: the most that an account may earn in a year, and a program may spend in a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from goodword.domain.money import Money
from goodword.domain.programs.program import Program
from goodword.domain.reason import Reason, Vocabulary
from goodword.domain.record import dataclass

# Why a credit is over the limit. amount: the ceiling.
LIMITS_REACHED: Final[Vocabulary] = {
    "account_limit_reached": {"amount": "amount"},
    "budget_used_up": {"amount": "amount"},
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One counter: its name, its ceiling, and the reason of a credit that is over it."""

    limit: str
    ceiling_minor: int
    why: Reason


def limits_for(
    program: Program, account: str, amount: Money, at: datetime, *, current: Program
) -> tuple[Limit, ...]:
    """Return the counters that a credit of this amount takes from, in its own currency.

    program: the version of the referral's terms. at: when the milestone was met: years and periods
    are those of that day, in the program's time zone, whenever the CRM reports it. current: the
    version in force. The higher of the two versions' limits counts: a referral keeps its terms, and
    a raised limit is for all.
    """
    day = program.day(at)
    limits = []
    ceiling = _higher(program.limits.account_year, current.limits.account_year, amount)
    if ceiling is not None:
        name = f"account#{account}#{program.program}#{amount.currency}#{day.year}"
        why = Reason("account_limit_reached", {"amount": ceiling})
        limits.append(Limit(name, ceiling.minor, why))
    ceiling = _higher(program.limits.budget, current.limits.budget, amount)
    if ceiling is not None:
        period = {
            "month": f"{day:%Y-%m}",
            "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
            "year": f"{day.year}",
            "total": "total",
        }[program.limits.budget_period]
        name = f"program#{program.program}#{amount.currency}#{period}"
        why = Reason("budget_used_up", {"amount": ceiling})
        limits.append(Limit(name, ceiling.minor, why))
    return tuple(limits)


def _higher(own: Sequence[Money], current: Sequence[Money], amount: Money) -> Money | None:
    """Return the higher limit in the currency of an amount; None if one version has none."""
    found = [
        next((each for each in limits if each.currency == amount.currency), None)
        for limits in (own, current)
    ]
    named = [each for each in found if each is not None]
    return max(named, key=lambda each: each.minor) if len(named) == len(found) else None
